"""Anthropic Messages: tools, then system blocks, then messages made of content blocks."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Raw

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.sources.cache_marks import mark_of, ttl_label
from cachelens.sources.dialect import (
    NO_SETTINGS,
    Settings,
    Tag,
    block,
    content_segments,
    ended,
    expand_tagged,
    opaque,
    plain_message,
    role_of,
    text_block,
    tool_parts,
)
from cachelens.sources.dialect_parameters import parameters, web_tools
from cachelens.sources.kinds import KINDS
from cachelens.sources.rawjson import members_of, present, string_of
from cachelens.sources.wire import NONE, Body

MESSAGE_PARAMETERS = ("tool_choice", "thinking", "output_config")
SYSTEM_PARAMETERS = ("speed",)
_NO_CITATIONS = (b"", b"null", b"[]")
_UNMARKABLE = SegmentKind.THINKING


class Anthropic:
    """`system` stands beside the messages; marks are `cache_control` on blocks or on the request."""

    id = "anthropic"
    provider = "anthropic"
    exclusive = True

    def parts(self, body: Body) -> list[Part]:
        """Cut a body into tools, system and messages, with parameters where they void the prefix."""
        tools = body.tools or ()
        parts = tool_parts(tools) if tools else []
        parts += parameters(self.id, body, SYSTEM_PARAMETERS, Level.SYSTEM, web_tools(tools))
        if present(body.system) and bytes(body.system) not in (b"[]", b'""'):
            parts.append(Part(Level.SYSTEM, body.system, Tag.SYSTEM))
        parts += parameters(self.id, body, MESSAGE_PARAMETERS, Level.MESSAGES)
        parts += [Part(Level.MESSAGES, raw) for raw in body.messages or ()]
        return parts

    def settings(self, body: Body) -> Settings:
        """Read the top-level (automatic) mark."""
        return Settings(auto_mark=ttl_label(body.cache_control)) if present(body.cache_control) else NO_SETTINGS

    def expand(self, part: Part) -> Sequence[SegmentDraft]:
        """Make one segment of each content block."""
        if part.tag == Tag.SYSTEM:
            return ended(content_segments(Raw(part.raw), SegmentKind.SYSTEM, Role.SYSTEM, _block)) or opaque(part)
        if part.tag != Tag.MESSAGE:
            return expand_tagged(part) or opaque(part)
        if (plain := plain_message(part.raw)) is not None:
            role, text = plain
            return [SegmentDraft(SegmentKind.TEXT, role, text.encode(), "", True, bool(text))]
        content = members_of(part.raw).get("content", NONE)
        segments = content_segments(content, SegmentKind.TEXT, role_of(part.raw), _block)
        return ended(segments) or opaque(part)


def _block(raw: Raw, text_kind: SegmentKind, role: Role) -> SegmentDraft:
    members = members_of(raw)
    kind = KINDS.get(string_of(members.get("type", NONE)) or "", SegmentKind.OTHER)
    text = string_of(members["text"]) if kind is SegmentKind.OTHER and "text" in members else None
    if text is not None:
        if bytes(members.get("citations", NONE)) in _NO_CITATIONS:
            return text_block(text, text_kind, role, mark_of(raw))
        kind = text_kind
    return block(raw, kind, role, markable=kind is not _UNMARKABLE)


DIALECT = Anthropic()
