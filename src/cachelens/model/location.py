"""A place in a file."""

from __future__ import annotations

import msgspec


class Location(msgspec.Struct, frozen=True, order=True):
    """A stretch of a text file. Lines and columns count from 1; columns count characters, the end is exclusive."""

    path: str
    """As the user would open it, with forward slashes."""
    line: int
    column: int
    end_line: int
    end_column: int
