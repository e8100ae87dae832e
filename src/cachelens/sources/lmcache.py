"""LMCache agent traces: one JSON row per request with the whole prompt flattened to one text.

A row is `{"timestamp": us, "input": text, "output": text, "session_id": id}`
(github.com/kobe0938/lmcache-agent-trace). No model and no usage. The text is cut after paragraph ends into
pieces whose borders depend on the text before them only, so requests that share a beginning share its pieces;
the rest of the prefix is found by its tokens. Rows of one session may be out of order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.base import NO_OPTIONS, ReadOptions
from cachelens.sources.blocks import decode_row, try_row

PIECE_BYTES = 2048
"""Least size of a piece; small enough to share most of a prefix, large enough to keep trees short."""
_MICROSECONDS_FROM = 1_000_000_000_000_000
"""September 2001 in microseconds: an integer time below it is in another unit, and not this format."""
_LAST = 1


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    timestamp: int
    input: str
    output: str
    session_id: str


_DECODER = msgspec.json.Decoder(_Row)


class LmcacheSource:
    """Reads LMCache agent traces; remembers the pieces of one session to hand them over again."""

    id = "lmcache"
    splittable = False
    mappable = False

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim rows with exactly the four fields and a time in microseconds; an API log has others."""
        row = try_row(_DECODER, head[0]) if head else None
        return 90 if row is not None and row.timestamp >= _MICROSECONDS_FROM else 0

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield one record per row, its prompt as pieces of one user message."""
        session = ""
        known: dict[tuple[bytes, int], Part] = {}
        for number, line in lines:
            row = decode_row(_DECODER, line, number)
            if isinstance(row, Skip):
                yield row
                continue
            if row.session_id != session:
                session, known = row.session_id, {}
            yield _record(row, number, known)


def _record(row: _Row, number: int, known: dict[tuple[bytes, int], Part]) -> RequestRecord:
    pieces = list(_pieces(row.input.encode()))
    parts = []
    for index, piece in enumerate(pieces):
        key = (piece, _LAST if index == len(pieces) - 1 else 0)
        part = known.get(key)
        if part is None:
            part = known[key] = Part(Level.MESSAGES, key[0], key[1])
        parts.append(part)
    return RequestRecord(
        arrived_us=row.timestamp,
        model="",
        line=number,
        session=row.session_id,
        parts=parts,
        expand=expand,
    )


def _pieces(text: bytes) -> Iterator[bytes]:
    start = 0
    while (cut := text.find(b"\n\n", start + PIECE_BYTES)) >= 0 and cut + 2 < len(text):
        yield text[start : cut + 2]
        start = cut + 2
    yield text[start:]


def expand(part: Part) -> Sequence[SegmentDraft]:
    """One text segment per piece; the last piece ends the message."""
    text = bytes(part.raw)
    last = part.tag == _LAST
    return (SegmentDraft(SegmentKind.TEXT, Role.USER, text, message_end=last, markable=bool(text)),)


SOURCE = LmcacheSource()
