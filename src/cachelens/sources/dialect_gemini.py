"""Google Gemini `generateContent`, as the API and as its client library write it."""

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
    role_of,
    text_block,
    tool_parts,
)
from cachelens.sources.kinds import KINDS
from cachelens.sources.rawjson import elements_of, members_of, present, string_of
from cachelens.sources.wire import NONE, Body

_SCHEMAS = ("responseSchema", "responseJsonSchema", "response_schema", "response_json_schema")


class Gemini:
    """Contents with parts; a request may name a stored cache object that holds its beginning."""

    id = "gemini"
    provider = "google"
    exclusive = False

    def parts(self, body: Body) -> list[Part]:
        """Cut a body into function declarations, response schema, system instruction and contents."""
        parts = tool_parts(_declarations(body.tools if body.tools is not None else _configured_tools(body)))
        for config in (body.generationConfig, body.generation_config, body.config):
            members = members_of(config) if present(config) else {}
            schema = next((members[name] for name in _SCHEMAS if name in members), NONE)
            if present(schema):
                parts.append(Part(Level.SYSTEM, schema, Tag.SCHEMA))
        system = body.systemInstruction if present(body.systemInstruction) else body.system_instruction
        if not present(system) and present(body.config):
            config_members = members_of(body.config)
            system = config_members.get("systemInstruction", config_members.get("system_instruction", NONE))
        if present(system):
            parts.append(Part(Level.SYSTEM, system, Tag.SYSTEM))
        if present(body.contents):
            parts += [Part(Level.MESSAGES, raw) for raw in elements_of(body.contents)]
        return parts

    def settings(self, body: Body) -> Settings:
        """Read the name of the stored cache object."""
        raw = body.cachedContent if present(body.cachedContent) else body.cached_content
        name = string_of(raw) if present(raw) else None
        return Settings(cache_object=name) if name else NO_SETTINGS

    def expand(self, part: Part) -> Sequence[SegmentDraft]:
        """Make one segment of each part of a content."""
        if part.tag == Tag.SYSTEM:
            return ended(_segments(part.raw, SegmentKind.SYSTEM, Role.SYSTEM)) or opaque(part, SegmentKind.SYSTEM)
        if part.tag != Tag.MESSAGE:
            return expand_tagged(part) or opaque(part)
        role = role_of(part.raw)
        return ended(_segments(part.raw, SegmentKind.TEXT, role or Role.USER)) or opaque(part)


def _configured_tools(body: Body) -> list[Raw]:
    """Return the tools that Google's Python client keeps in `config`."""
    tools = members_of(body.config).get("tools", NONE) if present(body.config) else NONE
    return elements_of(tools) if present(tools) else []


def _declarations(tools: Sequence[Raw]) -> list[Raw]:
    """Take the function declarations out of their lists; other tools stay as they are."""
    found: list[Raw] = []
    for tool in tools:
        members = members_of(tool)
        declared = members.get("functionDeclarations", members.get("function_declarations", NONE))
        if present(declared) and len(members) == 1:
            found += elements_of(declared)
        else:
            found.append(tool)
    return found


def _segments(raw: bytes | memoryview, text_kind: SegmentKind, role: Role) -> list[SegmentDraft]:
    """Make the segments of a content: a string, an object with parts, or one part by itself."""
    parts = members_of(raw).get("parts", NONE)
    return content_segments(parts if present(parts) else Raw(raw), text_kind, role, _part)


def _part(raw: Raw, text_kind: SegmentKind, role: Role) -> SegmentDraft:
    members = members_of(raw)
    text = string_of(members["text"]) if "text" in members else string_of(raw)
    if text is not None:
        thought = bytes(members.get("thought", NONE)) == b"true"
        return text_block(text, SegmentKind.THINKING if thought else text_kind, role)
    kind = next((KINDS[name] for name in members if name in KINDS), SegmentKind.OTHER)
    return block(raw, kind, role)


DIALECT = Gemini()
