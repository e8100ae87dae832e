"""Tables of requests: CSV or TSV with a header, read by the same names as rows of JSON."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Raw

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.api_envelope import Opener, sniff_row
from cachelens.sources.api_jsonl import read_row
from cachelens.sources.api_record import Mapped
from cachelens.sources.base import NO_OPTIONS, ReadOptions
from cachelens.sources.fields import at_path
from cachelens.sources.names import MAPPED_BODIES
from cachelens.sources.rawjson import array_of, members_of
from cachelens.sources.views import nested
from cachelens.sources.wire import ROW_KEYS

_MOST_CHARACTERS = (1 << 31) - 1
"""Length of the longest cell; `csv` takes no more than 131,072 unless it is told."""
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d+)?")
_LEAST_COLUMNS = 2
_SUMMARY = b"requests"
"""A header with this counts requests, and its rows are none."""


class ApiCsv:
    """Reads a table with a header. Cells may hold JSON, text or numbers; an empty cell is not there."""

    id = "api_csv"
    splittable = False
    mappable = True

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim tables whose first row gives a request or counts, or what the caller says has them."""
        if not head or head[0][:1] in (b"{", b"["):
            return 0
        if _SUMMARY in head[0]:
            return 0
        _, row = next(_rows(enumerate(head, 1)), (0, b""))
        paths = [path for name, path in options.mapping.items() if name in MAPPED_BODIES]
        if row and any(at_path(row, path) is not None for path in paths):
            return 100
        return 70 * sniff_row(row) if row else 0

    def rows(self, head: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the rows below the header."""
        return (row for _, row in _rows(enumerate(head, 1)))

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield a record for each row with a prompt or counts."""
        opener, mapped = Opener(), Mapped(options)
        for number, row in _rows(lines):
            yield from read_row(opener, mapped, number, row)


def _rows(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield each row below the header as a JSON object, with the line where it begins."""
    csv.field_size_limit(_MOST_CHARACTERS)
    at = _Position(lines)
    header: list[str] = []
    for cells in csv.reader(at, delimiter=at.delimiter):
        if not header:
            header = [_known(name) for name in cells]
            if len(header) < _LEAST_COLUMNS:
                return
        else:
            row = {name: _value(cell) for name, cell in zip(header, cells, strict=False) if name and cell}
            if row:
                yield at.begin, msgspec.json.encode(_deep(row))
        at.begin = 0


class _Position:
    """The lines as text, with the blank ones that a cell may hold, and where the row in hand begins."""

    def __init__(self, lines: Iterable[tuple[int, bytes]]) -> None:
        self._lines = iter(lines)
        self._first = next(self._lines, (1, b""))
        self.delimiter = "\t" if self._first[1].count(b"\t") > self._first[1].count(b",") else ","
        self.begin = 0

    def __iter__(self) -> Iterator[str]:
        last, line = self._first
        yield _text(line)
        for number, line in self._lines:
            for blank in range(last + 1, number):
                self.begin = self.begin or blank
                yield "\n"
            self.begin = self.begin or number
            last = number
            yield _text(line)


def _text(line: bytes) -> str:
    """Return a line without what `csv` refuses outside of quotes."""
    return line.decode("utf-8", "replace").replace("\0", "").replace("\r", " ") + "\n"


def _deep(row: Mapping[str, Raw]) -> Mapping[str, object]:
    """Put columns like `usage.prompt_tokens` into the object that they are members of."""
    dotted = {name: raw for name, raw in row.items() if "." in name and name.partition(".")[0] in ROW_KEYS - row.keys()}
    if not dotted:
        return row
    inner = nested(dotted)
    return {name: raw for name, raw in row.items() if name not in dotted} | (inner if isinstance(inner, dict) else {})


def _known(name: str) -> str:
    """Return a header as a row of JSON would have it: `Prompt Tokens` is `prompt_tokens`."""
    plain = name.strip()
    if plain in ROW_KEYS:
        return plain
    lower = re.sub(r"[\s-]+", "_", plain.lower())
    return lower if lower in ROW_KEYS or " " in plain else plain


def _value(cell: str) -> Raw:
    """Return a cell as JSON: numbers and JSON as they are, all else as text."""
    text = cell.strip()
    data = text.encode()
    if _NUMBER.fullmatch(text) or (text[:1] == "{" and members_of(data)) or (text[:1] == "[" and array_of(data)):
        return Raw(data)
    return Raw(msgspec.json.encode(cell))


SOURCE = ApiCsv()
