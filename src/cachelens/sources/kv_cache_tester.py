"""kv-cache-tester traces: one JSON document per coding-agent session, 64 tokens per session-local block id.

`{"id", "models", "block_size", "hash_id_scope", "tool_tokens", "system_tokens", "requests": [...]}`; a
request is `{"t", "type", "model", "in", "out", "hash_ids", "api_time", "ttft"}` with `t` in seconds from the
session's start, and an entry of type `subagent` holds `requests` of its own, with `t` from the
sub-agent's start. Only full blocks have an id. Ids are local to the file, so each file is a namespace of its
own; documents with `hash_id_scope` `global` share one (github.com/callanjfox/kv-cache-tester).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from cachelens.model.record import BlockPrompt, RequestRecord, Skip
from cachelens.sources.base import NO_OPTIONS, ReadOptions
from cachelens.sources.blocks import decode_row, misfit, try_row
from cachelens.sources.hints import of_model
from cachelens.sources.instants import exact_us
from cachelens.sources.limits import Count
from cachelens.sources.names import SECOND

_KEYS = (b'"requests"', b'"hash_ids"', b'"block_size"')
_ZERO = Decimal(0)


class _Request(msgspec.Struct):
    t: Decimal = _ZERO
    type: str = ""
    model: str = ""
    input: Count | None = msgspec.field(name="in", default=None)
    out: Count | None = None
    hash_ids: list[int] | None = None
    api_time: Decimal | None = None
    ttft: Decimal | None = None
    agent_id: str = ""
    tool_tokens: Count = 0
    system_tokens: Count = 0
    requests: list[msgspec.Raw] | None = None


class _Session(msgspec.Struct):
    block_size: Count
    requests: list[msgspec.Raw]
    id: str = ""
    hash_id_scope: str = "local"
    tool_tokens: Count = 0
    system_tokens: Count = 0


class _Frame(msgspec.Struct, frozen=True):
    """Where a request stands: its session or sub-agent."""

    session: str
    workload: str
    start_us: int
    block_size: int
    namespace: str
    tools: int
    system: int


_SESSION = msgspec.json.Decoder(_Session)
_REQUEST = msgspec.json.Decoder(_Request)


class KvCacheTesterSource:
    """Reads whole-file kv-cache-tester documents, or one document per line."""

    id = "kv_cache_tester"
    splittable = False
    mappable = False

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim documents that open with the format's own keys."""
        start = b"".join(head)[:100_000]
        return 95 if start.lstrip().startswith(b"{") and all(key in start for key in _KEYS) else 0

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield the requests of each document, numbered by row within it (one document per file is usual)."""
        pending: list[bytes] = []
        first = 1
        for number, line in lines:
            if try_row(_SESSION, line) is not None:
                yield from self._flush(pending, first, path)
                yield from self._document(line, number, path)
                pending = []
            else:
                first = first if pending else number
                pending.append(line)
        yield from self._flush(pending, first, path)

    def _flush(self, pending: list[bytes], first: int, path: str) -> Iterator[RequestRecord | Skip]:
        if pending:
            yield from self._document(b"\n".join(pending), first, path)

    def _document(self, data: bytes, number: int, path: str) -> Iterator[RequestRecord | Skip]:
        session = decode_row(_SESSION, data, number)
        if isinstance(session, Skip):
            yield session
            return
        name = session.id or path
        frame = _Frame(
            session=name,
            workload="claude-code",
            start_us=0,
            block_size=session.block_size,
            namespace="" if session.hash_id_scope == "global" else name,
            tools=session.tool_tokens,
            system=session.system_tokens,
        )
        counter = iter(range(1, 1 << 60))
        yield from _requests(session.requests, frame, counter)


def _requests(rows: Sequence[msgspec.Raw], frame: _Frame, counter: Iterator[int]) -> Iterator[RequestRecord | Skip]:
    for raw in rows:
        number = next(counter)
        row = decode_row(_REQUEST, bytes(raw), number)
        if isinstance(row, Skip):
            yield row
        elif row.requests is not None:
            yield from _requests(row.requests, _subagent(row, frame), counter)
        else:
            yield _record(row, frame, number)


def _subagent(row: _Request, frame: _Frame) -> _Frame:
    return _Frame(
        session=f"{frame.session}/{row.agent_id or 'subagent'}",
        workload=f"{frame.workload}/subagent",
        start_us=frame.start_us + exact_us(row.t, SECOND),
        block_size=frame.block_size,
        namespace=frame.namespace,
        tools=row.tool_tokens,
        system=row.system_tokens,
    )


def _record(row: _Request, frame: _Frame, number: int) -> RequestRecord | Skip:
    if row.input is None or row.hash_ids is None:
        return Skip(line=number, reason="not a trace row", detail="a request needs `in` and `hash_ids`")
    skip = misfit(len(row.hash_ids), row.input, frame.block_size, number)
    if skip is not None:
        return skip
    start = frame.start_us + exact_us(row.t, SECOND)
    return RequestRecord(
        arrived_us=start,
        model=row.model,
        line=number,
        provider=of_model(row.model).provider,
        session=frame.session,
        workload=frame.workload,
        first_token_us=None if row.ttft is None else start + exact_us(row.ttft, SECOND),
        end_us=None if row.api_time is None else start + exact_us(row.api_time, SECOND),
        blocks=BlockPrompt(
            ids=row.hash_ids,
            block_size=frame.block_size,
            namespace=frame.namespace,
            tools_tokens=frame.tools,
            system_tokens=frame.system,
        ),
        input_tokens=row.input,
        output_tokens=row.out,
    )


SOURCE = KvCacheTesterSource()
