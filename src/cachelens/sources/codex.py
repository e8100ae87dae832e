"""Codex rollouts: `~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl`.

* `response_item` lines build the conversation; `event_msg` `token_count` closes an API call. The event
  repeats, so a call counts only when the running total has changed. Its `input_tokens` include cached and
  written ones.
* What was sent is everything before the first item that the model wrote for this call.
* `compacted` replaces the conversation; the compaction's own call is not logged. `thread_rolled_back` drops
  turns.
* The instructions stand in `session_meta`; the tool definitions do not, so a hidden part stands for them.
* Codex sends the conversation's id as `prompt_cache_key`. Reasoning is encrypted: its bytes are not its
  length.
* Older versions: `turn.completed` with `usage`, and `token_count` with `prompt` and `completion`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from cachelens.model.prompt import Level, Part
from cachelens.model.record import RequestRecord, Skip
from cachelens.model.usage import Usage
from cachelens.sources.base import NO_OPTIONS, ReadOptions
from cachelens.sources.codex_items import (
    NOT_SENT,
    Item,
    expand,
    instructions_part,
    item_part,
    written_by_model,
)
from cachelens.sources.hints import modifiers_by, write_ttl
from cachelens.sources.instants import text_us
from cachelens.sources.jsonl import Decoder, Problem
from cachelens.sources.limits import Count
from cachelens.sources.transcript_parts import hidden_part


class _Tokens(msgspec.Struct, frozen=True):
    input_tokens: Count = 0
    cached_input_tokens: Count | None = None
    cache_write_input_tokens: Count = 0
    output_tokens: Count | None = None


class _Info(msgspec.Struct):
    total_token_usage: _Tokens | None = None
    last_token_usage: _Tokens | None = None
    prompt: Count | None = None
    completion: Count | None = None


class _Instructions(msgspec.Struct):
    text: str = ""


class _Settings(msgspec.Struct):
    model: str | None = None
    service_tier: str | None = None


class _Payload(msgspec.Struct):
    type: str | None = None
    id: str | None = None
    role: str | None = None
    model: str | None = None
    model_provider: str | None = None
    cli_version: str | None = None
    base_instructions: _Instructions | str | None = None
    instructions: str | None = None
    source: msgspec.Raw = msgspec.Raw(b"")
    info: _Info | None = None
    usage: _Tokens | None = None
    num_turns: Count = 0
    thread_settings: _Settings | None = None


class _Compacted(msgspec.Struct):
    message: str = ""
    replacement_history: list[msgspec.Raw] | None = None


class _Line(msgspec.Struct):
    type: str
    timestamp: str | None = None
    payload: msgspec.Raw = msgspec.Raw(b"{}")


_LINE = Decoder[_Line](_Line)
_PAYLOAD = Decoder[_Payload](_Payload)
_ITEM = Decoder[Item](Item)
_COMPACTED = Decoder[_Compacted](_Compacted)

_READ = frozenset(("session_meta", "turn_context", "response_item", "event_msg", "compacted"))


class CodexSource:
    """Reads one Codex rollout; holds its conversation."""

    id = "codex"
    splittable = False
    mappable = False

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim files whose first line is a session's metadata, or whose lines are rollout entries."""
        rows = [row for row in map(_LINE.decode, head[:20]) if not isinstance(row, Problem)]
        known = sum(row.type in _READ and bytes(row.payload) != b"{}" for row in rows)
        if rows and known and rows[0].type == "session_meta":
            return 95
        return 80 if known and known * 2 >= len(rows) else 0

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield one record per API call, when its token count arrives."""
        rollout = _Rollout()
        for number, line in lines:
            yield from rollout.feed(number, line)


class _Rollout:
    def __init__(self) -> None:
        self.session = ""
        self.workload = "codex"
        self.provider = ""
        self.model = ""
        self.modifiers: tuple[str, ...] = ()
        self.head: tuple[Part, ...] = ()
        self.history: list[Part] = []
        self.turns: list[int] = []
        """Where in the history the user spoke."""
        self.sent: int | None = None
        """Length of the history when the model began to answer; `None` while nothing was answered."""
        self.input_us: int | None = None
        self.arrived_us: int | None = None
        self.first_us: int | None = None
        self.total: _Tokens | None = None

    def feed(self, number: int, line: bytes) -> Iterator[RequestRecord | Skip]:
        row = _LINE.decode(line)
        if isinstance(row, Problem):
            yield Skip(line=number, reason=row.reason, detail=row.detail)
            return
        handler = _HANDLERS.get(row.type)
        if handler is None:
            return
        payload = _PAYLOAD.decode(bytes(row.payload))
        if isinstance(payload, Problem):
            yield Skip(line=number, reason=payload.reason, detail=payload.detail)
            return
        result = handler(self, number, row, payload)
        if result is not None:
            yield result

    def meta(self, _number: int, _row: _Line, payload: _Payload) -> None:
        """Take a session's data from its first metadata line; later ones describe the thread it came from."""
        if self.session:
            return
        self.session = payload.id or ""
        self.provider = payload.model_provider or ""
        if b'"subagent"' in bytes(payload.source):
            self.workload = "codex/subagent"
        given = payload.base_instructions or payload.instructions or ""
        text = given if isinstance(given, str) else given.text
        tools = hidden_part(f"codex/{payload.cli_version}/tools", level=Level.TOOLS)
        self.head = (tools, instructions_part(text)) if text else (tools,)

    def context(self, _number: int, _row: _Line, payload: _Payload) -> None:
        self.model = payload.model or self.model

    def item(self, _number: int, row: _Line, payload: _Payload) -> None:
        if payload.type in NOT_SENT:
            return
        when = text_us(row.timestamp)
        if not written_by_model(Item(type=payload.type or "", role=payload.role)):
            self.input_us = when if when is not None else self.input_us
            if payload.role == "user":
                self.turns.append(len(self.history))
        elif self.sent is None:
            self.sent, self.first_us, self.arrived_us = len(self.history), when, self.input_us
        self.history.append(item_part(bytes(row.payload)))

    def compacted(self, number: int, row: _Line, _payload: _Payload) -> Skip | None:
        change = _COMPACTED.decode(bytes(row.payload))
        if isinstance(change, Problem):
            return Skip(line=number, reason=change.reason, detail=change.detail)
        if change.replacement_history is not None:
            self.history = [item_part(bytes(item)) for item in change.replacement_history]
        else:
            summary = {"type": "message", "role": "user", "content": change.message}
            self.history = [
                *(self.history[turn] for turn in self.turns),
                item_part(msgspec.json.encode(summary)),
            ]
        self.turns = []
        self.input_us = text_us(row.timestamp)
        self.sent = self.first_us = None
        return None

    def event(self, number: int, row: _Line, payload: _Payload) -> RequestRecord | Skip | None:
        if payload.type == "thread_rolled_back" and payload.num_turns:
            cut = self.turns[-payload.num_turns :][:1] or [0]
            del self.history[cut[0] :], self.turns[-payload.num_turns :]
        if payload.thread_settings is not None:
            self.modifiers = modifiers_by(codex_tier=payload.thread_settings.service_tier or "")
            self.model = payload.thread_settings.model or self.model
        if payload.type == "turn.completed" and payload.usage is not None:
            return self.record(number, row, payload.usage)
        if payload.type == "token_count" and payload.info is not None:
            return self.count(number, row, payload.info)
        return None

    def count(self, number: int, row: _Line, info: _Info) -> RequestRecord | Skip | None:
        total, last = info.total_token_usage, info.last_token_usage
        if info.prompt is not None:
            return self.record(number, row, _Tokens(input_tokens=info.prompt, output_tokens=info.completion))
        if total is None:
            return Skip(line=number, reason="token count without a total", benign=True)
        if total == self.total:
            return None
        before, self.total = self.total, total
        return self.record(number, row, last or _difference(total, before))

    def record(self, number: int, row: _Line, tokens: _Tokens) -> RequestRecord | Skip:
        sent = len(self.history) if self.sent is None else self.sent
        arrived = self.input_us if self.sent is None else self.arrived_us
        first, self.sent, self.first_us = self.first_us, None, None
        if not tokens.input_tokens:
            return Skip(line=number, reason="answer without usage", detail="a call that failed", benign=True)
        cached = tokens.cached_input_tokens or 0
        plain = tokens.input_tokens - cached - tokens.cache_write_input_tokens
        if plain < 0:
            return Skip(line=number, reason="usage that cannot be", detail="more cached than input tokens")
        return RequestRecord(
            arrived_us=arrived if arrived is not None else first or text_us(row.timestamp),
            model=self.model,
            line=number,
            provider=self.provider,
            session=self.session,
            workload=self.workload,
            cache_key=self.session,
            modifiers=self.modifiers,
            first_token_us=first,
            end_us=text_us(row.timestamp),
            parts=[*self.head, *self.history[:sent]],
            expand=expand,
            usage=Usage(
                uncached_input=plain,
                cache_read=tokens.cached_input_tokens,
                output=tokens.output_tokens,
                **{f"write_{write_ttl(self.model)}": tokens.cache_write_input_tokens},
            ),
        )


_HANDLERS: dict[str, Callable[[_Rollout, int, _Line, _Payload], RequestRecord | Skip | None]] = {
    "session_meta": _Rollout.meta,
    "turn_context": _Rollout.context,
    "response_item": _Rollout.item,
    "compacted": _Rollout.compacted,
    "event_msg": _Rollout.event,
}


def _difference(total: _Tokens, before: _Tokens | None) -> _Tokens:
    if before is None:
        return total
    return _Tokens(
        input_tokens=max(0, total.input_tokens - before.input_tokens),
        cached_input_tokens=max(0, (total.cached_input_tokens or 0) - (before.cached_input_tokens or 0)),
        cache_write_input_tokens=max(0, total.cache_write_input_tokens - before.cache_write_input_tokens),
        output_tokens=max(0, (total.output_tokens or 0) - (before.output_tokens or 0)),
    )


SOURCE = CodexSource()
