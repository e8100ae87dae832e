"""Claude Code transcripts: `~/.claude/projects/<project>/<session>.jsonl` and `agent-*.jsonl` beside them.

* One API message spans several lines (one per block) that repeat its usage; it is one request, with the usage
  of its last line. Older versions log the output count of the stream's *start*: their output is too low.
* The prompt is rebuilt from the chain of parents (`claude_history`). The system prompt, the tools and the
  project's instructions are not in the transcript: hidden segments stand for them. When the first request of
  a conversation reads from the cache, it reads what sessions share (tools, system prompt), so that count is
  the length of a first hidden segment, and a second one holds the session's own rest.
* Marks are not logged. Claude Code marks the ends of its system prompt and the last message; the TTL is that
  of the recorded write (no request mixes two), or the last one seen.
* Thinking blocks stay where they were recorded, although some models drop them from later turns.
* Lines whose model is `<synthetic>` are not API calls. Sub-agents are conversations of their own; copies of
  their messages in the parent's `progress` lines are not counted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated

import msgspec

from cachelens.model.prompt import Part, Role
from cachelens.model.record import RequestRecord, Skip
from cachelens.model.usage import Usage
from cachelens.sources.base import ReadOptions
from cachelens.sources.claude_history import Answer, Entry, compose
from cachelens.sources.jsonl import Decoder, Problem
from cachelens.sources.times import iso_us
from cachelens.sources.transcript_parts import expand, hidden_part, marked

_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Split(msgspec.Struct):
    ephemeral_5m_input_tokens: _Count = 0
    ephemeral_1h_input_tokens: _Count = 0


class _Usage(msgspec.Struct):
    input_tokens: _Count | None = None
    output_tokens: _Count | None = None
    cache_read_input_tokens: _Count | None = None
    cache_creation_input_tokens: _Count | None = None
    cache_creation: _Split | None = None
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None


class _Message(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    content: msgspec.Raw = msgspec.Raw(b"")
    usage: _Usage | None = None


class _Microcompact(msgspec.Struct):
    compactedToolIds: list[str] = []  # noqa: N815 - the log's own name


class _Line(msgspec.Struct, rename="camel"):
    type: str = ""
    uuid: str | None = None
    parent_uuid: str | None = None
    session_id: str | None = None
    agent_id: str | None = None
    is_sidechain: bool | None = None
    timestamp: str | None = None
    version: str | None = None
    request_id: str | None = None
    source_tool_assistant_uuid: str | None = msgspec.field(name="sourceToolAssistantUUID", default=None)
    is_api_error_message: bool | None = None
    subtype: str | None = None
    content: msgspec.Raw = msgspec.Raw(b"")
    message: msgspec.Raw = msgspec.Raw(b"")
    attachment: msgspec.Raw = msgspec.Raw(b"")
    microcompact_metadata: _Microcompact | None = None


class _Attachment(msgspec.Struct):
    type: str = ""


class _Open:
    """A request whose lines are still arriving."""

    __slots__ = ("answer", "conversation", "end_us", "first_us", "line", "message", "request_id")

    def __init__(self, answer: Answer, conversation: _Conversation, line: int, row: _Line) -> None:
        self.answer = answer
        self.conversation = conversation
        self.line = line
        self.first_us = self.end_us = iso_us(row.timestamp)
        self.request_id = row.request_id or ""
        self.message = _Message()


class _Conversation:
    """The main thread of a session, or one of its sub-agents."""

    __slots__ = ("hidden", "open", "session", "shared", "ttl", "whole", "workload")

    def __init__(self, session: str, workload: str, *, whole: bool) -> None:
        self.session = session
        self.workload = workload
        self.whole = whole
        """False when the file begins in mid-conversation: what the first request read is then history."""
        self.open: _Open | None = None
        self.ttl = ""
        self.shared: tuple[str, int] | None = None
        """Model and length of the hidden part that sessions share (0: not known)."""
        self.hidden: dict[tuple[str, str], tuple[Part, ...]] = {}


_LINE = Decoder[_Line](_Line)
_MESSAGE = Decoder[_Message](_Message)
_ATTACHMENT = Decoder[_Attachment](_Attachment)

_SYNTHETIC = "<synthetic>"
_DEFAULT_TTL = "5m"
_NOT_SENT = frozenset(
    (
        "async_hook_response",
        "command_permissions",
        "hook_cancelled",
        "hook_non_blocking_error",
        "hook_success",
        "hook_system_message",
    )
)
"""Attachments that only the user sees."""
_PLATFORMS = {"msg_bdrk_": "bedrock", "msg_vrtx_": "vertex"}
"""Message id prefixes by which the platforms sign."""
_MODIFIERS = {
    ("service_tier", "batch"): "batch",
    ("service_tier", "priority"): "priority",
    ("speed", "fast"): "fast",
    ("inference_geo", "us"): "us",
}
_MARKERS = (b'"sessionId"', b'"parentUuid"', b'"isSidechain"')


class ClaudeCodeSource:
    """Reads one Claude Code transcript; holds its conversation."""

    id = "claude_code"
    splittable = False

    def sniff(self, head: Sequence[bytes], name: str) -> int:
        """Claim files in which some early line has the keys of a transcript entry."""
        found = max((sum(marker in line for marker in _MARKERS) for line in head), default=0)
        return 95 if found == len(_MARKERS) else 0

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield one record per API message, when its last line has been seen."""
        transcript = _Transcript()
        for number, line in lines:
            if line.strip():
                yield from transcript.feed(number, line)
        yield from transcript.close()


