"""The text of a file, and the way from offsets to lines and columns and back."""

from __future__ import annotations

import re
from bisect import bisect_right

from cachelens.model.location import Location

Range = tuple[int, int]
"""Offsets of the first character and of the one after the last."""

_WIDE = re.compile(r"[^\x00-\x7f]")
_LINE_END = re.compile(r"\r\n|\r|\n")


class Source:
    """A file's name and text; all offsets count characters."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def location(self, at: Range) -> Location:
        """Return lines and columns, counted from 1, of a range."""
        start, end = at
        line = bisect_right(self.starts, start)
        last = bisect_right(self.starts, end)
        return Location(
            path=self.name,
            line=line,
            column=start - self.starts[line - 1] + 1,
            end_line=last,
            end_column=end - self.starts[last - 1] + 1,
        )

    def range(self, location: Location) -> Range:
        """Return the offsets of a location in this file."""
        return (
            self.starts[location.line - 1] + location.column - 1,
            self.starts[location.end_line - 1] + location.end_column - 1,
        )

    def cut(self, at: Range) -> str:
        """Return the text of a range."""
        return self.text[at[0] : at[1]]


class ByteOffsets:
    """Turns offsets into the UTF-8 form of a text into offsets of characters, for lines and for the whole."""

    def __init__(self, source: Source, skipped: int = 0) -> None:
        """`skipped` characters stand before the text that was encoded: a byte order mark."""
        self._source = source
        self._skipped = skipped
        self._ascii = source.text.isascii()
        self._ends: list[int] = []
        """Offsets in bytes behind each character of more than one byte."""
        self._surplus: list[int] = []
        """How many bytes more than characters there are up to each of them."""

    def whole(self, offset: int) -> int:
        """Turn an offset from the start of the text into one of characters."""
        if self._ascii:
            return offset
        if not self._ends:
            self._measure()
        passed = bisect_right(self._ends, offset)
        return offset - (self._surplus[passed - 1] if passed else 0)

    def _measure(self) -> None:
        surplus = 0
        for match in _WIDE.finditer(self._source.text):
            surplus += len(match[0].encode("utf-8", "surrogatepass")) - 1
            self._ends.append(match.end() + surplus)
            self._surplus.append(surplus)

    def line(self, line: int, offset: int) -> int:
        """Turn a line, counted from 1, and an offset into it."""
        start = self._source.starts[line - 1]
        if line == 1:
            start += self._skipped
        if self._ascii:
            return start + offset
        end = self._source.starts[line] if line < len(self._source.starts) else len(self._source.text)
        text = self._source.text[start:end]
        if text.isascii():
            return start + offset
        return start + len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))
