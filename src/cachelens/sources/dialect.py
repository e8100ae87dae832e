"""What every API dialect does: cut a request body into parts, and a part into segments."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec
from msgspec import Raw

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.sources.cache_marks import unmarked
from cachelens.sources.jsonl import UNREADABLE
from cachelens.sources.rawjson import elements_of, members_of, present, string_of
from cachelens.sources.wire import NONE, Body


class Tag(enum.IntEnum):
    """`Part.tag`: what the raw bytes of a part are, where the level does not tell."""

    MESSAGE = 0
    PARAMS = 1
    SCHEMA = 2
    TOOL = 3
    LAST_TOOL = 4
    SYSTEM = 5
    HIDDEN = 6


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

ROLES = {
    b"system": Role.SYSTEM, b"developer": Role.DEVELOPER, b"user": Role.USER, b"assistant": Role.ASSISTANT,
    b"model": Role.ASSISTANT, b"tool": Role.TOOL, b"function": Role.TOOL,
}  # fmt: skip

_ROLE_FIRST = re.compile(rb'\s*\{\s*"role"\s*:\s*"([a-z]+)"')
_OPENING = re.compile(rb'\s*\{\s*"role"\s*:\s*"(?:(system|developer)|[a-z]+)"')
_PLAIN = re.compile(rb'\{\s*"role"\s*:\s*"([a-z]+)"\s*,\s*"content"\s*:\s*"')

INLINE_LIMIT = 4_096
"""Media blocks above this many bytes are kept as a digest and their length."""


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


def media(data: bytes) -> bytes:
    """Return what identifies an image or file: short ones whole, long ones as a digest with their length."""
    if len(data) <= INLINE_LIMIT:
        return data
    import xxhash

    return b"media:%d:%s" % (len(data), xxhash.xxh3_128_hexdigest(data).encode())


def block(raw: bytes | memoryview, kind: SegmentKind, role: Role, *, markable: bool = True) -> SegmentDraft:
    """Make the segment of one structured block."""
    data, mark = unmarked(raw)
    if kind in (SegmentKind.IMAGE, SegmentKind.DOCUMENT):
        data = media(data)
    return SegmentDraft(kind=kind, role=role, data=data, mark=mark, markable=markable)


def text_block(text: str, kind: SegmentKind, role: Role, mark: str = "") -> SegmentDraft:
    """Make the segment of one text block."""
    return SegmentDraft(kind, role, text.encode(), mark, markable=bool(text))


def content_segments(
    content: Raw, text_kind: SegmentKind, role: Role, one: Callable[[Raw, SegmentKind, Role], SegmentDraft]
) -> list[SegmentDraft]:
    """Make the segments of a content: a string, or a list of blocks that `one` makes a segment of each."""
    if not present(content):
        return []
    text = string_of(content)
    if text is not None:
        return [text_block(text, text_kind, role)]
    return [one(raw, text_kind, role) for raw in elements_of(content)]


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
    parts = [Part(Level.TOOLS, raw, Tag.TOOL) for raw in tools]
    if parts:
        parts[-1].tag = Tag.LAST_TOOL
    return parts


def param_part(level: Level, pairs: Mapping[str, bytes]) -> Part:
    """Make the part of request parameters that belong to the cache key; equal settings give equal bytes."""
    return Part(level, b"\n".join(name.encode() + b"=" + bytes(raw) for name, raw in sorted(pairs.items())), Tag.PARAMS)


def expand_tagged(part: Part) -> list[SegmentDraft] | None:
    """Expand the parts that all dialects share: parameters, schema, tools, hidden content."""
    match part.tag:
        case Tag.PARAMS:
            return [SegmentDraft(SegmentKind.PARAMS, Role.NONE, bytes(part.raw), markable=False, known_tokens=0)]
        case Tag.SCHEMA:
            return [SegmentDraft(SegmentKind.SCHEMA, Role.NONE, bytes(part.raw), markable=False)]
        case Tag.TOOL | Tag.LAST_TOOL:
            return [block(part.raw, SegmentKind.TOOL, Role.NONE)._replace(message_end=part.tag == Tag.LAST_TOOL)]
        case Tag.HIDDEN:
            return [SegmentDraft(SegmentKind.HIDDEN, Role.NONE, bytes(part.raw), markable=False, known_tokens=0)]
    return None
