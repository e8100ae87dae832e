"""Pi coding-agent sessions: a tree of messages, one JSON line each.

* Every entry names its parent (older versions have none: each entry follows the one before). The prompt of
  an answer is the chain above it; a `compaction` puts its summary in place of all before its first kept.
* Usage is exclusive: `input`, `cacheRead` and `cacheWrite` are disjoint.
* A message's own `timestamp` is when the request was sent, the entry's when the answer was complete.
* System prompt and tools are not in the session: a hidden part stands for them. Where the Anthropic API is
  called, Pi marks the system prompt and the last message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from cachelens.model.prompt import Part, Role
from cachelens.model.record import RequestRecord, Skip
from cachelens.model.usage import Usage
from cachelens.sources.base import NO_OPTIONS, ReadOptions
from cachelens.sources.hints import of_provider, write_ttl
from cachelens.sources.instants import text_us
from cachelens.sources.jsonl import Decoder, Problem
from cachelens.sources.limits import Count
from cachelens.sources.transcript_parts import content_part, expand, hidden_part, marked


class _Usage(msgspec.Struct, rename="camel"):
    input: Count
    output: Count = 0
    cache_read: Count | None = None
    cache_write: Count = 0


class _Message(msgspec.Struct, rename="camel"):
    role: str = ""
    content: msgspec.Raw = msgspec.Raw(b"")
    api: str | None = None
    provider: str | None = None
    model: str | None = None
    usage: _Usage | None = None
    response_id: str | None = None
    timestamp: int | None = None


class _Line(msgspec.Struct, rename="camel"):
    type: str
    id: str | None = None
    parent_id: str | None = None
    timestamp: str | None = None
    message: msgspec.Raw = msgspec.Raw(b"")
    content: msgspec.Raw = msgspec.Raw(b"")
    summary: str | None = None
    first_kept_entry_id: str | None = None


_LINE = Decoder[_Line](_Line)
_MESSAGE = Decoder[_Message](_Message)

_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "toolResult": Role.TOOL}
_KEYED = frozenset(("openai",))
"""Providers to which Pi sends the session as cache key."""
_MARKING_APIS = frozenset(("anthropic-messages",))
_TYPES = frozenset(("session", "message", "model_change", "thinking_level_change", "compaction"))


class _Node:
    """One entry of the tree."""

    __slots__ = ("kept", "key", "parent", "part", "time_us")

    def __init__(self, key: str, parent: _Node | None, time_us: int | None) -> None:
        self.key = key
        self.parent = parent
        self.time_us = time_us
        self.part: Part | None = None
        self.kept: str | None = None
        """On a compaction: the entry from which the conversation was kept (empty: nothing was)."""

    def path(self) -> list[Part]:
        """All parts from the beginning, or from the last compaction, to this entry."""
        parts: list[Part] = []
        node: _Node | None = self
        while node is not None and node.kept is None:
            if node.part is not None:
                parts.append(node.part)
            node = node.parent
        parts.reverse()
        return parts if node is None else [*node.survivors(), *parts]

    def survivors(self) -> list[Part]:
        """Return the summary of a compaction and the parts before it that it kept."""
        kept: list[Part] = []
        node = self.parent
        while node is not None:
            if node.part is not None:
                kept.append(node.part)
            if node.key == self.kept:
                break
            node = node.parent
        if node is None:
            kept = []
        head = [self.part] if self.part is not None else []
        return [*head, *reversed(kept)]


class PiSource:
    """Reads one Pi session; holds its conversation."""

    id = "pi"
    splittable = False
    mappable = False

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim files that open with a session line which names a folder, as Pi's do."""
        row = _LINE.decode(head[0]) if head else Problem("")
        if isinstance(row, Problem) or row.type != "session" or b'"cwd"' not in head[0]:
            return 0
        kinds = [row.type for row in map(_LINE.decode, head[1:20]) if not isinstance(row, Problem)]
        return 90 if kinds and any(kind in _TYPES for kind in kinds) else 60

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield one record per answer that carries usage."""
        session = _Session()
        for number, line in lines:
            yield from session.feed(number, line)


class _Session:
    def __init__(self) -> None:
        self.id = ""
        self.nodes: dict[str, _Node] = {}
        self.last: _Node | None = None
        self.hidden: dict[tuple[str | None, str], Part] = {}

    def feed(self, number: int, line: bytes) -> Iterator[RequestRecord | Skip]:
        row = _LINE.decode(line)
        if isinstance(row, Problem):
            yield Skip(line=number, reason=row.reason, detail=row.detail)
            return
        if row.type == "session":
            self.id = self.id or row.id or ""
            return
        parent = self.last
        if row.id is not None:  # without a parent it begins the tree; without an id it follows the last
            parent = self.nodes.get(row.parent_id, self.last) if row.parent_id is not None else None
        node = _Node(row.id or f"line {number}", parent, text_us(row.timestamp))
        handler = _HANDLERS.get(row.type)
        if handler is not None:
            result = handler(self, number, row, node)
            if result is not None:
                yield result
        self.nodes[node.key] = self.last = node

    def message(self, number: int, row: _Line, node: _Node) -> RequestRecord | Skip | None:
        message = _MESSAGE.decode(bytes(row.message))
        if isinstance(message, Problem):
            return Skip(line=number, reason=message.reason, detail=message.detail)
        role = _ROLES.get(message.role)
        if role is None or not bytes(message.content):
            return None
        node.part = content_part(bytes(message.content), role, end=True)
        if role is not Role.ASSISTANT:
            return None
        if message.usage is None:
            return Skip(line=number, reason="answer without usage", benign=True)
        return self._record(number, message, message.usage, node)

    def summary(self, _number: int, row: _Line, node: _Node) -> None:
        node.part = content_part(msgspec.json.encode(row.summary or ""), Role.USER, end=True)
        if row.type == "compaction":
            node.kept = row.first_kept_entry_id or ""

    def custom(self, _number: int, row: _Line, node: _Node) -> None:
        if bytes(row.content):
            node.part = content_part(bytes(row.content), Role.USER, end=True)

    def _head(self, model: str | None, mark: str) -> Part:
        key = (model, mark)
        if key not in self.hidden:
            self.hidden[key] = hidden_part(f"pi/{self.id}/{model}", mark=mark)
        return self.hidden[key]

    def _record(self, number: int, message: _Message, usage: _Usage, node: _Node) -> RequestRecord | Skip | None:
        counts = (usage.input, usage.cache_read or 0, usage.cache_write)
        if not any(counts):
            return Skip(line=number, reason="answer without usage", detail="a call that failed", benign=True)
        host = of_provider(message.provider or "")
        mark = "default" if message.api in _MARKING_APIS else ""
        parts = [self._head(message.model, mark), *(node.parent.path() if node.parent is not None else ())]
        if mark and len(parts) > 1:
            parts[-1] = marked(parts[-1], mark)
        sent = message.timestamp * 1000 if message.timestamp is not None else None
        return RequestRecord(
            arrived_us=sent if sent is not None else node.time_us,
            model=message.model or "",
            line=number,
            provider=host.provider,
            platform=host.platform,
            request_id=message.response_id or "",
            session=self.id,
            workload="pi",
            cache_key=self.id if host.provider in _KEYED else "",
            end_us=node.time_us,
            parts=parts,
            expand=expand,
            usage=Usage(
                uncached_input=usage.input,
                cache_read=usage.cache_read,
                output=usage.output,
                **{f"write_{write_ttl(message.model or '')}": usage.cache_write},
            ),
        )


_HANDLERS: dict[str, Callable[[_Session, int, _Line, _Node], RequestRecord | Skip | None]] = {
    "message": _Session.message,
    "compaction": _Session.summary,
    "branch_summary": _Session.summary,
    "custom_message": _Session.custom,
}

SOURCE = PiSource()
