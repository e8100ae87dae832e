"""What every API dialect does: cut a request body into parts, and a part into segments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec
from msgspec import Raw

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.sources.jsonl import UNREADABLE, sanitise
from cachelens.sources.wire import NONE, NULL, Body

MESSAGE, PARAMS, SCHEMA, TOOL, LAST_TOOL, SYSTEM, HIDDEN = range(7)
"""`Part.tag`: what the raw bytes of a part are, where the level does not tell."""


class Settings(NamedTuple):
    """Cache settings of a whole request, in the words of `RequestRecord`."""

    auto_mark: str = ""
    mark_mode: str = ""
    cache_object: str = ""


NO_SETTINGS = Settings()


class Dialect(Protocol):
    """One way of writing a request."""

    id: str
    provider: str
    """Provider that the format alone tells; empty where many providers speak it."""
    exclusive: bool
    """True where `input_tokens` leaves out what was read and written."""

    def parts(self, body: Body) -> list[Part]:
        """Cut a body into parts in wire order; raises nothing but `msgspec.DecodeError`."""
        ...

    def expand(self, part: Part) -> Sequence[SegmentDraft]:
        """Turn one part into segments; never raises."""
        ...

    def settings(self, body: Body) -> Settings:
        """Return the cache settings of the request."""
        ...


class _Message(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The shape of most messages of a chat."""

    role: str
    content: str


_message = msgspec.json.Decoder(_Message)
_members = msgspec.json.Decoder(dict[str, Raw])
_items = msgspec.json.Decoder(list[Raw])
_string = msgspec.json.Decoder(str)

STRUCTURED = {
    "tool_use": SegmentKind.TOOL_USE, "server_tool_use": SegmentKind.TOOL_USE, "mcp_tool_use": SegmentKind.TOOL_USE,
    "function_call": SegmentKind.TOOL_USE, "custom_tool_call": SegmentKind.TOOL_USE,
    "local_shell_call": SegmentKind.TOOL_USE, "computer_call": SegmentKind.TOOL_USE,
    "web_search_call": SegmentKind.TOOL_USE, "file_search_call": SegmentKind.TOOL_USE,
    "mcp_call": SegmentKind.TOOL_USE, "functionCall": SegmentKind.TOOL_USE,
    "tool_result": SegmentKind.TOOL_RESULT, "web_search_tool_result": SegmentKind.TOOL_RESULT,
    "web_fetch_tool_result": SegmentKind.TOOL_RESULT, "mcp_tool_result": SegmentKind.TOOL_RESULT,
    "code_execution_tool_result": SegmentKind.TOOL_RESULT, "function_call_output": SegmentKind.TOOL_RESULT,
    "custom_tool_call_output": SegmentKind.TOOL_RESULT, "local_shell_call_output": SegmentKind.TOOL_RESULT,
    "computer_call_output": SegmentKind.TOOL_RESULT, "functionResponse": SegmentKind.TOOL_RESULT,
    "thinking": SegmentKind.THINKING, "redacted_thinking": SegmentKind.THINKING, "reasoning": SegmentKind.THINKING,
    "image": SegmentKind.IMAGE, "image_url": SegmentKind.IMAGE, "input_image": SegmentKind.IMAGE,
    "document": SegmentKind.DOCUMENT, "file": SegmentKind.DOCUMENT, "input_file": SegmentKind.DOCUMENT,
    "input_audio": SegmentKind.OTHER,
}  # fmt: skip
"""Kind of a structured block by its `type` on the wire."""

ROLES = {
    b"system": Role.SYSTEM, b"developer": Role.DEVELOPER, b"user": Role.USER, b"assistant": Role.ASSISTANT,
    b"model": Role.ASSISTANT, b"tool": Role.TOOL, b"function": Role.TOOL,
}  # fmt: skip

_ROLE_FIRST = re.compile(rb'\s*\{\s*"role"\s*:\s*"([a-z]+)"')
_OPENING = re.compile(rb'\s*\{\s*"role"\s*:\s*"(?:(system|developer)|[a-z]+)"')
_PLAIN = re.compile(rb'\{\s*"role"\s*:\s*"([a-z]+)"\s*,\s*"content"\s*:\s*"')
_MARK = rb'"(?:cache_control|prompt_cache_breakpoint)"\s*:\s*(?:\{[^{}]*\}|null|true|false)'
_MARK_BEHIND = re.compile(rb"\s*,\s*" + _MARK)
_MARK_FIRST = re.compile(_MARK + rb"\s*,?\s*")
_BREAKPOINT = b'"prompt_cache_breakpoint"'
_TTL = re.compile(rb'"ttl"\s*:\s*"([0-9]+[smhd])"')
_MARKED = re.compile(_MARK)

INLINE_LIMIT = 4_096
"""Media blocks above this many bytes are kept as a digest and their length."""


def elements_of(raw: bytes | memoryview) -> list[Raw]:
    """Return the elements of a JSON array; another value stands alone in a list."""
    try:
        result: list[Raw] = _items.decode(raw)
    except UNREADABLE:
        return [raw if isinstance(raw, Raw) else Raw(bytes(raw))]
    return result


def members_of(raw: bytes | memoryview) -> dict[str, Raw]:
    """Return the members of a JSON object as raw bytes; empty for another value."""
    try:
        result: dict[str, Raw] = _members.decode(raw)
    except UNREADABLE:
        return {}
    return result


