"""Logs of API requests and responses, one a line, in any of the dialects and envelopes people write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.api_envelope import Opener, sniff_row, sniff_text
from cachelens.sources.api_record import Mapped, records_of
from cachelens.sources.base import NO_OPTIONS, ReadOptions
from cachelens.sources.documents import is_document, joined, rows_in
from cachelens.sources.fields import at_path
from cachelens.sources.jsonl import NOT_JSON, UNREADABLE, WRONG_TYPE, Problem
from cachelens.sources.names import MAPPED_BODIES
from cachelens.sources.wire import Row

Result = RequestRecord | Skip


class ApiJsonl:
    """The source for request and response logs."""

    id = "api_jsonl"
    splittable = True
    mappable = True

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Count the lines of the head that hold a request or a response; one where the caller said decides."""
        paths = [path for name, path in options.mapping.items() if name in MAPPED_BODIES]
        if paths and any(_has(line, paths) for line in ([b"\n".join(head)] if is_document(head) else head)):
            return 100
        if is_document(head):
            text = b"\n".join(head)
            return 80 if sniff_row(text) else 60 * sniff_text(text)
        rows = [line for line in head if line[:1] in (b"{", b"[")]
        known = sum(sniff_row(line) for line in rows)
        return 40 + 40 * known // len(rows) if known else 0

    def rows(self, head: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the rows of the head, out of the documents and arrays that hold them."""
        for line in [b"\n".join(head)] if is_document(head) else head:
            yield from rows_in(line)

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield a record for each exchange; a record whose counts are impossible comes with a skip."""
        opener = Opener()
        mapped = Mapped(options)
        shape = opener.shape
        for number, line in joined(lines):
            results: RequestRecord | Iterable[Result]
            try:
                results = records_of(number, shape.decode(line), line, mapped)
            except UNREADABLE:
                results = read_row(opener, mapped, number, line)
            if isinstance(results, RequestRecord):
                yield results
            else:
                yield from results


def _results(number: int, row: Row, line: bytes, mapped: Mapped) -> Sequence[Result]:
    """Return what one row gives; never raises for bad content."""
    try:
        results = records_of(number, row, line, mapped)
    except msgspec.ValidationError as error:
        return (Skip(line=number, reason=WRONG_TYPE, detail=str(error)),)
    except UNREADABLE:
        return (Skip(line=number, reason=NOT_JSON, detail="inside a string that should hold JSON"),)
    return (results,) if isinstance(results, RequestRecord) else results


def read_row(opener: Opener, mapped: Mapped, number: int, line: bytes) -> Iterator[Result]:
    """Read a line that has not the shape of those before it; never raises for bad content."""
    for opened in opener.open(line):
        if isinstance(opened, Problem):
            yield Skip(line=number, reason=opened.reason, detail=opened.detail, benign=opened.benign)
        else:
            yield from _results(number, *opened, mapped)


def _has(line: bytes, paths: Sequence[str]) -> bool:
    """Say whether a row, or the first row of an array or document, has a value at one of these paths."""
    row = next(rows_in(line), b"")
    return any(at_path(row, path) is not None for path in paths)


SOURCE = ApiJsonl()
