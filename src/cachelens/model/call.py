"""What a response cache needs to know of a call beyond its prompt."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class RecordedCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Parameters and answer of one call, and the fields of its row that decide who may share the answer."""

    parameters: Mapping[str, bytes] = {}
    """Members of the request that are no prompt, as compact JSON; those of a nested configuration by dotted name."""
    answer: str | None = None
    """Text of the response; `None` where none is recorded."""
    tool_calls: str = ""
    """Calls that the model asked for, as JSON without their ids; empty for none."""
    fields: Mapping[str, str] = {}
    """Values by the names that were asked for; what the row does not have is missing."""
    question: str | None = None
    """The part that asks, where a field of its own was named for it."""
    vector: tuple[float, ...] | None = None
    """Embedding of the question as recorded; empty where the field holds none that can be used."""


class CallPaths(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rows of a log keep what a response cache asks for."""

    fields: Mapping[str, tuple[str, ...]] = {}
    """Name to the paths that are tried in turn. A path without dot is also looked for in the row's metadata."""
    question: str = ""
    vector: str = ""
