"""Logs of API requests and responses, one a line, in any of the dialects and envelopes people write."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.api_envelope import Opener, sniff_row
from cachelens.sources.api_record import Mapped, records_of
from cachelens.sources.base import NO_OPTIONS, ReadOptions
from cachelens.sources.fields import at_path
from cachelens.sources.jsonl import NOT_JSON, UNREADABLE, WRONG_TYPE, Problem
from cachelens.sources.names import MAPPED_BODIES
from cachelens.sources.rawjson import array_of
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
        rows = [line for line in head if line[:1] in (b"{", b"[")]
        known = sum(sniff_row(line) for line in rows)
        if not known:
            return 60 if is_document(head) and any(key in b"".join(head) for key in _OPENING_KEYS) else 0
        return 40 + 40 * known // len(rows)

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
                results = _slowly(opener, mapped, number, line)
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


def _slowly(opener: Opener, mapped: Mapped, number: int, line: bytes) -> Iterator[Result]:
    """Read a line that has not the usual shape."""
    for opened in opener.open(line):
        if isinstance(opened, Problem):
            yield Skip(line=number, reason=opened.reason, detail=opened.detail)
        else:
            yield from _results(number, *opened, mapped)


def joined(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Make one line of a JSON document that was written over many; other lines pass as they are."""
    rest = iter(lines)
    head = list(itertools.islice(rest, 3))
    if head and head[0][0] == 1 and is_document([line for _, line in head]):
        return iter([(1, b"\n".join(line for _, line in itertools.chain(head, rest)))])
    return itertools.chain(head, rest)


def _has(line: bytes, paths: Sequence[str]) -> bool:
    """Say whether a row, or the first row of an array, has a value at one of these paths."""
    rows = array_of(line) if line[:1] == b"[" else [line]
    return any(at_path(row, path) is not None for row in (rows or ())[:1] for path in paths)


def is_document(head: Sequence[bytes]) -> bool:
    """Say whether the first lines open one JSON document, and are not rows behind a damaged first one."""
    first, *others = [line.strip() for line in head[:3]] or [b""]
    if not others or first not in _BRACKETS:
        return False
    if first == b"{":
        return others[0].startswith(b'"')
    row_by_itself = others[0].startswith(b"{") and others[0].endswith(b"}")
    return not row_by_itself or others[-1] == b"]"


_BRACKETS = (b"[", b"{")
_OPENING_KEYS = (b'"messages"', b'"request"', b'"contents"')

SOURCE = ApiJsonl()
