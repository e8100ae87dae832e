"""OpenAI Chat Completions, and the many providers that speak it."""

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
    opens,
    plain_message,
    role_of,
    text_block,
    tool_parts,
)
from cachelens.sources.dialect_parameters import parameters
from cachelens.sources.kinds import KINDS
from cachelens.sources.rawjson import elements_of, members_of, present, string_of
from cachelens.sources.wire import NONE, Body

PARAMETERS = ("parallel_tool_calls", "reasoning_effort", "verbosity", "reasoning", "context_management")
"""Body keys that may be part of the cache key; `parameters.yaml` says where and with what default."""

_TEXT = b'"text"'
"""The type of a part of text, which is in `content` where OpenTelemetry writes it and in `text` elsewhere."""
_SPOKEN = frozenset({"content", "parts", "tool_calls", "function_call"})
"""Where a message holds what it says; one that has none of these is a part as it is."""
_SYSTEM, _MESSAGES = Level.SYSTEM, Level.MESSAGES


class OpenAIChat:
    """Messages with roles; the leading system and developer messages are the system prompt."""

    id = "openai_chat"
    provider = ""
    exclusive = False

    def parts(self, body: Body) -> list[Part]:
        """Cut a body into tools, response schema, opening messages and the rest."""
        parts = [Part(_MESSAGES, raw) for raw in body.messages or ()]
        for part in parts:
            if not opens(part.raw):
                break
            part.level = _SYSTEM
        if body.plain and not body.tools:
            return parts
        if body.messages is None and present(body.prompt):
            parts = [Part(_MESSAGES, raw) for raw in elements_of(body.prompt)]
        return self._head(body) + parts

    def _head(self, body: Body) -> list[Part]:
        """Make the parts in front of the messages: parameters, tools, response schema."""
        parts = parameters(self.id, body, PARAMETERS, Level.ROOT)
        tools = body.tools if body.tools is not None else body.functions
        if tools:
            parts += tool_parts(tools)
        if has_schema(body.response_format):
            parts.append(Part(Level.SYSTEM, body.response_format, Tag.SCHEMA))
        return parts

    def settings(self, body: Body) -> Settings:
        """Read `prompt_cache_options`, `prompt_cache_retention`, and the top-level mark that gateways accept."""
        if body.prompt_cache_options is body.prompt_cache_retention is body.cache_control is NONE:
            return NO_SETTINGS
        return openai_settings(body)

    def expand(self, part: Part) -> Sequence[SegmentDraft]:
        """Make one segment of each content part and of each tool call."""
        if part.tag != Tag.MESSAGE:
            return expand_tagged(part) or opaque(part)
        if (plain := plain_message(part.raw)) is not None:
            role, content = plain
            return [SegmentDraft(_text_kind(role, part.level), role, content.encode(), "", True, bool(content))]
        message = members_of(part.raw)
        if not message and (text := string_of(part.raw)) is not None:
            return ended([text_block(text, SegmentKind.TEXT, Role.USER)])
        role = role_of(part.raw)
        segments: list[SegmentDraft] = []
        if present(reasoning := message.get("reasoning_content", NONE)):
            segments.append(block(reasoning, SegmentKind.THINKING, role, markable=False))
        said = message.get("content", message.get("parts", NONE))
        segments += content_segments(said, _text_kind(role, part.level), role, content_part)
        calls = message.get("tool_calls", NONE)
        if present(calls):
            segments += [block(call, SegmentKind.TOOL_USE, role) for call in elements_of(calls)]
        if present(call := message.get("function_call", NONE)):
            segments.append(block(call, SegmentKind.TOOL_USE, role))
        if not segments and not message.keys() & _SPOKEN:
            return opaque(part)
        if not segments:
            segments.append(SegmentDraft(SegmentKind.TEXT, role, b"", markable=False))
        if present(outer := message.get("cache_control", NONE)):
            segments[-1] = segments[-1]._replace(mark=ttl_label(outer))
        return ended(segments)


def openai_settings(body: Body) -> Settings:
    """Return mode and TTL of `prompt_cache_options`; a top-level `cache_control` counts as automatic.

    Older models have `prompt_cache_retention` in place of the TTL, at first written with a hyphen.
    """
    options = members_of(body.prompt_cache_options) if present(body.prompt_cache_options) else {}
    ttl = string_of(options.get("ttl", NONE)) or ""
    mode = string_of(options.get("mode", NONE)) or ""
    if not ttl and present(body.prompt_cache_retention):
        ttl = (string_of(body.prompt_cache_retention) or "").replace("-", "_")
    if not ttl and present(body.cache_control):
        ttl = ttl_label(body.cache_control)
    return Settings(auto_mark=ttl, mark_mode="explicit" if mode == "explicit" else "")


def has_schema(raw: Raw) -> bool:
    """Say whether a response format asks for more than text."""
    return present(raw) and string_of(members_of(raw).get("type", NONE)) != "text"


def _text_kind(role: Role, level: Level) -> SegmentKind:
    if level is Level.SYSTEM:
        return SegmentKind.SYSTEM
    return SegmentKind.TOOL_RESULT if role is Role.TOOL else SegmentKind.TEXT


def content_part(raw: Raw, text_kind: SegmentKind, role: Role) -> SegmentDraft:
    """Make the segment of one content part: text as text, everything else as sent."""
    members = members_of(raw)
    if not members:
        text = string_of(raw)
        return text_block(text, text_kind, role) if text is not None else block(raw, SegmentKind.OTHER, role)
    said = members.get("text", members.get("content", NONE) if bytes(members.get("type", NONE)) == _TEXT else NONE)
    text = string_of(said) if said is not NONE else None
    if text is not None:
        return text_block(text, text_kind, role, mark_of(raw))
    kind = KINDS.get(string_of(members.get("type", NONE)) or "", SegmentKind.OTHER)
    return block(raw, kind, role, markable=kind is not SegmentKind.THINKING)


DIALECT = OpenAIChat()
