"""Bailian (Qwen) hash traces: one JSON row per request, 16 tokens per salted block id.

A row is `{"chat_id": n, "parent_chat_id": n, "timestamp": s, "input_length": n, "output_length": n,
"type": "text", "turn": n, "hash_ids": [...]}`; `parent_chat_id` is -1 for a first turn. The session is
the root of the parent chain, the workload is the row's type. Special tokens vanish between turns and the
last block may hold padding, so the last block of a turn often does not match the next turn's
(github.com/alibaba-edu/qwen-bailian-usagetraces-anon). The trace names no model.
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
from cachelens.sources.names import SECOND

BLOCK_TOKENS = 16
"""Tokens per id, as the trace's authors publish it."""
_NO_PARENT = (-1, "-1", "")


class _Row(msgspec.Struct):
    chat_id: int | str
    timestamp: Decimal
    input_length: Count
    hash_ids: list[int]
    parent_chat_id: int | str | None = None
    output_length: Count | None = None
    type: str = ""
    block_size: Count = BLOCK_TOKENS


_DECODER = msgspec.json.Decoder(_Row)


class BailianSource:
    """Reads Bailian traces; keeps one small entry per chat to find the root of each chain."""

    id = "bailian"
    splittable = False
    mappable = False

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim files whose first row has a chat id and block ids."""
        return 95 if head and try_row(_DECODER, head[0]) is not None else 0

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield one record per row; times count from the trace's own zero."""
        roots: dict[int | str, int | str] = {}
        for number, line in lines:
            row = decode_row(_DECODER, line, number)
            yield row if isinstance(row, Skip) else self._record(row, number, roots)

    @staticmethod
    def _record(row: _Row, number: int, roots: dict[int | str, int | str]) -> RequestRecord | Skip:
        parent = row.parent_chat_id
        root = row.chat_id if parent is None or parent in _NO_PARENT else roots.get(parent, parent)
        roots[row.chat_id] = root
        skip = misfit(len(row.hash_ids), row.input_length, row.block_size, number)
        if skip is not None:
            return skip
        return RequestRecord(
            arrived_us=exact_us(row.timestamp, SECOND),
            model="",
            line=number,
            request_id=str(row.chat_id),
            session=str(root),
            workload=row.type,
            blocks=BlockPrompt(ids=row.hash_ids, block_size=row.block_size),
            input_tokens=row.input_length,
            output_tokens=row.output_length,
        )


SOURCE = BailianSource()
