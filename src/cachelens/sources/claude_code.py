"""Claude Code transcripts: `~/.claude/projects/<project>/<session>.jsonl` and `agent-*.jsonl` beside them.

* One API message spans several lines (one per block) that repeat its usage; it is one request, with the usage
  of its last line. Older versions log the output count of the stream's *start*: their output is too low.
* The prompt is rebuilt from the chain of parents (`claude_history`). The system prompt, the tools and the
  project's instructions are not in the transcript: hidden segments stand for them. A first request can read
  only what sessions share (tools, system prompt), and so does the request after a compaction: that count is
  the length of a first hidden segment, and a second one holds the session's own rest.
* Marks are not logged. Claude Code marks the end of that shared head and the last message. Where a recorded
  remainder shows that input followed the last mark, the mark goes where recorded sessions had it (`mark_at`).
  The TTL is that of the recorded write (no request mixes two), or the last one seen.
* Thinking blocks stay where they were recorded, although some models drop them from later turns.
* Lines whose model is `<synthetic>` are not API calls. Sub-agents are conversations of their own; copies of
  their messages in the parent's `progress` lines are not counted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from cachelens.model.prompt import Role
from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.base import NO_OPTIONS, ReadOptions
from cachelens.sources.claude_history import Entry, attach
from cachelens.sources.claude_requests import Call, Conversation
from cachelens.sources.claude_wire import ATTACHMENT, LINE, MESSAGE, Line
from cachelens.sources.instants import text_us
from cachelens.sources.jsonl import Problem

_SYNTHETIC = "<synthetic>"
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
_MARKERS = (b'"sessionId"', b'"parentUuid"', b'"isSidechain"')


class ClaudeCodeSource:
    """Reads one Claude Code transcript; holds its conversation."""

    id = "claude_code"
    splittable = False
    mappable = False

    def sniff(self, head: Sequence[bytes], name: str, options: ReadOptions = NO_OPTIONS) -> int:
        """Claim files in which some early line has the keys of a transcript entry."""
        found = max((sum(marker in line for marker in _MARKERS) for line in head), default=0)
        return 95 if found == len(_MARKERS) else 0

    def read(
        self, lines: Iterable[tuple[int, bytes]], path: str, options: ReadOptions
    ) -> Iterator[RequestRecord | Skip]:
        """Yield one record per API message; records come when the whole conversation has been read."""
        transcript = _Transcript()
        for number, line in lines:
            yield from transcript.feed(number, line)
        yield from transcript.records()


class _Transcript:
    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.last: dict[str, Entry] = {}
        self.conversations: dict[str, Conversation] = {}
        self.seen: set[str] = set()

    def feed(self, number: int, line: bytes) -> Iterator[RequestRecord | Skip]:
        row = LINE.decode(line)
        if isinstance(row, Problem):
            yield Skip(line=number, reason=row.reason, detail=row.detail)
            return
        if row.uuid is None and row.type not in _HANDLERS:
            return
        entry, thread = self._place(number, row)
        handler = _HANDLERS.get(row.type)
        if handler is not None:
            yield from handler(self, number, row, entry)
        if row.uuid is not None:
            self.entries[row.uuid] = self.last[thread] = entry

    def records(self) -> Iterator[RequestRecord]:
        """Yield all requests in the order of their first lines."""
        calls = [(call.line, call, talk) for talk in self.conversations.values() for call in talk.calls]
        for _, call, talk in sorted(calls, key=lambda item: item[0]):
            yield talk.record(call)

    def _place(self, number: int, row: Line) -> tuple[Entry, str]:
        """Hang the line into the tree; where its parent was lost, below the line before it."""
        thread = f"{row.session_id}/{row.agent_id or ''}/{bool(row.is_sidechain)}"
        parent = None
        if row.parent_uuid is not None:
            parent = self.entries.get(row.parent_uuid) or self.last.get(thread)
        root = parent.root if parent is not None else row.uuid or ""
        entry = Entry(parent, root, time_us=text_us(row.timestamp), line=number)
        if parent is None and row.parent_uuid is not None:
            entry.root = ""
        return entry, thread

    def user(self, number: int, row: Line, entry: Entry) -> Iterator[Skip]:
        message = MESSAGE.decode(bytes(row.message))
        if isinstance(message, Problem) or not bytes(message.content):
            yield Skip(line=number, reason="user entry without a message", detail="its content is left out")
            return
        entry.raw, entry.role = bytes(message.content), Role.USER
        source = self.entries.get(row.source_tool_assistant_uuid or "") or entry.parent
        if source is not None and source.answer is not None and b'"tool_result"' in entry.raw:
            source.answer.results.append(entry)

    def attachment(self, _number: int, row: Line, entry: Entry) -> Iterator[Skip]:
        kind = ATTACHMENT.decode(bytes(row.attachment))
        if not isinstance(kind, Problem) and kind.type not in _NOT_SENT:
            entry.raw, entry.role = b"[" + bytes(row.attachment) + b"]", Role.USER
            entry.reminder = True
        return iter(())

    def system(self, _number: int, row: Line, entry: Entry) -> Iterator[Skip]:
        if row.subtype == "local_command" and bytes(row.content):
            entry.raw, entry.role = bytes(row.content), Role.USER
        if row.microcompact_metadata is not None:
            entry.cleared = row.microcompact_metadata.compactedToolIds
        return iter(())

    def assistant(self, number: int, row: Line, entry: Entry) -> Iterator[RequestRecord | Skip]:
        message = MESSAGE.decode(bytes(row.message))
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
        calls = self._conversation(row, entry).calls
        if not calls or calls[-1].key != key:
            if key in self.seen:
                yield Skip(line=number, reason="message seen before", benign=True)
                return
            self.seen.add(key)
            calls.append(Call(key, number, entry.time_us, message))
            attach(calls[-1].answer, entry)
        calls[-1].extend(message, entry.time_us)
        calls[-1].answer.entries.append(entry)
        entry.answer = calls[-1].answer

    def _conversation(self, row: Line, entry: Entry) -> Conversation:
        side = bool(row.is_sidechain)
        session = row.session_id or ""
        if side:
            session = f"{session}/{row.agent_id or entry.root}"
        conversation = self.conversations.get(session)
        if conversation is None:
            workload = "claude-code/subagent" if side else "claude-code"
            conversation = Conversation(session, workload, whole=bool(entry.root))
            self.conversations[session] = conversation
        return conversation


_HANDLERS: dict[str, Callable[[_Transcript, int, Line, Entry], Iterator[RequestRecord | Skip]]] = {
    "user": _Transcript.user,
    "attachment": _Transcript.attachment,
    "system": _Transcript.system,
    "assistant": _Transcript.assistant,
}


SOURCE = ClaudeCodeSource()
