"""Dated facts about providers: how their caches behave and what they charge, read from `pricing/`."""
