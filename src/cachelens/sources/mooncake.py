"""Mooncake hash traces: one JSON row per request, 512 tokens per chained block id.

A row is `{"timestamp": ms, "input_length": n, "output_length": n, "hash_ids": [...]}`. The number of ids is
the input length divided by the block size, rounded up: the last block may be partial. Rows that carry
`session_id` or `block_size` of their own (traces of the same shape by other tools) are respected.
The trace names no model: the user chooses one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from cachelens.model.record import BlockPrompt, RequestRecord, Skip
from cachelens.sources.base import NO_OPTIONS, ReadOptions
from cachelens.sources.blocks import decode_row, misfit, try_row
from cachelens.sources.instants import exact_us
from cachelens.sources.limits import Count
from cachelens.sources.names import MILLISECOND

BLOCK_TOKENS = 512
"""Tokens per id, as the trace's authors publish it (github.com/kvcache-ai/Mooncake)."""


class _Row(msgspec.Struct):
    timestamp: Decimal
    input_length: Count
    hash_ids: list[int]
    output_length: Count | None = None
    session_id: str | int | None = None
    block_size: Count = BLOCK_TOKENS
    chat_id: int | str | None = None


_DECODER = msgspec.json.Decoder(_Row)


class MooncakeSource:
    """Reads Mooncake traces and the row shapes derived from them."""

    id = "mooncake"
    splittable = True
    mappable = False

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim files whose first row decodes and has no chat ids (which Bailian rows have)."""
        row = try_row(_DECODER, head[0]) if head else None
        return 90 if row is not None and row.chat_id is None else 0

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield one record per row; times count from the trace's own zero."""
        for number, line in lines:
            row = decode_row(_DECODER, line, number)
            yield row if isinstance(row, Skip) else self._record(row, number)

    @staticmethod
    def _record(row: _Row, number: int) -> RequestRecord | Skip:
        skip = misfit(len(row.hash_ids), row.input_length, row.block_size, number)
        if skip is not None:
            return skip
        return RequestRecord(
            arrived_us=exact_us(row.timestamp, MILLISECOND),
            model="",
            line=number,
            session="" if row.session_id is None else str(row.session_id),
            blocks=BlockPrompt(ids=row.hash_ids, block_size=row.block_size),
            input_tokens=row.input_length,
            output_tokens=row.output_length,
        )


SOURCE = MooncakeSource()
