"""CacheLens: audit and simulate LLM prompt caches, offline."""

__version__ = "0.1.0"