class _Transcript:
    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.last: dict[str, Entry] = {}
        self.conversations: dict[str, _Conversation] = {}
        self.seen: set[str] = set()

    def feed(self, number: int, line: bytes) -> Iterator[RequestRecord | Skip]:
        row = _LINE.decode(line)
        if isinstance(row, Problem):
            yield Skip(line=number, reason=row.reason, detail=row.detail)
            return
        if row.uuid is None and row.type not in _HANDLERS:
            return
        entry, thread = self._place(row)
        handler = _HANDLERS.get(row.type)
        if handler is not None:
            yield from handler(self, number, row, entry)
        if row.uuid is not None:
            self.entries[row.uuid] = self.last[thread] = entry

    def close(self) -> Iterator[RequestRecord | Skip]:
        for conversation in self.conversations.values():
            yield from _flush(conversation)

    def _place(self, row: _Line) -> tuple[Entry, str]:
        """Hang the line into the tree; where its parent was lost, below the line before it."""
        thread = f"{row.session_id}/{row.agent_id or ''}/{bool(row.is_sidechain)}"
        parent = None
        if row.parent_uuid is not None:
            parent = self.entries.get(row.parent_uuid) or self.last.get(thread)
        root = parent.root if parent is not None else row.uuid or ""
        entry = Entry(parent, root, time_us=iso_us(row.timestamp))
        if parent is None and row.parent_uuid is not None:
            entry.root = ""
        return entry, thread

    def user(self, number: int, row: _Line, entry: Entry) -> Iterator[Skip]:
        message = _MESSAGE.decode(bytes(row.message))
        if isinstance(message, Problem) or not bytes(message.content):
            yield Skip(line=number, reason="user entry without a message", detail="its content is left out")
            return
        entry.raw, entry.role = bytes(message.content), Role.USER
        source = self.entries.get(row.source_tool_assistant_uuid or "") or entry.parent
        if source is not None and source.answer is not None and b'"tool_result"' in entry.raw:
            source.answer.results.append(entry)

    def attachment(self, _number: int, row: _Line, entry: Entry) -> Iterator[Skip]:
        kind = _ATTACHMENT.decode(bytes(row.attachment))
        if not isinstance(kind, Problem) and kind.type not in _NOT_SENT:
            entry.raw, entry.role = b"[" + bytes(row.attachment) + b"]", Role.USER
        return iter(())

    def system(self, _number: int, row: _Line, entry: Entry) -> Iterator[Skip]:
        if row.subtype == "local_command" and bytes(row.content):
            entry.raw, entry.role = bytes(row.content), Role.USER
        if row.microcompact_metadata is not None:
            entry.cleared = row.microcompact_metadata.compactedToolIds
        return iter(())

    def assistant(self, number: int, row: _Line, entry: Entry) -> Iterator[RequestRecord | Skip]:
        message = _MESSAGE.decode(bytes(row.message))
        if isinstance(message, Problem):
            yield Skip(line=number, reason=message.reason, detail=message.detail)
            return
        entry.raw, entry.role = bytes(message.content), Role.ASSISTANT
        if message.model == _SYNTHETIC or row.is_api_error_message:
            entry.raw = b"" if row.is_api_error_message else entry.raw
            yield Skip(line=number, reason="synthetic message, not an API call", benign=True)
            return
        usage = message.usage
        if usage is None or usage.input_tokens is None:
            yield Skip(line=number, reason="answer without usage", benign=True)
            return
        key = message.id or row.request_id or f"line {number}"
        conversation = self._conversation(row, entry)
        if conversation.open is None or conversation.open.message.id != key:
            if key in self.seen:
                yield Skip(line=number, reason="message seen before", benign=True)
                return
            self.seen.add(key)
            yield from _flush(conversation)
            conversation.open = _Open(Answer(), conversation, number, row)
            compose(conversation.open.answer, entry)
        opened = conversation.open
        message.id = key
        opened.message = message
        opened.end_us = entry.time_us or opened.end_us
        opened.answer.entries.append(entry)
        entry.answer = opened.answer

    def _conversation(self, row: _Line, entry: Entry) -> _Conversation:
        side = bool(row.is_sidechain)
        session = row.session_id or ""
        if side:
            session = f"{session}/{row.agent_id or entry.root}"
        conversation = self.conversations.get(session)
        if conversation is None:
            workload = "claude-code/subagent" if side else "claude-code"
            conversation = _Conversation(session, workload, whole=bool(entry.root))
            self.conversations[session] = conversation
        return conversation


