"""What the values that commands take and return have in common."""

from __future__ import annotations

import msgspec


class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    """Base of choices and results: immutable, fields by name."""
