"""Streamed responses: many events to the one reply that they add up to."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from cachelens.sources.jsonl import UNREADABLE
from cachelens.sources.rawjson import members_of, present
from cachelens.sources.wire import NONE, Reply

_reply = msgspec.json.Decoder(Reply).decode
_list = msgspec.json.Decoder(list[Raw]).decode
_text = msgspec.json.Decoder(str).decode


def decode_reply(raw: bytes) -> Reply:
    """Read a response in any form: an object, text with JSON or server-sent events in it, a list of chunks.

    Raises `msgspec.DecodeError` where it is none of these.
    """
    data = bytes(raw).strip()
    match data[:1]:
        case b"{":
            return _reply(data)
        case b"[":
            return merge(_list(data))
        case b'"':
            return decode_text(_text(data))
    return Reply()


def decode_text(text: str) -> Reply:
    """Read a response body that was logged as text."""
    body = text.strip()
    if body[:1] == "[":
        return merge(_list(body.encode()))
    if body[:1] == "{":
        try:
            return _reply(body.encode())
        except msgspec.ValidationError:
            raise
        except UNREADABLE:
            pass  # several objects, one a line
    return merge(events(body))


def events(text: str) -> list[Raw]:
    """Return the JSON payloads of server-sent events, or of one object a line."""
    payloads = (line.removeprefix("data:").strip() for line in text.splitlines())
    return [Raw(line.encode()) for line in payloads if line.startswith("{")]


def merge(chunks: list[Raw]) -> Reply:
    """Add up the chunks of a stream; a chunk that cannot be read is passed over."""
    merged = Reply()
    usage: dict[str, Raw] = {}
    for chunk in chunks:
        try:
            event = decode_reply(chunk)
        except UNREADABLE:
            continue
        inner = _inner(event)
        _keep(merged, inner)
        places = (inner.usage, inner.usageMetadata, inner.usage_metadata, members_of(event.x_groq).get("usage"))
        counters = next((raw for raw in places if raw is not None and present(raw)), NONE)
        if counters is not NONE:
            usage = merge_usage(usage, members_of(counters), delta=event.type == "message_delta")
    if usage:
        merged.usage = Raw(msgspec.json.encode(usage))
    return merged


def merge_usage(before: dict[str, Raw], new: dict[str, Raw], *, delta: bool) -> dict[str, Raw]:
    """Replace counters by later ones, never add them.

    Anthropic's `message_delta` holds only some counters: those that it has replace those of
    `message_start`. All other streams repeat the whole usage, so that the last one stands.
    https://github.com/strands-agents/harness-sdk/pull/3568
    """
    if not delta:
        return new
    fresh = {name: raw for name, raw in new.items() if present(raw)}
    merged = {**before, **fresh}
    if "cache_creation_input_tokens" in fresh and "cache_creation" not in fresh:
        total = before.get("cache_creation_input_tokens")
        if total is None or bytes(total) != bytes(fresh["cache_creation_input_tokens"]):
            merged.pop("cache_creation", None)  # the split belongs to the total that was replaced
    return merged


def _inner(event: Reply) -> Reply:
    """Return the message or response that an event carries, or the event itself."""
    for raw in (event.response, event.message):
        if bytes(raw)[:1] == b"{":
            try:
                return _reply(raw)
            except UNREADABLE:
                continue
    return event


def _keep(merged: Reply, event: Reply) -> None:
    """Keep what the event is the first to say, and the last error and service tier."""
    merged.id = merged.id or event.id or event.responseId
    merged.model = merged.model or event.model or event.modelVersion
    merged.service_tier = event.service_tier or merged.service_tier
    merged.type = merged.type or event.type
    for name in ("error", "choices", "candidates", "output", "status", "created", "created_at"):
        if present(value := getattr(event, name)):
            setattr(merged, name, value)
