"""A call as one line of `api_jsonl`, the log format of docs/formats.md."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from cachelens.capture.call import Call
from cachelens.capture.redaction import dropped, hashed

_SECOND = 1_000_000_000
_EVENT_STREAM = "text/event-stream"
_GZIP_OR_ZLIB = 47
"""`wbits` for either header, told by its first bytes."""


def line_of(call: Call, prompts: str, salt: bytes) -> bytes:
    """Return the line of a call, ended; `prompts` is `keep`, `hash` or `drop`."""
    events, first_ns = _events(call)
    first_ns = call.first_token_ns or first_ns
    body = b"" if events is not None else _unpacked(call)
    fields: dict[str, bytes] = {"timestamp": _seconds(call.started_ns)}
    if first_ns:
        fields["first_token_at"] = _seconds(first_ns)
    fields["completed_at"] = _seconds(call.ended_ns)
    fields |= {name: _encoded(value) for name, value in call.labels.items() if value is not None and name not in fields}
    fields["url"] = _encoded(call.url)
    if call.status:
        fields["status"] = _encoded(call.status)
    if call.error:
        fields["error"] = _encoded(call.error)
    fields["request"] = _shown(call.request, prompts, salt)
    if events is not None:
        fields["response"] = b"[" + b",".join(_written(*event, prompts, salt) for event in events) + b"]"
    elif body:
        fields["response"] = _shown(body, prompts, salt)
    return b"{" + b",".join(_encoded(name) + b":" + value for name, value in fields.items()) + b"}\n"


def _seconds(at_ns: int) -> bytes:
    """Write an instant in seconds, to the microsecond."""
    return b"%d.%06d" % (at_ns // _SECOND, at_ns % _SECOND // 1_000)


def _encoded(value: object) -> bytes:
    return json.dumps(value, default=str, ensure_ascii=True).encode()


def _shown(body: bytes, prompts: str, salt: bytes) -> bytes:
    """Return a body as it may be written: JSON on one line, or text as a JSON string."""
    value = _parsed(body)
    if value is not None:
        return _written(body, value, prompts, salt)
    return _encoded(body.decode("utf-8", "replace")) if prompts == "keep" else b'""'  # no shape, so nothing to redact


def _parsed(body: bytes) -> Any:
    """Return the object or list that a body is; `None` for what is neither, or is damaged."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return None


def _written(body: bytes, value: object, prompts: str, salt: bytes) -> bytes:
    """Return JSON, given with what it says, as it may be written."""
    if prompts == "keep":
        return body.strip().replace(b"\r", b" ").replace(b"\n", b" ")  # in JSON these stand between values only
    return _encoded(hashed(value, salt) if prompts == "hash" else dropped(value))


def _unpacked(call: Call) -> bytes:
    """Return the body of a response, decompressed; empty where that is not possible."""
    data = b"".join(piece for _, piece in call.pieces)
    try:
        match call.encoding.strip().lower():
            case "" | "identity":
                return data
            case "gzip" | "deflate":
                return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(data)
            case "br":
                return bytes(_library("brotli", "brotlicffi").decompress(data))
            case "zstd":
                return bytes(_library("zstandard").ZstdDecompressor().decompressobj().decompress(data))
    except Exception:  # noqa: BLE001 - damaged, or packed in a way that nothing here unpacks
        return b""
    return b""


def _library(*names: str) -> Any:
    """Import the first of these that is installed: the client could not read such a body without it either."""
    import importlib
    import importlib.util

    name = next((name for name in names if importlib.util.find_spec(name)), names[0])
    return importlib.import_module(name)


def _events(call: Call) -> tuple[list[tuple[bytes, Any]] | None, int]:
    """Return the events of a stream, each as JSON and as what it says, and when its first token came.

    `None` and 0 for any other body. What is damaged, as where a stream breaks off, is left out.
    """
    if not call.content_type.startswith(_EVENT_STREAM) or not call.pieces:
        return None, 0
    found = [(end, payload, _parsed(payload)) for end, payload in _payloads(_unpacked(call))]
    events = [(end, payload, value) for end, payload, value in found if isinstance(value, dict)]
    first = next((end for end, _, value in events if _holds_token(value)), 0)
    packed = call.encoding.strip().lower() not in {"", "identity"}
    at_ns = call.pieces[0][0] if packed or not first else _when(call.pieces, first)
    return [(payload, value) for _, payload, value in events], at_ns


def _payloads(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (offset of its end, data) of each event."""
    end = 0
    for line in data.splitlines(keepends=True):
        end += len(line)
        if line.startswith(b"data:"):
            yield end, line.removeprefix(b"data:").strip()


def _when(pieces: Sequence[tuple[int, bytes]], offset: int) -> int:
    """Return the time of the piece that completed the first `offset` bytes."""
    seen = 0
    for at_ns, piece in pieces:
        seen += len(piece)
        if seen >= offset:
            return at_ns
    return pieces[-1][0]


def _holds_token(event: dict[str, Any]) -> bool:
    """Say whether an event carries a piece of the answer, in any of the dialects."""
    kind = str(event.get("type", ""))
    if kind == "content_block_delta" or kind.endswith(".delta"):
        return True
    deltas = [choice.get("delta") for choice in _objects(event.get("choices"))]
    if any(value for delta in _objects(deltas) for name, value in delta.items() if name != "role"):
        return True
    contents = [candidate.get("content") for candidate in _objects(event.get("candidates"))]
    return any(content.get("parts") for content in _objects(contents))


def _objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list; none of anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
