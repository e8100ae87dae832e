"""One request with its response, out of whatever a log wraps around them."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import unquote

import msgspec
from msgspec import Raw, Struct

from cachelens.sources.fields import first_text, text_of
from cachelens.sources.hints import NO_HINT, Hint, of_address, of_provider
from cachelens.sources.jsonl import UNREADABLE
from cachelens.sources.limits import count_of
from cachelens.sources.names import ADDRESSES, COUNTS
from cachelens.sources.rawjson import members_of, present
from cachelens.sources.streams import decode_reply
from cachelens.sources.wire import NONE, Body, Reply, Row
from cachelens.sources.wire_counts import WireUsage

REQUESTS = ("request", "req", "request_body", "params", "body", "input")
"""Keys that may hold the request, in the order of asking."""
RESPONSES = ("response", "res", "resp", "response_body", "output")
"""Keys that may hold the response."""
STREAMS = ("chunks", "events", "stream", "response_chunks")
"""Keys that may hold the chunks of a streamed response, as a list or as text; other values mean something else."""

_MODEL_IN_ADDRESS = re.compile(r"/models/([^/:?]+):|/model/([^/]+)/(?:invoke|converse)")
_FIRST_ERROR = 400
_FAILURES = frozenset({"error", "failed", "failure", "cancelled"})
_body = msgspec.json.Decoder(Body).decode
_string = msgspec.json.Decoder(str).decode
_list = msgspec.json.Decoder(list[Raw]).decode


class Exchange(Struct, gc=False):
    """One request with its response."""

    row: Row
    body: Body
    reply: Reply
    usage: Raw | WireUsage
    hint: Hint = NO_HINT
    address: str = ""
    failed: bool = False
    batch: bool = False
    wire: WireUsage | None = None
    """The usage, once decoded."""


def take_out(row: Row, line: bytes, mapped: dict[str, Raw]) -> Exchange:
    """Find request, response and usage of a row; `mapped` holds what the caller's own mapping found.

    Raises `msgspec.DecodeError` for a request that cannot be read.
    """
    if not row.plan.special and not mapped:
        exchange = _plain(row)
        if exchange is not None:
            return exchange
    body = _request(row, mapped.get("request"))
    reply = _response(row, mapped.get("response"))
    failed = _failed(row, reply)
    while present(inner := reply.body if reply.body is not NONE else reply.chunks):
        outer, reply = reply, _reply(inner)
        reply.id = reply.id or outer.id
        failed = failed or _failed(row, reply)
    address = first_text(row, ADDRESSES) or (first_text(body, ("url",)) if body is not row else "")
    usage = mapped.get("usage")
    return Exchange(
        row,
        body,
        reply,
        usage if usage is not None else _counters(row, reply, line),
        _hint(row, address),
        address,
        failed,
        row.custom_id is not NONE or _true(row.batch) or _true(row.is_batch),
    )


def _plain(row: Row) -> Exchange | None:
    """Take out what a narrow row decoded at once and where nothing needs a closer look; `None` elsewhere."""
    body, reply = row.request, cast("object", row.response)
    if body is None or not body.plain or type(reply) is Raw or reply is None:
        return None
    answered = cast("Reply", reply)
    usage = cast("object", answered.usage)
    return Exchange(row, body, answered, usage) if answered.plain and type(usage) is WireUsage else None


def unquoted(raw: bytes) -> bytes:
    """Return the JSON that is inside a JSON string; other values as they are."""
    data = bytes(raw)
    return _string(data).strip().encode() if data[:1] == b'"' else data


def as_body(raw: Raw) -> Body | None:
    """Return an object, or text that holds one, or a list of messages, as a request body; else `None`."""
    data = bytes(raw)
    if data[:2] in (b'"{', b'"['):
        data = unquoted(data)
    if data[:1] == b"{":
        return body_of(data)
    return Body(messages=_list(data)) if data[:1] == b"[" else None


def body_of(data: bytes) -> Body:
    """Read a request body; lists that were written as a single object are taken as a list of one.

    Raises `msgspec.DecodeError` for a body that is none.
    """
    try:
        return _body(data)
    except msgspec.ValidationError:
        members = members_of(data)
        if bytes(members.get("tools", NONE))[:1] != b"{":
            raise
        return _body(msgspec.json.encode({**members, "tools": [members["tools"]]}))


def _request(row: Row, mapped: Raw | None) -> Body:
    """Return the request body: where the mapping says, under a known key, or the row itself."""
    if mapped is not None:
        return _unwrapped(as_body(mapped) or Body())
    if row.request is not None:
        return _unwrapped(row.request)
    if row.messages is not None or row.contents is not NONE:
        return row
    for name in REQUESTS[1:]:
        raw = getattr(row, name)
        if raw is NONE or (name == "input" and row.output is NONE and row.response is NONE):
            continue  # `input` by itself belongs to a bare request
        body = as_body(raw)
        if body is not None:
            return _unwrapped(body)
    return row


def _unwrapped(body: Body) -> Body:
    """Return what an HTTP envelope (`url`, `headers`, `body`) holds."""
    if body.body is NONE or body.messages is not None or body.contents is not NONE:
        return body
    inner = as_body(body.body)
    if inner is None:
        return body
    inner.url = inner.url if inner.url is not NONE else body.url
    return inner


def _response(row: Row, mapped: Raw | None) -> Reply:
    if mapped is not None:
        return _reply(mapped)
    for name in RESPONSES:
        raw = getattr(row, name)
        if raw is NONE or not present(raw):
            continue
        return _reply(raw) if type(raw) is Raw else cast("Reply", raw)
    for name in STREAMS:
        raw = getattr(row, name)
        if raw is not NONE and bytes(raw)[:1] in (b"[", b'"'):
            return _reply(raw)
    return Reply()


def _reply(raw: Raw) -> Reply:
    """Read a response; what is none (the plain text of an answer) is empty."""
    try:
        return decode_reply(raw)
    except UNREADABLE:
        return Reply()


def answered(row: Row) -> bool:
    """Say whether a row holds anything in the place of a response."""
    return any((raw := getattr(row, name)) is not NONE and present(raw) for name in RESPONSES) or any(
        bytes(getattr(row, name))[:1] in (b"[", b'"') for name in STREAMS
    )


def _failed(row: Row, reply: Reply) -> bool:
    """Say whether the call was answered with an error."""
    if present(reply.error) or reply.type == "error" or present(row.error):
        return True
    for value in (reply.status_code, reply.status, row.status_code, row.status):
        text = text_of(value) if value is not NONE else ""
        if (count_of(text) or 0) >= _FIRST_ERROR or text.lower() in _FAILURES:
            return True
    return False


def _hint(row: Row, address: str) -> Hint:
    """Join what address, provider field and platform field tell; the fields win over the address."""
    if not address and row.provider is NONE and row.platform is NONE:
        return NO_HINT
    told = of_address(address) if address else NO_HINT
    named = of_provider(text_of(row.provider)) if text_of(row.provider) else NO_HINT
    platform = text_of(row.platform).lower()
    return Hint(
        dialect=told.dialect,
        provider=named.provider or told.provider,
        platform=platform or named.platform or told.platform,
        modifier=told.modifier,
    )


def model_of(exchange: Exchange) -> str:
    """Return the model as requested; else from the address; else as the response names it."""
    reply = exchange.reply
    body, row = exchange.body, exchange.row
    asked = body.model or row.model or body.modelId or row.modelId
    if asked:
        return asked
    named = _MODEL_IN_ADDRESS.search(exchange.address) if exchange.address else None
    in_address = unquote(named.group(1) or named.group(2)) if named else ""
    return in_address or reply.model or reply.modelVersion or ""


def _counters(row: Row, reply: Reply, line: bytes) -> Raw | WireUsage:
    """Return the usage object: of the response, of the row, or the row itself where it holds flat counts."""
    for raw in (reply.usage, reply.usageMetadata, reply.usage_metadata, row.usage):
        if raw is not NONE and present(raw):
            return raw
    return Raw(line) if row.plan.counts and COUNTS & members_of(line).keys() else NONE


def _true(raw: Raw) -> bool:
    return raw is not NONE and bytes(raw) == b"true"
