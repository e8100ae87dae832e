"""From a line to a request body and a response, whatever is wrapped around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from cachelens.sources.base import ReadOptions
from cachelens.sources.dialect import Dialect, ttl_label
from cachelens.sources.fields import at_path, first_text, object_of, present, text_of
from cachelens.sources.hints import NO_HINT, Hint, of_address, of_provider
from cachelens.sources.instants import instant_us
from cachelens.sources.jsonl import NOT_JSON, WRONG_TYPE, Decoder, Problem
from cachelens.sources.streams import decode_reply, decode_text
from cachelens.sources.wire import BODY_KEYS, NONE, ROW_KEYS, Body, Reply, Row
from cachelens.sources.wire_usage import WireUsage

REQUESTS = ("request", "req", "request_body", "params", "body", "input")
"""Keys that may hold the request, in the order of asking."""
RESPONSES = ("response", "res", "resp", "response_body", "output")
CONTENT = frozenset({"messages", "contents", "input"})
"""Keys that make an object a request body."""
COUNTS = frozenset({"prompt_tokens", "input_tokens", "promptTokenCount"})

_MODEL_IN_ADDRESS = re.compile(r"/models/([^/:?]+):|/model/([^/]+)/(?:invoke|converse)")
_FAILURES = frozenset({"error", "failed", "failure", "incomplete_error"})
_body = msgspec.json.Decoder(Body).decode
_string = msgspec.json.Decoder(str).decode
_EMPTY_REPLY = Reply()


class Exchange(Struct, gc=False):
    """One request with its response, out of its envelope."""

    row: Row
    body: Body
    reply: Reply
    model: str
    usage: Raw
    hint: Hint = NO_HINT
    address: str = ""
    failed: bool = False
    batch: bool = False
    other_reply: bool = False
    start_us: int | None = None
    chosen: dict[str, str] = {}
    """Values that the caller's own mapping found."""
    wire: WireUsage | None = None

    def write_ttl(self, dialect: Dialect) -> str:
        """Return the class of writes that the request asked for as a whole; empty if it did not say."""
        options = self.body.prompt_cache_options
        raw = options if options is not NONE else self.body.cache_control
        if raw is NONE:
            return ""
        label = ttl_label(raw)
        return "" if label == "default" else label


class Opener:
    """Opens lines; knows the caller's mapping."""

    def __init__(self, options: ReadOptions) -> None:
        self.rows: Decoder[Row] = Decoder(Row)
        self.loose: Decoder[dict[str, Raw]] = Decoder(dict[str, Raw])
        self.paths = {
            name: path
            for name, path in (
                ("session", options.session_key),
                ("workload", options.workload_key),
                ("tenant", options.tenant_key),
            )
            if path
        } | dict(options.mapping)
        self.document: list[bytes] = []

    def open(self, number: int, line: bytes) -> Iterator[tuple[int, Exchange | Problem]]:
        """Yield the exchanges of one line (an array of rows holds several), or the problem with it."""
        if line[:1] == b"[":
            items = _elements(line)
            if items is not None:
                for item in items:
                    yield number, self._one(bytes(item))
                return
        yield number, self._one(line)

    def _one(self, line: bytes) -> Exchange | Problem:
        try:
            row = self.rows.fast(line)
        except (msgspec.DecodeError, RecursionError):
            opened = self._patient(line)
            if isinstance(opened, Problem):
                return opened
            row, line = opened
        try:
            return self._exchange(row, line)
        except msgspec.DecodeError as error:
            return Problem(WRONG_TYPE, str(error))
        except RecursionError:
            return Problem(NOT_JSON, "nested too deeply")

    def _patient(self, line: bytes) -> tuple[Row, bytes] | Problem:
        """Open a line that the typed decoder refused: repair it, or take its members one by one."""
        members = self.loose.decode(line)
        if isinstance(members, Problem):
            return Problem("not a JSON object") if members.reason == WRONG_TYPE else members
        fields: dict[str, Any] = {name: raw for name, raw in members.items() if name in ROW_KEYS}
        try:
            _retype(fields)
        except msgspec.ValidationError as error:
            return Problem(WRONG_TYPE, str(error))
        except msgspec.DecodeError:
            return Problem(NOT_JSON, "inside a string that should hold JSON")
        return Row(**fields), msgspec.json.encode(members)

    def _exchange(self, row: Row, line: bytes) -> Exchange:
        found = self._mapped(line) if self.paths else {}
        body = _request(row, found.get("request"))
        reply = _response(row, found.get("response"))
        failed = _failed(row, reply)
        while present(reply.body):
            outer, reply = reply, _parsed_reply(reply.body)
            reply.id = reply.id or outer.id
            failed = failed or _failed(row, reply)
        address = _address(row, body)
        hint = _hint(row, address)
        texts = {name: text_of(raw) for name, raw in found.items()}
        return Exchange(
            row=row,
            body=body,
            reply=reply,
            model=texts.get("model") or _model(row, body, reply, address),
            usage=found.get("usage") or _counters(row, reply, line),
            hint=hint,
            address=address,
            failed=failed,
            batch=row.custom_id is not NONE or _true(row.batch) or _true(row.is_batch),
            other_reply=reply.object == "list",
            start_us=instant_us(bytes(found["timestamp"])) if "timestamp" in found else None,
            chosen=texts,
        )

    def _mapped(self, line: bytes) -> dict[str, Raw]:
        pairs = ((name, at_path(line, path)) for name, path in self.paths.items())
        return {name: raw for name, raw in pairs if raw is not None}


