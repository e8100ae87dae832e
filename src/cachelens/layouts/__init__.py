"""Counterfactuals: the same traffic with its content or its cache marks elsewhere."""
