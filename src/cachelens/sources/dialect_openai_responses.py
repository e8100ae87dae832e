"""OpenAI Responses: instructions and input items."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Raw

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.sources.dialect import (
    NO_SETTINGS,
    Settings,
    Tag,
    block,
    content_segments,
    ended,
    expand_tagged,
    opaque,
    opens,
    role_of,
    tool_parts,
)
from cachelens.sources.dialect_openai_chat import content_part, has_schema, openai_settings
from cachelens.sources.dialect_parameters import parameters
from cachelens.sources.kinds import KINDS, speaker_of
from cachelens.sources.rawjson import elements_of, members_of, present, string_of
from cachelens.sources.wire import NONE, Body

PARAMETERS = ("parallel_tool_calls", "reasoning", "text", "context_management")


class OpenAIResponses:
    """`instructions` and the developer items that open the input are the system prompt."""

    id = "openai_responses"
    provider = "openai"
    exclusive = False

    def parts(self, body: Body) -> list[Part]:
        """Cut a body into tools, output schema, instructions and input items."""
        parts = parameters(self.id, body, PARAMETERS, Level.ROOT)
        if body.tools:
            parts += tool_parts(body.tools)
        if present(body.text):
            schema = members_of(body.text).get("format", NONE)
            if has_schema(schema):
                parts.append(Part(Level.SYSTEM, schema, Tag.SCHEMA))
        if present(body.instructions):
            parts.append(Part(Level.SYSTEM, body.instructions, Tag.SYSTEM))
        for earlier in (body.previous_response_id, body.conversation):
            if present(earlier):
                parts.append(Part(Level.MESSAGES, earlier, Tag.HIDDEN))
        return parts + _input_parts(body, hidden=bool(parts) and parts[-1].tag == Tag.HIDDEN)

    def settings(self, body: Body) -> Settings:
        """Read `prompt_cache_options` and `prompt_cache_retention`."""
        if body.prompt_cache_options is body.prompt_cache_retention is NONE:
            return NO_SETTINGS
        return openai_settings(body)

    def expand(self, part: Part) -> Sequence[SegmentDraft]:
        """Make one segment of each content part; calls, outputs and reasoning items are one each."""
        if part.tag == Tag.SYSTEM:
            return _text_item(part, SegmentKind.SYSTEM, Role.DEVELOPER)
        if part.tag != Tag.MESSAGE:
            return expand_tagged(part) or opaque(part)
        members = members_of(part.raw)
        if not members:
            return _text_item(part, SegmentKind.TEXT, Role.USER)
        kind = KINDS.get(string_of(members.get("type", NONE)) or "")
        if kind is not None:
            return ended([block(part.raw, kind, speaker_of(kind), markable=kind is not SegmentKind.THINKING)])
        role = role_of(part.raw)
        text_kind = SegmentKind.SYSTEM if part.level is Level.SYSTEM else SegmentKind.TEXT
        return ended(content_segments(members.get("content", NONE), text_kind, role, content_part)) or opaque(part)


def _input_parts(body: Body, *, hidden: bool) -> list[Part]:
    """Cut `input`: a string is one user message, a list is one part an item."""
    if not present(body.input):
        return []
    items = elements_of(body.input)
    opening = 0
    if not hidden:
        while opening < len(items) and opens(items[opening]):
            opening += 1
    levels = [Level.SYSTEM] * opening + [Level.MESSAGES] * (len(items) - opening)
    return [Part(level, raw) for level, raw in zip(levels, items, strict=True)]


def _text_item(part: Part, kind: SegmentKind, role: Role) -> list[SegmentDraft]:
    return ended(content_segments(Raw(part.raw), kind, role, content_part)) or opaque(part, kind)


DIALECT = OpenAIResponses()
