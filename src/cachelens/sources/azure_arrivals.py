"""Azure arrival traces: CSV with an arrival time and two token counts per request, no content.

Header `TIMESTAMP,ContextTokens,GeneratedTokens`; times carry seven decimals and no zone, read as UTC
(github.com/Azure/AzurePublicDataset). The trace names no model and says nothing about prefixes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.base import BAD_USAGE, NO_OPTIONS, ReadOptions
from cachelens.sources.instants import text_us
from cachelens.sources.limits import TOO_MANY, tokens_of

HEADER = b"TIMESTAMP,ContextTokens,GeneratedTokens"
_CELLS = 3


class AzureArrivalsSource:
    """Reads Azure LLM inference traces of 2023 and 2024."""

    id = "azure_arrivals"
    splittable = False
    mappable = False

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim files that begin with the trace's header line."""
        return 100 if head and head[0].strip() == HEADER else 0

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield one record per row, with counts only."""
        for number, line in lines:
            text = line.strip()
            if text != HEADER:
                yield self._record(text, number)

    @staticmethod
    def _record(text: bytes, number: int) -> RequestRecord | Skip:
        cells = text.split(b",")
        if len(cells) != _CELLS or not (cells[1].isdigit() and cells[2].isdigit()):
            return Skip(line=number, reason="not a trace row", detail="a row is a time and two counts")
        arrived = text_us(cells[0].decode("utf-8", "replace"))
        if arrived is None:
            return Skip(line=number, reason="unreadable time", detail="expected an ISO date and time")
        sent, answered = tokens_of(cells[1]), tokens_of(cells[2])
        if sent is None or answered is None:
            return Skip(line=number, reason=BAD_USAGE, detail=TOO_MANY)
        return RequestRecord(arrived_us=arrived, model="", line=number, input_tokens=sent, output_tokens=answered)


SOURCE = AzureArrivalsSource()