def string_of(raw: bytes | memoryview) -> str | None:
    """Decode a JSON string, mending lone surrogates; `None` for another value."""
    try:
        return _string.decode(raw)
    except UNREADABLE:
        data = bytes(raw)
        clean = sanitise(data) if data[:1] == b'"' else None
        return _string.decode(clean) if isinstance(clean, bytes) else None


def given(raw: bytes) -> bool:
    """Say whether a key is there and not null."""
    return raw is not NONE and bytes(raw) != NULL


def role_of(message: bytes | memoryview) -> Role:
    """Return the role of a message, looking no further than its first bytes where that suffices."""
    found = _ROLE_FIRST.match(message)
    if found is None:
        name = string_of(members_of(message).get("role", NONE)) or ""
        return ROLES.get(name.encode(), Role.NONE)
    return ROLES.get(found.group(1), Role.NONE)


def opens(message: bytes | memoryview) -> bool:
    """Say whether a message is of the system or developer, part of the system prompt at the head of a request."""
    found = _OPENING.match(message)
    if found is None:
        return role_of(message) in (Role.SYSTEM, Role.DEVELOPER)
    return found.lastindex is not None


def plain_message(raw: bytes | memoryview) -> tuple[Role, str] | None:
    """Return role and text of a message that has these two keys only, and text for content; `None` for others."""
    found = _PLAIN.match(raw)
    if found is None:
        return None
    try:
        message = _message.decode(raw)
    except UNREADABLE:
        return None
    return ROLES.get(found.group(1), Role.NONE), message.content


def mark_of(raw: bytes | memoryview) -> str:
    """Return the TTL label of the cache mark in a block: `default` without TTL, empty without a mark."""
    data = bytes(raw)
    if b"cache_control" not in data and _BREAKPOINT not in data:
        return ""
    label = ""
    for found in _MARKED.finditer(data):
        if found.group().endswith((b"null", b"false")):
            continue
        ttl = _TTL.search(found.group())
        label = ttl.group(1).decode() if ttl else "default"
    return label


def without_mark(raw: bytes | memoryview) -> bytes:
    """Return the bytes of a block as sent, less its cache mark; no other byte changes."""
    data = bytes(raw)
    if b"cache_control" not in data and _BREAKPOINT not in data:
        return data
    return _MARK_FIRST.sub(b"", _MARK_BEHIND.sub(b"", data))


def ttl_label(raw: bytes) -> str:
    """Return the TTL label of a cache setting given by itself; `default` without one."""
    found = _TTL.search(bytes(raw))
    return found.group(1).decode() if found else "default"


def media(data: bytes) -> bytes:
    """Return what identifies an image or file: short ones whole, long ones as a digest with their length."""
    if len(data) <= INLINE_LIMIT:
        return data
    import xxhash

    return b"media:%d:%s" % (len(data), xxhash.xxh3_128_hexdigest(data).encode())


def block(raw: bytes | memoryview, kind: SegmentKind, role: Role, *, markable: bool = True) -> SegmentDraft:
    """Make the segment of one structured block."""
    data = without_mark(raw)
    if kind in (SegmentKind.IMAGE, SegmentKind.DOCUMENT):
        data = media(data)
    return SegmentDraft(kind=kind, role=role, data=data, mark=mark_of(raw), markable=markable)


def text_block(text: str, kind: SegmentKind, role: Role, mark: str = "") -> SegmentDraft:
    """Make the segment of one text block."""
    return SegmentDraft(kind, role, text.encode(), mark, markable=bool(text))


def ended(segments: list[SegmentDraft]) -> list[SegmentDraft]:
    """Flag the last segment as the end of its message."""
    if segments:
        segments[-1] = segments[-1]._replace(message_end=True)
    return segments


def opaque(part: Part, kind: SegmentKind = SegmentKind.OTHER) -> list[SegmentDraft]:
    """Make one segment of a part whose shape is not known."""
    return [SegmentDraft(kind=kind, role=Role.NONE, data=bytes(part.raw), message_end=True)]


def tool_parts(tools: Sequence[Raw]) -> list[Part]:
    """Make one part of each tool definition; the last one knows that it is."""
    parts = [Part(Level.TOOLS, raw, TOOL) for raw in tools]
    if parts:
        parts[-1].tag = LAST_TOOL
    return parts


def param_part(level: Level, pairs: Mapping[str, bytes]) -> Part:
    """Make the part of request parameters that belong to the cache key; equal settings give equal bytes."""
    return Part(level, b"\n".join(name.encode() + b"=" + bytes(raw) for name, raw in sorted(pairs.items())), PARAMS)


def expand_tagged(part: Part) -> list[SegmentDraft] | None:
    """Expand the parts that all dialects share: parameters, schema, tools, hidden content."""
    match part.tag:
        case 1:
            return [SegmentDraft(SegmentKind.PARAMS, Role.NONE, bytes(part.raw), markable=False, known_tokens=0)]
        case 2:
            return [SegmentDraft(SegmentKind.SCHEMA, Role.NONE, bytes(part.raw), markable=False)]
        case 3 | 4:
            return [block(part.raw, SegmentKind.TOOL, Role.NONE)._replace(message_end=part.tag == LAST_TOOL)]
        case 6:
            return [SegmentDraft(SegmentKind.HIDDEN, Role.NONE, bytes(part.raw), markable=False, known_tokens=0)]
    return None
