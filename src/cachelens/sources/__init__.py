"""Readers: bytes of one log format to request records, one file a format."""
