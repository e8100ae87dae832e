"""From the answers of a Claude Code conversation to requests: hidden content, marks, times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cachelens.model.prompt import Part
from cachelens.model.record import RequestRecord
from cachelens.model.usage import Usage
from cachelens.sources.claude_history import Answer, mark_at, prompt_of
from cachelens.sources.claude_wire import Message, disjoint, modifiers
from cachelens.sources.hints import mark_ttl, of_message_id, of_model
from cachelens.sources.transcript_parts import expand, hidden_part, marked

_DIALECT = "anthropic"
_HEAD_SHARE = (9, 10)
"""A shared head is at most this share of a conversation's first request; a longer read holds messages too."""


class Call:
    """One API message as its lines told it; `message` is that of the last line."""

    __slots__ = ("answer", "end_us", "first_us", "key", "line", "message", "usage")

    def __init__(self, key: str, line: int, time_us: int | None, message: Message) -> None:
        self.key = key
        self.answer = Answer()
        self.line = line
        self.first_us = self.end_us = time_us
        self.message = message
        self.usage = Usage(uncached_input=0)

    def extend(self, message: Message, time_us: int | None) -> None:
        """Take the counts of a further line, which are later ones."""
        self.message = message
        if message.usage is not None:
            self.usage = disjoint(message.usage)
        self.end_us = time_us if time_us is not None else self.end_us

    @property
    def model(self) -> str:
        """The model that answered."""
        return self.message.model or ""


class Conversation:
    """The main thread of a session, or one of its sub-agents."""

    def __init__(self, session: str, workload: str, *, whole: bool) -> None:
        self.session = session
        self.workload = workload
        self.whole = whole
        """False when the file begins in mid-conversation: what the first request read is then history."""
        self.calls: list[Call] = []
        self._ttl = ""
        self._heads: dict[str, int] | None = None
        self._hidden: dict[tuple[str, str], tuple[Part, ...]] = {}

    def record(self, call: Call) -> RequestRecord:
        """Make the request of a call; to be asked in order, when all calls are known."""
        usage = call.usage
        self._ttl = "1h" if usage.write_1h else "5m" if usage.write_5m else self._ttl
        return RequestRecord(
            arrived_us=_arrival(call),
            model=call.model,
            line=call.line,
            provider=of_model(call.model).provider,
            platform=of_message_id(call.key).platform,
            request_id=call.key,
            session=self.session,
            workload=self.workload,
            modifiers=modifiers(call.message.usage) if call.message.usage is not None else (),
            first_token_us=call.first_us,
            end_us=call.end_us,
            parts=self._parts(call, self._ttl or mark_ttl(_DIALECT)),
            expand=expand,
            usage=usage,
        )

    def _parts(self, call: Call, label: str) -> list[Part]:
        parts = list(self._head(call.model, label))
        sent = [entry.part for entry in prompt_of(call.answer) if entry.part is not None]
        parts += sent
        if sent:
            place = -1 - mark_at(call.answer, call.usage.uncached_input)
            parts[place] = marked(parts[place], label)
        return parts

    def _head(self, model: str, label: str) -> tuple[Part, ...]:
        """Stand in for what is not logged: what sessions share, which is marked, and the session's own."""
        if self._heads is None:
            self._heads = shared_heads(self.calls, whole=self.whole)
        key = (model, label)
        if key not in self._hidden:
            kind = f"{self.workload}/{model}"
            tokens = self._heads.get(model)
            if tokens is None:
                self._hidden[key] = (hidden_part(f"{kind}/{self.session}", mark=label),)
            else:
                head = hidden_part(f"{kind}/{tokens} tokens", tokens=tokens, mark=label)
                self._hidden[key] = (head, hidden_part(f"{kind}/{self.session}"))
        return self._hidden[key]


def shared_heads(calls: Sequence[Call], *, whole: bool) -> dict[str, int]:
    """Return for each model how long the marked head of the prompt is, where reads tell.

    A conversation's first request can only read what other sessions wrote, and a request that reads less than
    the one before left falls back to the same head (after a compaction, or when others kept the head alive).
    """
    if not calls:
        return {}
    limit = calls[0].usage.input_tokens * _HEAD_SHARE[0] // _HEAD_SHARE[1]
    heads: dict[str, int] = {}
    seen: set[str] = set()
    falls: dict[str, Counter[int]] = {}
    for call in calls:
        read = call.usage.cache_read or 0
        if call.model not in seen and whole and 0 < read <= limit:
            heads[call.model] = read
        seen.add(call.model)
    for model, read in _falls(calls):
        if read <= limit:
            falls.setdefault(model, Counter())[read] += 1
    return {model: count.most_common(1)[0][0] for model, count in falls.items()} | heads


def _falls(calls: Sequence[Call]) -> Iterator[tuple[str, int]]:
    for before, after in pairwise(calls):
        left = (before.usage.cache_read or 0) + sum(before.usage.writes)
        read = after.usage.cache_read or 0
        if after.model == before.model and 0 < read < left:
            yield after.model, read


def _arrival(call: Call) -> int | None:
    """Return the time of the last input: what made the client send this request."""
    answer = call.answer
    before = answer.stem.entries[-1:] if answer.stem is not None else []
    times = [entry.time_us for entry in (*before, *answer.inputs) if entry.time_us is not None]
    if not times:
        return call.first_us
    return max(times) if call.first_us is None else min(max(times), call.first_us)
