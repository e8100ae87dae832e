"""Request records for tests of the compiler: prompts as lists of texts, blocks as paths, lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.model.record import BlockPrompt, RequestRecord
from cachelens.model.usage import Usage
from cachelens.prompts import container
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.prompts.trace import Trace

# Keyword arguments are fields of a record, of any type.
# ruff: noqa: ANN401

SECOND = 10**6
BLOCK = 16
_KINDS = {
    Level.TOOLS: SegmentKind.TOOL,
    Level.SYSTEM: SegmentKind.SYSTEM,
    Level.MESSAGES: SegmentKind.TEXT,
}


def expand(part: Part) -> list[SegmentDraft]:
    """One segment a part; a leading `*` is a cache mark."""
    text = bytes(part.raw)
    mark = "5m" if text.startswith(b"*") else ""
    return [SegmentDraft(_KINDS[Level(part.level)], Role.USER, text.removeprefix(b"*"), mark, message_end=True)]


def chat(line: int, system: str, *messages: str, tools: Sequence[str] = (), **more: Any) -> RequestRecord:
    """A request with a prompt, a second behind the one on the line before; no system block where it is empty."""
    parts = [Part(Level.TOOLS, text.encode()) for text in tools]
    parts += [Part(Level.SYSTEM, system.encode())] if system else []
    parts += [Part(Level.MESSAGES, text.encode()) for text in messages]
    fields = {"usage": Usage(uncached_input=100, output=1), **more}
    return RequestRecord(arrived_us=line * SECOND, model="m", line=line, parts=parts, expand=expand, **fields)


def lengths(line: int, tokens: int, **more: Any) -> RequestRecord:
    """A request known by its length."""
    return RequestRecord(arrived_us=line * SECOND, model="", line=line, input_tokens=tokens, **more)


def blocks(line: int, path: str, tokens: int | None = None, **more: Any) -> RequestRecord:
    """A request of one block a letter; equal beginnings of `path` are equal prefixes."""
    ids = [int.from_bytes(path[: end + 1].encode(), "big") for end in range(len(path))]
    levels = {name: more.pop(name) for name in ("namespace", "tools_tokens", "system_tokens") if name in more}
    prompt = BlockPrompt(ids=ids, block_size=BLOCK, **levels)
    return RequestRecord(arrived_us=line * SECOND, model="", line=line, blocks=prompt, input_tokens=tokens, **more)


def compiled(records: Sequence[RequestRecord], *, file: int = 0) -> Trace:
    """The trace of some records of one file."""
    builder = TraceBuilder()
    for record in records:
        builder.add(record, file)
    return finish(builder, ["first", "second"])


def contents(trace: Trace) -> dict[str, object]:
    """Everything in a trace, in a form that `==` compares."""
    arrays = {name: (values.dtype.str, values.tolist()) for name, values in container.arrays_of(trace)}
    return {**arrays, "strings": dict(trace.strings), "files": trace.files, "meta": dict(trace.meta)}


def names(trace: Trace, column: str) -> list[str]:
    """The names in a string column, request by request in order of arrival."""
    table = (*trace.strings[column], "")
    return [table[number] for number in np.asarray(trace.requests[column]).tolist()]
