"""Amazon Bedrock Converse: blocks named by their only key, cache points as blocks of their own."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Raw

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.sources.cache_marks import ttl_label
from cachelens.sources.dialect import (
    NO_SETTINGS,
    Settings,
    Tag,
    block,
    ended,
    expand_tagged,
    opaque,
    role_of,
    text_block,
)
from cachelens.sources.kinds import KINDS
from cachelens.sources.rawjson import elements_of, members_of, present, string_of
from cachelens.sources.wire import NONE, Body

_POINT = "cachePoint"


class BedrockConverse:
    """A cache point marks the block before it; tools stand in `toolConfig`."""

    id = "bedrock_converse"
    provider = "aws"
    exclusive = True

    def parts(self, body: Body) -> list[Part]:
        """Cut a body into the list of tools, the system blocks and the messages."""
        parts: list[Part] = []
        tools = members_of(body.toolConfig).get("tools", NONE) if present(body.toolConfig) else NONE
        for level, raw in ((Level.TOOLS, tools), (Level.SYSTEM, body.system)):
            if present(raw) and bytes(raw) != b"[]":
                parts.append(Part(level, raw, Tag.SYSTEM))
        return parts + [Part(Level.MESSAGES, raw) for raw in body.messages or ()]

    def settings(self, body: Body) -> Settings:
        """Return nothing: Converse has no settings for a whole request."""
        return NO_SETTINGS

    def expand(self, part: Part) -> Sequence[SegmentDraft]:
        """Make one segment of each block; a cache point becomes the mark of the one before it."""
        if part.tag == Tag.SYSTEM:
            tools = part.level is Level.TOOLS
            kind, role = (SegmentKind.TOOL, Role.NONE) if tools else (SegmentKind.SYSTEM, Role.SYSTEM)
            return ended(_blocks(elements_of(part.raw), kind, role)) or opaque(part, kind)
        if part.tag != Tag.MESSAGE:
            return expand_tagged(part) or opaque(part)
        content = members_of(part.raw).get("content", NONE)
        segments = _blocks(elements_of(content), SegmentKind.TEXT, role_of(part.raw)) if present(content) else []
        return ended(segments) or opaque(part)


def _blocks(items: Sequence[Raw], text_kind: SegmentKind, role: Role) -> list[SegmentDraft]:
    segments: list[SegmentDraft] = []
    for raw in items:
        members = members_of(raw)
        if _POINT in members:
            if segments:
                segments[-1] = segments[-1]._replace(mark=ttl_label(members[_POINT]))
            continue
        text = string_of(members["text"]) if "text" in members else string_of(raw)
        if text is not None:
            segments.append(text_block(text, text_kind, role))
            continue
        kind = next((KINDS[name] for name in members if name in KINDS), SegmentKind.OTHER)
        segments.append(block(raw, kind, role, markable=kind is not SegmentKind.THINKING))
    return segments


DIALECT = BedrockConverse()
