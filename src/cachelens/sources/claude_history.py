"""The message tree of a Claude Code transcript, and the prompt that each request resent from it.

Every entry names its parent; a request's prompt is the chain above its first line. Two things make the plain
chain wrong. Parallel tool calls fork it: each call and its result hang off the chain separately, while the
request carries all calls of one answer followed by all their results, in the order of the calls. The cache
mark stays with the result that arrived last, wherever that puts it. And a microcompaction replaces old tool
results by a stub from there on. A compaction or a rewind needs no care: the chain starts or forks there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cachelens.model.prompt import Part, Role
from cachelens.sources.transcript_parts import content_part

UNMARKED_TOKENS = 12
"""Tokens that stay behind a mark at the very end of a prompt: 1 to 11 in recorded sessions."""
_SEVERAL = 2
_RESULT_OF = re.compile(rb'"tool_use_id"\s*:\s*("[^"]*")')
_CLEARED = b'"[Old tool result content cleared]"'


class Entry:
    """One line that other lines can hang from; `raw` is empty when it adds nothing to a prompt."""

    __slots__ = (
        "answer",
        "cleared",
        "line",
        "parent",
        "part",
        "raw",
        "reminder",
        "role",
        "root",
        "stub",
        "time_us",
    )

    def __init__(
        self,
        parent: Entry | None,
        root: str,
        *,
        raw: bytes = b"",
        role: Role = Role.NONE,
        time_us: int | None = None,
        line: int = 0,
    ) -> None:
        self.parent = parent
        self.root = root
        self.raw = raw
        self.role = role
        self.time_us = time_us
        self.line = line
        self.reminder = False
        """True for what the client adds to the user's message: attachments."""
        self.answer: Answer | None = None
        self.cleared: Sequence[str] = ()
        self.part: Part | None = None
        self.stub: Entry | None = None


class Answer:
    """One API response: the entries of its blocks, the results of its tools, and what was sent for it."""

    __slots__ = ("cleared", "entries", "inputs", "prompt", "results", "stem")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.results: list[Entry] = []
        self.stem: Answer | None = None
        """The answer whose conversation this one continues."""
        self.inputs: list[Entry] = []
        """What was sent beyond the stem's prompt and answer."""
        self.cleared: Sequence[bytes] = ()
        self.prompt: list[Entry] | None = None
        """All that was sent; kept for the latest answer of a branch only."""


def attach(answer: Answer, first: Entry) -> None:
    """Find out what an answer whose first entry is `first` continues, and what was sent beyond that."""
    fresh, cleared, stem = _climb(first.parent)
    inputs = list(fresh)
    if stem is not None:
        results = set(map(id, stem.results))
        inputs = _in_call_order(stem)
        inputs += [entry for entry in fresh if id(entry) not in results]
        _finish(stem.entries)
    _finish(inputs)
    answer.stem, answer.inputs, answer.cleared = stem, inputs, cleared


def prompt_of(answer: Answer) -> list[Entry]:
    """Put the prompt together, from the nearest answer above whose prompt is still at hand."""
    chain: list[Answer] = []
    node: Answer | None = answer
    while node is not None and node.prompt is None:
        chain.append(node)
        node = node.stem
    prompt = list(node.prompt or ()) if node is not None else []
    for item in reversed(chain):
        if item.stem is not None:
            prompt += item.stem.entries
        prompt += item.inputs
        if item.cleared:
            prompt = [_stub(entry, item.cleared) for entry in prompt]
    answer.prompt = prompt
    if answer.stem is not None:
        answer.stem.prompt = None
    return prompt


def mark_at(answer: Answer, uncached: int) -> int:
    """Return how far from the end the last mark stands, in entries; 0 is the last entry.

    A recorded remainder of a few tokens says: at the end. Otherwise it stands at the result that arrived
    last, if that is not the last of the calls, or before the attachments, which some versions send unmarked.
    """
    inputs = answer.inputs
    if uncached <= UNMARKED_TOKENS or not inputs:
        return 0
    own = [index for index, entry in enumerate(inputs) if not entry.reminder]
    if not own:
        return 0
    latest = max(own, key=lambda index: inputs[index].line)
    return len(inputs) - 1 - latest


def _in_call_order(stem: Answer) -> list[Entry]:
    """Put the results of parallel calls into the order of the calls."""
    if len(stem.results) < _SEVERAL:
        return list(stem.results)
    calls = b"".join(entry.raw for entry in stem.entries)

    def place(entry: Entry) -> int:
        named = _RESULT_OF.search(entry.raw)
        return calls.find(named[1]) if named is not None else len(calls)

    return sorted(stem.results, key=place)


def _climb(node: Entry | None) -> tuple[list[Entry], list[bytes], Answer | None]:
    fresh: list[Entry] = []
    cleared: list[bytes] = []
    while node is not None and node.answer is None:
        if node.raw:
            fresh.append(node)
        cleared += (tool_id.encode() for tool_id in node.cleared)
        node = node.parent
    fresh.reverse()
    return fresh, cleared, node.answer if node is not None else None


def _finish(entries: Sequence[Entry]) -> None:
    """Give each entry its part, the last of each role ending a message; parts made before stay."""
    for index, entry in enumerate(entries):
        if entry.part is None:
            end = index + 1 == len(entries) or entries[index + 1].role is not entry.role
            entry.part = content_part(entry.raw, entry.role, end=end)


def _stub(entry: Entry, cleared: Sequence[bytes]) -> Entry:
    """Replace a cleared tool result; the same stub each time, so that later requests resend it."""
    if entry.role is not Role.USER or not any(tool_id in entry.raw for tool_id in cleared):
        return entry
    if entry.stub is None:
        entry.stub = Entry(entry.parent, entry.root, raw=_CLEARED, role=entry.role, line=entry.line)
        entry.stub.part = content_part(_CLEARED, entry.role, end=True)
    return entry.stub
