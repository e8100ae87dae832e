"""The message tree of a Claude Code transcript, and the prompt that each request resent from it.

Every entry names its parent; a request's prompt is the chain above its first line. Two things make the plain
chain wrong. Parallel tool calls fork it: each call and its result hang off the chain separately, while the
request carries all calls of one answer followed by all their results. And a microcompaction replaces old tool
results by a stub from there on. A compaction or a rewind needs no care: the chain starts or forks there.
"""

from __future__ import annotations

from collections.abc import Sequence

from cachelens.model.prompt import Part, Role
from cachelens.sources.transcript_parts import content_part

_CLEARED = b'"[Old tool result content cleared]"'


class Entry:
    """One line that other lines can hang from; `raw` is empty when it adds nothing to a prompt."""

    __slots__ = ("answer", "cleared", "parent", "part", "raw", "role", "root", "stub", "time_us")

    def __init__(
        self,
        parent: Entry | None,
        root: str,
        *,
        raw: bytes = b"",
        role: Role = Role.NONE,
        time_us: int | None = None,
    ) -> None:
        self.parent = parent
        self.root = root
        self.raw = raw
        self.role = role
        self.time_us = time_us
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


def compose(answer: Answer, first: Entry) -> list[Entry]:
    """Find what was sent for an answer whose first entry is `first`, and remember how."""
    fresh, cleared, stem = _climb(first.parent)
    inputs = list(fresh)
    if stem is not None:
        known = set(map(id, fresh))
        results = set(map(id, stem.results))
        inputs = [entry for entry in stem.results if id(entry) not in known]
        inputs += [entry for entry in fresh if id(entry) in results]
        inputs += [entry for entry in fresh if id(entry) not in results]
        _finish(stem.entries)
    _finish(inputs)
    answer.stem, answer.inputs, answer.cleared = stem, inputs, cleared
    answer.prompt = _prompt(answer)
    if stem is not None:
        stem.prompt = None
    return answer.prompt


def _prompt(answer: Answer) -> list[Entry]:
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
    return prompt


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
        entry.stub = Entry(entry.parent, entry.root, raw=_CLEARED, role=entry.role, time_us=entry.time_us)
        entry.stub.part = content_part(_CLEARED, entry.role, end=True)
    return entry.stub
