"""Explains one request: what it read, what it could have read, why not, whose that is, and what it cost."""
