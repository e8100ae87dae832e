"""A file as bytes and as the text that parsers see, kept in step while it is edited."""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from cachelens.model.fix import Edit
from cachelens.model.location import Location
from cachelens.templates.files import decode, with_line_feeds
from cachelens.templates.places import Places

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileText:
    """The text of one file; mark, encoding and line ends are kept as they are wherever nothing is edited."""

    def __init__(self, name: str, raw: str, mark: bytes, encoding: str) -> None:
        self.name = name
        self.raw = raw
        """The text with its own line ends."""
        self._mark = mark
        self._encoding = encoding

    @classmethod
    def of(cls, name: str, data: bytes) -> FileText:
        """Take the bytes of a file; raises `UnusableError` for what is no text."""
        decode(data)  # refuses what is no text
        for mark, encoding in zip((codecs.BOM_UTF8, *_WIDE), ("utf-8", "utf-16-le", "utf-16-be"), strict=True):
            if data.startswith(mark):
                return cls(name, data[len(mark) :].decode(encoding), mark, encoding)
        return cls(name, data.decode("utf-8"), b"", "utf-8")

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self._mark + self.raw.encode(self._encoding)

    @cached_property
    def text(self) -> str:
        """The text as parsers see it, with line feeds as line ends."""
        return with_line_feeds(self.raw)

    @cached_property
    def places(self) -> Places:
        """The lines of the text."""
        return Places(self.name, self.text)

    def stretch(self, location: Location) -> tuple[int, int]:
        """Return the offsets of a place in the text."""
        start = self.places.line_start(location.line) + location.column - 1
        return start, self.places.line_start(location.end_line) + location.end_column - 1

    def cut(self, location: Location) -> str:
        """Return the text at a place."""
        start, end = self.stretch(location)
        return self.text[start:end]

    def edited(self, edits: Sequence[Edit]) -> FileText:
        """Return the file with some stretches replaced; new lines end as most lines of the file do."""
        raw, position, pieces = self.raw, 0, []
        for edit in edits:
            pieces += [raw[position : self._in_raw(edit.start)], edit.text.replace("\n", self._line_end)]
            position = self._in_raw(edit.end)
        return FileText(self.name, "".join([*pieces, raw[position:]]), self._mark, self._encoding)

    def with_line_feeds(self) -> FileText:
        """Return the file with line feeds as line ends."""
        return FileText(self.name, self.text, self._mark, self._encoding)

    @cached_property
    def _line_end(self) -> str:
        pairs = self.raw.count("\r\n")
        counts = {"\n": self.raw.count("\n") - pairs, "\r\n": pairs, "\r": self.raw.count("\r") - pairs}
        return max(counts, key=lambda end: counts[end])

    @cached_property
    def _pairs(self) -> list[int]:
        """Offsets in the text at which the file has two characters."""
        found: list[int] = []
        position = self.raw.find("\r\n")
        while position >= 0:
            found.append(position - len(found))
            position = self.raw.find("\r\n", position + 2)
        return found

    def _in_raw(self, offset: int) -> int:
        return offset + bisect_left(self._pairs, offset)
