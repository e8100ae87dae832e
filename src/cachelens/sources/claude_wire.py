"""Claude Code's transcript lines as they are written: the fields that tell requests and their history."""

from __future__ import annotations

import msgspec

from cachelens.model.usage import Usage
from cachelens.sources.hints import modifiers_by
from cachelens.sources.jsonl import Decoder
from cachelens.sources.limits import Count


class Split(msgspec.Struct):
    """Written tokens by TTL."""

    ephemeral_5m_input_tokens: Count = 0
    ephemeral_1h_input_tokens: Count = 0


class WireUsage(msgspec.Struct):
    """What the API reported; Anthropic counts are disjoint already."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_creation: Split | None = None
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None


class Message(msgspec.Struct):
    """The API message, or the part of one, in a line."""

    id: str | None = None
    model: str | None = None
    content: msgspec.Raw = msgspec.Raw(b"")
    usage: WireUsage | None = None


class Microcompact(msgspec.Struct):
    """Which tool results a microcompaction dropped."""

    compactedToolIds: list[str] = []  # noqa: N815 - the log's own name


class Line(msgspec.Struct, rename="camel"):
    """One line; what other kinds of lines hold is passed over."""

    type: str = ""
    uuid: str | None = None
    parent_uuid: str | None = None
    session_id: str | None = None
    agent_id: str | None = None
    is_sidechain: bool | None = None
    timestamp: str | None = None
    version: str | None = None
    request_id: str | None = None
    source_tool_assistant_uuid: str | None = msgspec.field(name="sourceToolAssistantUUID", default=None)
    is_api_error_message: bool | None = None
    subtype: str | None = None
    content: msgspec.Raw = msgspec.Raw(b"")
    message: msgspec.Raw = msgspec.Raw(b"")
    attachment: msgspec.Raw = msgspec.Raw(b"")
    microcompact_metadata: Microcompact | None = None


class Attachment(msgspec.Struct):
    """What the client added to a user message."""

    type: str = ""


LINE = Decoder[Line](Line)
MESSAGE = Decoder[Message](Message)
ATTACHMENT = Decoder[Attachment](Attachment)


def disjoint(raw: WireUsage) -> Usage:
    """Convert the counts; writes without a split are for five minutes, as before there was a choice."""
    split = raw.cache_creation or Split()
    written = raw.cache_creation_input_tokens
    if written is None:
        written = split.ephemeral_5m_input_tokens + split.ephemeral_1h_input_tokens
    hour = min(split.ephemeral_1h_input_tokens, written)
    return Usage(
        uncached_input=raw.input_tokens or 0,
        cache_read=raw.cache_read_input_tokens,
        write_5m=written - hour,
        write_1h=hour,
        output=raw.output_tokens,
    )


def modifiers(raw: WireUsage) -> tuple[str, ...]:
    """Name the price modifiers that applied."""
    return modifiers_by(service_tier=raw.service_tier, speed=raw.speed, inference_geo=raw.inference_geo)
