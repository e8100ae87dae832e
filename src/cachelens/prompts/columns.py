"""Growing columns for requests, and interned strings."""

from __future__ import annotations

import array
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

UNKNOWN = -1
"""Stands for "the log does not say" in integer columns."""

INTEGER_COLUMNS: Mapping[str, str] = {
    "arrived": "i8",
    "first_token": "i8",
    "end": "i8",
    "leaf": "i4",
    "model": "i4",
    "provider": "i4",
    "platform": "i4",
    "session": "i4",
    "workload": "i4",
    "tenant": "i4",
    "cache_key": "i4",
    "modifiers": "i4",
    "cache_object": "i4",
    "file": "i4",
    "line": "i4",
    "plain": "i8",
    "read": "i8",
    "write_5m": "i8",
    "write_1h": "i8",
    "write_30m": "i8",
    "write_12h": "i8",
    "output": "i8",
    "input": "i8",
    "auto_mark": "i1",
    "flags": "u1",
}
"""Request columns and their type codes (NumPy's). Times in microseconds, -1 unknown; `leaf` is a node of the
prefix tree; `plain` to `output` are the recorded usage (`plain` -1: no usage recorded; `read` -1: cache
counts not reported); `input` is the whole recorded input, -1 unknown."""

PLACES = {name: place for place, name in enumerate(INTEGER_COLUMNS)}
"""Where in a row each column stands."""

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

NO_TIME = 8
"""Flag: the log gives no time; the request stands where it stood in the input, at the time of the one before it."""

TTL_LABELS = ("default", "5m", "1h", "30m", "12h", "24h", "in_memory")
"""TTLs that a mark or a request can name, in the order of their numbers in `mark_ttl` and `auto_mark`: append only."""


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
    """All integer columns of the requests read so far, kept row by row while they grow."""

    def __init__(self) -> None:
        self.rows = array.array("q")
        """The values of one request after the other, in the order of `INTEGER_COLUMNS`."""
        self.strings = {name: Interner() for name in STRING_COLUMNS}
        self.request_ids: list[str] = []

    def __len__(self) -> int:
        return len(self.request_ids)

    def table(self) -> npt.NDArray[np.int64]:
        """Return the rows as a matrix of shape (requests, columns)."""
        return np.frombuffer(self.rows, dtype=np.int64).reshape(-1, len(INTEGER_COLUMNS))

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return one column in its own type."""
        return self.table()[:, PLACES[name]].astype(INTEGER_COLUMNS[name])
