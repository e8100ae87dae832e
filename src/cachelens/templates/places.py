"""Where each character of a prompt text stands in its file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from cachelens.model.location import Location
from cachelens.model.template import Span, SpanKind, TemplateProblem


class Places:
    """The lines of one file, to turn offsets into locations. Only a line feed ends a line."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def _starts(self) -> list[int]:
        starts, position = [0], self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts

    def location(self, start: int, end: int) -> Location:
        """Return the place of the characters from `start` up to `end`; offsets beyond the file are drawn in."""
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        line, last = bisect_right(self._starts, start), bisect_right(self._starts, end)
        return Location(self.path, line, start - self._starts[line - 1] + 1, last, end - self._starts[last - 1] + 1)

    def line_start(self, line: int) -> int:
        """Return the offset at which a line (from 1) begins."""
        return self._starts[min(max(line, 1), len(self._starts)) - 1]


class Piece(NamedTuple):
    """A stretch of a value and the stretch of the file that it was written as."""

    value_start: int
    length: int
    """Characters of the value; equal to those of the file where they are the same text."""
    file_start: int
    file_end: int


class Text:
    """A prompt text: the whole file, a stretch of it, or a quoted value in it with escapes resolved."""

    def __init__(self, places: Places, value: str, *, base: int = 0, pieces: Sequence[Piece] = ()) -> None:
        self.places = places
        self.value = value
        self._base = base
        self._pieces = pieces
        self._starts = [piece.value_start for piece in pieces]

    @classmethod
    def whole(cls, path: str, text: str) -> Text:
        """Take a file as it is."""
        return cls(Places(path, text), text)

    def part(self, start: int, end: int) -> Text:
        """Cut a stretch out of a text that stands in the file as it is."""
        return Text(self.places, self.value[start:end], base=self._base + start)

    def location(self, start: int, end: int) -> Location:
        """Return where the characters from `start` up to `end` stand in the file."""
        first = self._file_start(start)
        return self.places.location(first, first if end <= start else max(self._file_end(end), first))

    def all(self) -> Location:
        """Return where the text as a whole stands."""
        return self.location(0, len(self.value))

    def literal(self, start: int, end: int, sent: str | None = None) -> Span:
        """Build the span of a stretch that is sent as it stands, or as `sent` where escapes were resolved."""
        text = self.value[start:end] if sent is None else sent
        return Span(kind=SpanKind.LITERAL, text=text, location=self.location(start, end))

    def problem(self, code: str, message: str, start: int = 0, end: int = 0) -> TemplateProblem:
        """Build a problem at a place of the text."""
        return TemplateProblem(self.location(start, end), code, message)

    def _file_start(self, offset: int) -> int:
        if not self._pieces:
            return self._base + offset
        piece = self._pieces[max(bisect_right(self._starts, offset) - 1, 0)]
        if piece.length == piece.file_end - piece.file_start:
            return min(piece.file_start + offset - piece.value_start, piece.file_end)
        return piece.file_start if offset < piece.value_start + piece.length else piece.file_end

    def _file_end(self, offset: int) -> int:
        if not self._pieces:
            return self._base + offset
        piece = self._pieces[max(bisect_right(self._starts, offset - 1) - 1, 0)]
        if piece.length == piece.file_end - piece.file_start:
            return min(piece.file_start + offset - piece.value_start, piece.file_end)
        return piece.file_end


class InnerPlaces(Places):
    """The places of a text that is itself a value in a file, such as JSON in a YAML block."""

    def __init__(self, outer: Text) -> None:
        super().__init__(outer.places.path, outer.value)
        self._outer = outer

    def location(self, start: int, end: int) -> Location:
        """Return the place in the file itself."""
        return self._outer.location(start, end)


def join(first: Location, last: Location) -> Location:
    """Return the stretch from one place to a later one of the same file; otherwise the first."""
    if first.path != last.path or (last.end_line, last.end_column) < (first.line, first.column):
        return first
    return Location(first.path, first.line, first.column, last.end_line, last.end_column)
