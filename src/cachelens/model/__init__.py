"""Frozen types in the field's own words, shared by every layer."""
