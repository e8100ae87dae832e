"""Logs of API requests and responses, one a line, in any of the dialects and envelopes people write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.api_envelope import Opener, sniff_row
from cachelens.sources.api_record import Mapped, records_of
from cachelens.sources.base import ReadOptions
from cachelens.sources.jsonl import NOT_JSON, WRONG_TYPE, Problem
from cachelens.sources.wire import Row

Result = RequestRecord | Skip


class ApiJsonl:
    """The source for request and response logs."""

    id = "api_jsonl"
    splittable = True

    def sniff(self, head: Sequence[bytes], name: str) -> int:
        """Count the lines of the head that hold a request or a response."""
        rows = [line for line in head if line[:1] in (b"{", b"[")]
        known = sum(sniff_row(line) for line in rows)
        if not known:
            return 60 if _whole_document(head) else 0
        return 40 + 40 * known // len(rows)

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield a record for each exchange; a record whose counts are impossible comes with a skip."""
        opener = Opener()
        mapped = Mapped(options)
        shape = opener.shape
        numbered = iter(lines)
        for number, line in numbered:
            results: RequestRecord | Iterable[Result]
            try:
                results = records_of(number, shape.decode(line), line, mapped)
            except (msgspec.DecodeError, RecursionError):
                results = _slowly(opener, mapped, number, line, numbered)
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
    except (msgspec.DecodeError, RecursionError):
        return (Skip(line=number, reason=NOT_JSON, detail="inside a string that should hold JSON"),)
    return (results,) if isinstance(results, RequestRecord) else results


def _slowly(
    opener: Opener, mapped: Mapped, number: int, line: bytes, rest: Iterator[tuple[int, bytes]]
) -> Iterator[Result]:
    """Read a line that has not the usual shape; the opening bracket of a document takes all the others."""
    if number == 1 and line.strip() in (b"[", b"{"):
        line = b"\n".join([line, *(text for _, text in rest)])
    for opened in opener.open(line):
        if isinstance(opened, Problem):
            yield Skip(line=number, reason=opened.reason, detail=opened.detail)
        else:
            yield from _results(number, *opened, mapped)


def _whole_document(head: Sequence[bytes]) -> bool:
    """Say whether this is one document over many lines that opens like a request or response log."""
    if not head or head[0].strip() not in (b"[", b"{"):
        return False
    start = b"".join(head)
    return any(key in start for key in _OPENING_KEYS)


_OPENING_KEYS = (b'"messages"', b'"request"', b'"contents"')

SOURCE = ApiJsonl()
