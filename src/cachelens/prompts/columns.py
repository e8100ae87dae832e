"""Growing columns for requests, and interned strings."""

from __future__ import annotations

import array
from collections.abc import Mapping

UNKNOWN = -1
"""Stands for "the log does not say" in integer columns."""

INTEGER_COLUMNS: Mapping[str, str] = {
    "arrived": "q",
    "first_token": "q",
    "end": "q",
    "leaf": "i",
    "model": "i",
    "provider": "i",
    "platform": "i",
    "session": "i",
    "workload": "i",
    "tenant": "i",
    "cache_key": "i",
    "modifiers": "i",
    "cache_object": "i",
    "file": "i",
    "line": "i",
    "plain": "q",
    "read": "q",
    "write_5m": "q",
    "write_1h": "q",
    "write_30m": "q",
    "write_12h": "q",
    "output": "q",
    "input": "q",
    "auto_mark": "b",
    "flags": "B",
}
"""Request columns and their array type codes. Times in microseconds, -1 unknown; `leaf` is a node of the
prefix tree; `plain` to `output` are the recorded usage (`plain` -1: no usage recorded; `read` -1: cache
counts not reported); `input` is the whole recorded input, -1 unknown."""

STRING_COLUMNS = (
    "model",
    "provider",
    "platform",
    "session",
    "workload",
    "tenant",
    "cache_key",
    "modifiers",
    "cache_object",
)
"""Columns that hold an index into their own table of strings, -1 where the string is empty."""

OPAQUE = 1
"""Flag: nothing is known of the prompt but its length."""
EXPLICIT_MODE = 2
"""Flag: the request switched the provider's own marks off."""
BLOCK_TRACE = 4
"""Flag: the prompt came as block hashes."""

TTL_LABELS = ("default", "5m", "1h", "30m", "12h")
"""TTLs that a mark can name, in the order of their numbers in `mark_ttl` and `auto_mark`."""


class Interner:
    """Strings to small numbers, in order of first use; the empty string is `UNKNOWN`."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._index: dict[str, int] = {}

    def number(self, text: str) -> int:
        """Return the number of a string."""
        if not text:
            return UNKNOWN
        known = self._index.get(text)
        if known is None:
            known = self._index[text] = len(self.values)
            self.values.append(text)
        return known


class Columns:
    """All integer columns of the requests read so far."""

    def __init__(self) -> None:
        self.arrays = {name: array.array(code) for name, code in INTEGER_COLUMNS.items()}
        self.strings = {name: Interner() for name in STRING_COLUMNS}
        self.request_ids: list[str] = []

    def __len__(self) -> int:
        return len(self.request_ids)