_HANDLERS: dict[str, Callable[[_Transcript, int, _Line, Entry], Iterator[RequestRecord | Skip]]] = {
    "user": _Transcript.user,
    "attachment": _Transcript.attachment,
    "system": _Transcript.system,
    "assistant": _Transcript.assistant,
}


def _flush(conversation: _Conversation) -> Iterator[RequestRecord]:
    opened, conversation.open = conversation.open, None
    if opened is None or opened.message.usage is None:
        return
    usage = _usage(opened.message.usage)
    label = "1h" if usage.write_1h else "5m" if usage.write_5m else conversation.ttl
    conversation.ttl = label
    message_id = opened.message.id or ""
    model = opened.message.model or ""
    yield RequestRecord(
        arrived_us=_arrival(opened),
        model=model,
        line=opened.line,
        provider="anthropic" if "claude" in model else "",
        platform=next((name for prefix, name in _PLATFORMS.items() if message_id.startswith(prefix)), ""),
        request_id=message_id,
        session=conversation.session,
        workload=conversation.workload,
        modifiers=_modifiers(opened.message.usage),
        first_token_us=opened.first_us,
        end_us=opened.end_us,
        parts=_parts(opened, model, usage, label or _DEFAULT_TTL),
        expand=expand,
        usage=usage,
    )


def _usage(raw: _Usage) -> Usage:
    written = raw.cache_creation_input_tokens or 0
    split = raw.cache_creation or _Split()
    hour = min(split.ephemeral_1h_input_tokens, written) if written else split.ephemeral_1h_input_tokens
    return Usage(
        uncached_input=raw.input_tokens or 0,
        cache_read=raw.cache_read_input_tokens,
        write_5m=written - hour if written else split.ephemeral_5m_input_tokens,
        write_1h=hour,
        output=raw.output_tokens,
    )


def _modifiers(raw: _Usage) -> tuple[str, ...]:
    return tuple(name for (field, value), name in _MODIFIERS.items() if getattr(raw, field) == value)


def _arrival(opened: _Open) -> int | None:
    """Return the time of the last input: what made the client send this request."""
    answer = opened.answer
    before = answer.stem.entries[-1:] if answer.stem is not None else []
    times = [entry.time_us for entry in (*before, *answer.inputs) if entry.time_us is not None]
    if not times:
        return opened.first_us
    return max(times) if opened.first_us is None else min(max(times), opened.first_us)


def _parts(opened: _Open, model: str, usage: Usage, label: str) -> list[Part]:
    parts = list(_hidden(opened.conversation, model, usage, label))
    sent = opened.answer.prompt or ()
    parts += [entry.part for entry in sent if entry.part is not None]
    if sent:
        parts[-1] = marked(parts[-1], label)
    return parts


def _hidden(conversation: _Conversation, model: str, usage: Usage, label: str) -> tuple[Part, ...]:
    """Stand in for tools, system prompt and project context; their split is read off the first request."""
    if conversation.shared is None:
        read = usage.cache_read or 0
        known = conversation.whole and 0 < read < usage.input_tokens
        conversation.shared = (model, read if known else 0)
    key = (model, label)
    if key not in conversation.hidden:
        kind = f"{conversation.workload}/{model}"
        own = hidden_part(f"{kind}/{conversation.session}", mark=label)
        head = conversation.shared[1] if conversation.shared[0] == model else 0
        shared = (hidden_part(f"{kind}/{head} tokens", tokens=head, mark=label),) if head else ()
        conversation.hidden[key] = (*shared, own)
    return conversation.hidden[key]


SOURCE = ClaudeCodeSource()
