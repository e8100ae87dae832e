"""The interface of a source, and what the caller tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from cachelens.model.record import RequestRecord, Skip

BAD_USAGE = "impossible token counts"
"""Reason of a skip whose line states counts that no request can have."""


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Choices that hold for all inputs of a run. Paths are dotted keys into a log row (`metadata.thread`)."""

    mapping: Mapping[str, str] = {}
    """Canonical field name to the path where this export keeps it (`--map timestamp=created_at`)."""
    workload_key: str = ""
    session_key: str = ""
    tenant_key: str = ""


class Source(Protocol):
    """Reads one log format. Streams: holds no more than the conversation in hand."""

    id: str
    """The name that `--from` takes."""
    splittable: bool
    """True when every line stands alone, so that a file may be cut at line ends and read in parallel."""

    def sniff(self, head: Sequence[bytes], name: str) -> int:
        """Say how surely the first lines of a file called `name` are of this format: 0 (no) to 100."""
        ...

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield a record for every request and a skip for every line that cannot be used.

        `lines` holds (line number from 1, bytes without the line end); a byte order mark is removed already.
        Never raises for bad content.
        """
        ...
