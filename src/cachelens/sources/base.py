"""The interface of a source, and what the caller tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from cachelens.errors import UsageError
from cachelens.model.call import CallPaths
from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.names import MAPPABLE

BAD_USAGE = "impossible token counts"
"""Reason of a skip whose line states counts that no request can have."""


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Choices that hold for all inputs of a run. Paths are dotted keys into a log row (`metadata.thread`)."""

    mapping: Mapping[str, str] = {}
    """Canonical field name to the path where this export keeps it (`--map timestamp=created_at`)."""
    workload_key: str = ""
    session_key: str = ""
    tenant_key: str = ""
    usage_only: bool = False
    """True where nobody looks at prompts: a source may leave them out of records that have token counts."""
    calls: CallPaths | None = None
    """Where to look for what response caches ask for; `None` leaves parameters and answers in the log."""
    answered: bool = False
    """Found out, not chosen: the first rows of the input show that it keeps responses."""

    def __post_init__(self) -> None:
        """Refuse a mapping of a field that no record has."""
        for name in self.mapping:
            if name not in MAPPABLE:
                raise _no_field(name)

    @property
    def paths(self) -> dict[str, str]:
        """All canonical field names with their paths; the mapping wins over the keys."""
        keys = {"session": self.session_key, "workload": self.workload_key, "tenant": self.tenant_key}
        return {name: path for name, path in keys.items() if path} | dict(self.mapping)


NO_OPTIONS = ReadOptions()


def _no_field(name: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(name, MAPPABLE, 1)
    meant = f"Did you mean `{near[0]}`? " if near else ""
    return UsageError(f"--map knows no field `{name}`", hint=f"{meant}Choose from: {', '.join(MAPPABLE)}.")


class Source(Protocol):
    """Reads one log format. Streams: holds no more than the conversation in hand."""

    id: str
    """The name that `--from` takes."""
    splittable: bool
    """True when every line stands alone, so that a file may be cut at line ends and read in parallel."""
    mappable: bool
    """True when the paths of `ReadOptions` are looked at."""

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
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


class RowSource(Source, Protocol):
    """A source of rows that `--map` can look into; all sources with `mappable` are such."""

    def rows(self, head: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the first rows of a file as JSON objects."""
        ...
