"""Parts of agent transcripts: one transcript entry as raw JSON content, and how it opens into segments.

A part's tag packs what the content itself does not say: the role, whether the entry ends its message,
which cache mark it carries, and whether it stands for content that the transcript leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.sources.jsonl import Decoder, Problem
from cachelens.sources.kinds import kind_of

_ROLE = 0b111
MESSAGE_END = 1 << 3
"""Tag bit: the entry is the last of its message."""
_MARK_SHIFT = 4
_MARK = 0b11 << _MARK_SHIFT
_HIDDEN = 1 << 6
_MARKS = ("", "5m", "1h", "default")


class _Block(msgspec.Struct):
    type: str = ""
    text: str | None = None


_CONTENT = Decoder[str | list[msgspec.Raw]](str | list[msgspec.Raw])
_BLOCK = Decoder[_Block](_Block)


def mark_bits(label: str) -> int:
    """Tag bits for a cache mark with this TTL label (empty: no mark)."""
    return _MARKS.index(label) << _MARK_SHIFT


def content_part(raw: bytes, role: Role, *, end: bool = False, mark: str = "") -> Part:
    """Make a part of a message from its raw JSON content: a string or a list of blocks."""
    return Part(Level.MESSAGES, raw, role | (MESSAGE_END if end else 0) | mark_bits(mark))


def marked(part: Part, label: str) -> Part:
    """Return a copy of a part with a cache mark on its last block that can carry one."""
    return Part(part.level, part.raw, (part.tag & ~_MARK) | mark_bits(label))


def hidden_part(identity: str, *, level: Level = Level.SYSTEM, tokens: int | None = None, mark: str = "") -> Part:
    """Stand in for content that was sent but is not in the log; equal identities mean equal content."""
    length = b"" if tokens is None else b"%d" % tokens
    return Part(level, length + b"\n" + identity.encode("utf-8", "replace"), _HIDDEN | mark_bits(mark))


def expand(part: Part) -> Sequence[SegmentDraft]:
    """Open a part into its segments; the mark goes to the last segment that can carry one."""
    mark = _MARKS[(part.tag & _MARK) >> _MARK_SHIFT]
    if part.tag & _HIDDEN:
        return (_hidden(bytes(part.raw), mark),)
    drafts = _blocks(bytes(part.raw), Role(part.tag & _ROLE))
    if part.tag & MESSAGE_END and drafts:
        drafts[-1] = drafts[-1]._replace(message_end=True)
    if mark:
        for index in reversed(range(len(drafts))):
            if drafts[index].markable:
                drafts[index] = drafts[index]._replace(mark=mark)
                break
    return drafts


def _hidden(raw: bytes, mark: str) -> SegmentDraft:
    length, _, identity = raw.partition(b"\n")
    return SegmentDraft(
        SegmentKind.HIDDEN,
        Role.SYSTEM,
        identity,
        mark=mark,
        message_end=True,
        known_tokens=int(length) if length else None,
    )


def _blocks(raw: bytes, role: Role) -> list[SegmentDraft]:
    content = _CONTENT.decode(raw)
    if isinstance(content, Problem):
        return [SegmentDraft(SegmentKind.OTHER, role, raw)]
    if isinstance(content, str):
        return [_text(content, role)]
    return [_block(bytes(item), role) for item in content]


def _text(text: str, role: Role) -> SegmentDraft:
    return SegmentDraft(SegmentKind.TEXT, role, text.encode("utf-8", "replace"), markable=bool(text.strip()))


def _block(raw: bytes, role: Role) -> SegmentDraft:
    block = _BLOCK.decode(raw)
    if isinstance(block, Problem):
        return SegmentDraft(SegmentKind.OTHER, role, raw)
    kind = kind_of(block.type)
    if kind is SegmentKind.TEXT and block.text is not None:
        return _text(block.text, role)
    return SegmentDraft(kind, role, raw, markable=kind is not SegmentKind.THINKING)
