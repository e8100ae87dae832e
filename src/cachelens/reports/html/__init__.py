"""A document as one self-contained page."""
