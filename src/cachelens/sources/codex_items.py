"""Items of the OpenAI Responses API as a Codex rollout keeps them, opened into segments."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.sources import transcript_parts
from cachelens.sources.jsonl import Decoder, Problem
from cachelens.sources.kinds import KINDS, speaker_of
from cachelens.sources.transcript_parts import MESSAGE_END

ITEM = 1 << 7
"""Tag bit: the part's bytes are a whole item, not the content of a message."""

_ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.DEVELOPER,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
}
_MESSAGE = "message"
NOT_SENT = frozenset(("ghost_snapshot", "other"))
"""Items that the client keeps for itself."""


class Item(msgspec.Struct):
    """The fields of an item that say what it is."""

    type: str = ""
    role: str | None = None
    content: msgspec.Raw = msgspec.Raw(b"")


_ITEM = Decoder[Item](Item)


def written_by_model(item: Item) -> bool:
    """Say whether the item is part of an answer, rather than of what is sent."""
    if item.type == _MESSAGE:
        return item.role == "assistant"
    return speaker_of(KINDS.get(item.type, SegmentKind.OTHER)) is Role.ASSISTANT


def item_part(raw: bytes) -> Part:
    """Make a part of one item of the conversation."""
    return Part(Level.MESSAGES, raw, ITEM | MESSAGE_END)


def instructions_part(text: str) -> Part:
    """Make a part of the base instructions."""
    return Part(Level.SYSTEM, msgspec.json.encode(text), Role.SYSTEM | MESSAGE_END)


def expand(part: Part) -> Sequence[SegmentDraft]:
    """Open an item, the instructions or a hidden part into segments."""
    if not part.tag & ITEM:
        return [_as_system(draft) for draft in transcript_parts.expand(part)]
    raw = bytes(part.raw)
    item = _ITEM.decode(raw)
    if isinstance(item, Problem):
        item = Item()
    if item.type == _MESSAGE and bytes(item.content):
        role = _ROLES.get(item.role or "", Role.USER)
        content = Part(part.level, bytes(item.content), role | MESSAGE_END)
        return [_as_system(draft) for draft in transcript_parts.expand(content)]
    kind = KINDS.get(item.type, SegmentKind.OTHER)
    markable = kind is not SegmentKind.THINKING
    return (SegmentDraft(kind, speaker_of(kind), raw, message_end=True, markable=markable),)


def _as_system(draft: SegmentDraft) -> SegmentDraft:
    """Text by the system or the developer is part of the instructions, wherever it stands."""
    if draft.kind is SegmentKind.TEXT and draft.role in (Role.SYSTEM, Role.DEVELOPER):
        return draft._replace(kind=SegmentKind.SYSTEM)
    return draft