def sniff_row(line: bytes) -> bool:
    """True when a line looks like an exchange, a request body or a response."""
    items = _elements(line) if line[:1] == b"[" else [line]
    keys = object_of(bytes(items[0])).keys() if items else set()
    if keys & {"messages", "contents"}:
        return True
    if "input" in keys:
        return bool(keys & {"model", "output", "request", "response"})
    return bool(keys & set(REQUESTS[:4]) and keys & set(RESPONSES)) or (
        bool(keys & set(REQUESTS)) and bool(keys & {"custom_id", "response", "url", "model"})
    )


def _elements(line: bytes) -> list[Raw] | None:
    try:
        return msgspec.json.decode(line, type=list[Raw])
    except (msgspec.DecodeError, RecursionError):
        return None


def _retype(fields: dict[str, Any]) -> None:
    """Give the typed fields of a row their types; text that holds JSON is opened."""
    for name in ("messages", "tools", "functions"):
        if name in fields:
            raw = _unquoted(fields[name])
            fields[name] = msgspec.json.decode(raw, type=list[Raw] | None) if raw[:1] in b"[n" else None
    if "model" in fields:
        fields["model"] = text_of(fields["model"]) or None
    if "request" in fields:
        raw = _unquoted(fields["request"])
        fields["request"] = _body(raw) if raw[:1] == b"{" else None
        if raw[:1] == b"[":
            fields["request"] = Body(messages=msgspec.json.decode(raw, type=list[Raw]))


def _unquoted(raw: bytes) -> bytes:
    data = bytes(raw)
    return _string(data).strip().encode() if data[:1] == b'"' else data


def _request(row: Row, mapped: Raw | None) -> Body:
    """Return the request body: where the mapping says, under a known key, or the row itself."""
    if mapped is not None:
        return _unwrapped(_as_body(mapped) or Body())
    if row.request is not None:
        return _unwrapped(row.request)
    if row.messages is not None or row.contents is not NONE:
        return row
    for name in REQUESTS[1:]:
        raw = getattr(row, name)
        if raw is not NONE and (body := _as_body(raw)) is not None:
            return _unwrapped(body)
    return row


def _as_body(raw: Raw) -> Body | None:
    """Return a JSON object (or text that holds one, or a list of messages) as a body; `None` for the rest."""
    data = bytes(raw)
    if data[:1] == b'"' and data[1:2] in (b"{", b"["):
        data = _unquoted(data)
    if data[:1] == b"{":
        return _body(data)
    return None


def _unwrapped(body: Body) -> Body:
    """Return what an HTTP envelope (`url`, `headers`, `body`) holds."""
    if body.body is NONE or body.messages is not None or body.contents is not NONE:
        return body
    inner = _as_body(body.body)
    if inner is None:
        return body
    inner.url = inner.url if inner.url is not NONE else body.url
    return inner


def _response(row: Row, mapped: Raw | None) -> Reply:
    if mapped is not None:
        return _parsed_reply(mapped)
    if row.response is not NONE:
        return _parsed_reply(row.response)
    for name in RESPONSES[1:]:
        raw = getattr(row, name)
        if raw is not NONE and bytes(raw)[:1] in (b"{", b"[", b'"'):
            return _parsed_reply(raw)
    return Reply()


def _parsed_reply(raw: Raw) -> Reply:
    """Read a response; one that is no response (plain text of an answer) is empty."""
    try:
        return decode_reply(raw)
    except msgspec.ValidationError:
        return Reply()
    except msgspec.DecodeError:
        return Reply()


def _failed(row: Row, reply: Reply) -> bool:
    """True when the call was answered with an error."""
    if present(reply.error) or reply.type == "error" or present(row.error):
        return True
    for raw in (reply.status_code, reply.status, row.status_code, row.status):
        if raw is NONE:
            continue
        text = text_of(raw)
        if text.isdigit() and int(text) >= 400 or text.lower() in _FAILURES:
            return True
    return False


def _address(row: Row, body: Body) -> str:
    found = first_text(row, ("url", "endpoint", "path"))
    return found or (first_text(body, ("url",)) if body is not row else "")


def _hint(row: Row, address: str) -> Hint:
    """Join what address, provider field and platform field tell; the fields win over the address."""
    if not address and row.provider is NONE and row.platform is NONE:
        return NO_HINT
    told = of_address(address) if address else NO_HINT
    by_provider = of_provider(text_of(row.provider)) if row.provider is not NONE else NO_HINT
    platform = text_of(row.platform).lower() if row.platform is not NONE else ""
    return Hint(
        dialect=told.dialect,
        provider=by_provider.provider or told.provider,
        platform=platform or by_provider.platform or told.platform,
        modifier=told.modifier,
    )


def _model(row: Row, body: Body, reply: Reply, address: str) -> str:
    if body.model or row.model or reply.model or reply.modelVersion:
        found = body.model or row.model
        if found:
            return found
    named = _MODEL_IN_ADDRESS.search(address) if address else None
    return (named and (named.group(1) or named.group(2))) or reply.model or reply.modelVersion or ""


def _counters(row: Row, reply: Reply, line: bytes) -> Raw:
    """Return the usage object: of the reply, of the row, or the row itself where it holds flat counts."""
    for raw in (reply.usage, reply.usageMetadata, reply.usage_metadata, row.usage):
        if raw is not NONE and present(raw):
            return raw
    return Raw(line) if COUNTS & object_of(line).keys() else NONE


def _true(raw: Raw) -> bool:
    return raw is not NONE and bytes(raw) == b"true"


__all__ = ["BODY_KEYS", "Exchange", "Mapping", "Opener", "decode_text", "sniff_row"]
