"""Google Gemini `generateContent`, as the API and as its client library write it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Raw

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.sources.dialect import (
    MESSAGE,
    NO_SETTINGS,
    SCHEMA,
    STRUCTURED,
    SYSTEM,
    Settings,
    block,
    elements_of,
    ended,
    expand_tagged,
    given,
    members_of,
    opaque,
    role_of,
    string_of,
    text_block,
    tool_parts,
)
from cachelens.sources.wire import NONE, Body

_SCHEMAS = ("responseSchema", "responseJsonSchema", "response_schema", "response_json_schema")
_ALIASES = {
    "function_call": "functionCall", "function_response": "functionResponse", "inline_data": "inlineData",
    "file_data": "fileData",
}  # fmt: skip
_KINDS = {
    "functionCall": STRUCTURED["functionCall"], "functionResponse": STRUCTURED["functionResponse"],
    "inlineData": SegmentKind.IMAGE, "fileData": SegmentKind.DOCUMENT, "executableCode": SegmentKind.TOOL_USE,
    "codeExecutionResult": SegmentKind.TOOL_RESULT,
}  # fmt: skip


class Gemini:
    """Contents with parts; a request may name a stored cache object that holds its beginning."""

    id = "gemini"
    provider = "google"
    exclusive = False

    def parts(self, body: Body) -> list[Part]:
        """Cut a body into function declarations, response schema, system instruction and contents."""
        parts = tool_parts(_declarations(body.tools or ()))
        for config in (body.generationConfig, body.generation_config, body.config):
            members = members_of(config) if given(config) else {}
            schema = next((members[name] for name in _SCHEMAS if name in members), NONE)
            if given(schema):
                parts.append(Part(Level.SYSTEM, schema, SCHEMA))
        system = body.systemInstruction if given(body.systemInstruction) else body.system_instruction
        if not given(system) and given(body.config):
            config_members = members_of(body.config)
            system = config_members.get("systemInstruction", config_members.get("system_instruction", NONE))
        if given(system):
            parts.append(Part(Level.SYSTEM, system, SYSTEM))
        if given(body.contents):
            parts += [Part(Level.MESSAGES, raw) for raw in elements_of(body.contents)]
        return parts

    def settings(self, body: Body) -> Settings:
        """Read the name of the stored cache object."""
        raw = body.cachedContent if given(body.cachedContent) else body.cached_content
        name = string_of(raw) if given(raw) else None
        return Settings(cache_object=name) if name else NO_SETTINGS

    def expand(self, part: Part) -> Sequence[SegmentDraft]:
        """Make one segment of each part of a content."""
        if part.tag == SYSTEM:
            return ended(_segments(part.raw, SegmentKind.SYSTEM, Role.SYSTEM)) or opaque(part, SegmentKind.SYSTEM)
        if part.tag != MESSAGE:
            return expand_tagged(part) or opaque(part)
        role = role_of(part.raw)
        return ended(_segments(part.raw, SegmentKind.TEXT, role or Role.USER)) or opaque(part)


def _declarations(tools: Sequence[Raw]) -> list[Raw]:
    """Take the function declarations out of their lists; other tools stay as they are."""
    found: list[Raw] = []
    for tool in tools:
        members = members_of(tool)
        declared = members.get("functionDeclarations", members.get("function_declarations", NONE))
        if given(declared) and len(members) == 1:
            found += elements_of(declared)
        else:
            found.append(tool)
    return found


def _segments(raw: bytes | memoryview, text_kind: SegmentKind, role: Role) -> list[SegmentDraft]:
    """Make the segments of a content: a string, an object with parts, or one part by itself."""
    text = string_of(raw)
    if text is not None:
        return [text_block(text, text_kind, role)]
    members = members_of(raw)
    items = elements_of(members["parts"]) if given(members.get("parts", NONE)) else [Raw(raw)]
    return [_part(item, text_kind, role) for item in items]


def _part(raw: Raw, text_kind: SegmentKind, role: Role) -> SegmentDraft:
    members = members_of(raw)
    text = string_of(members["text"]) if "text" in members else string_of(raw)
    if text is not None:
        thought = bytes(members.get("thought", NONE)) == b"true"
        return text_block(text, SegmentKind.THINKING if thought else text_kind, role)
    kinds = (_KINDS.get(_ALIASES.get(name, name)) for name in members)
    return block(raw, next((kind for kind in kinds if kind is not None), SegmentKind.OTHER), role)


DIALECT = Gemini()
