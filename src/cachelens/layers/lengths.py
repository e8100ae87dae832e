"""Lengths of time as people write them: `90s`, `15m`, `1h`, `7d`."""

from __future__ import annotations

import re

_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h|d|)\s*", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SECOND_US = 1_000_000
_LONGEST = 100 * 365 * 86_400
"""A century in seconds: longer than any log."""


def microseconds(text: str, *, bare: str = "") -> int | None:
    """Return a length in microseconds; `None` for what is none. `bare` is the unit of a number without one."""
    found = _LENGTH.fullmatch(text)
    unit = found[2] or bare if found else ""
    if found is None or not unit:
        return None
    seconds = float(found[1]) * _SECONDS[unit]
    return round(seconds * _SECOND_US) if seconds <= _LONGEST else None
