"""Parameters, answer and fields of a row: what a response cache would see of the call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Raw

from cachelens.model.call import CallPaths, RecordedCall
from cachelens.sources.answers import answer_of
from cachelens.sources.base import ReadOptions
from cachelens.sources.exchange import REQUESTS, RESPONSES, STREAMS
from cachelens.sources.exports import export_of, rewritten
from cachelens.sources.fields import at_path, text_of
from cachelens.sources.jsonl import UNREADABLE, Problem
from cachelens.sources.rawjson import members_of, present, string_of
from cachelens.sources.views import opened
from cachelens.sources.wire import NONE, Body, Row

PROMPT = frozenset({
    "messages", "tools", "functions", "system", "input", "instructions", "contents", "systemInstruction",
    "system_instruction", "prompt", "model", "modelId", "url", "uri", "method", "headers", "body",
})  # fmt: skip
"""Members of a request that are its prompt, its model or its envelope."""
_NESTED = ("generationConfig", "generation_config", "inferenceConfig", "config")
"""Members that hold parameters, of which each counts by itself."""
_SAMPLING = frozenset({
    "temperature", "top_p", "top_k", "seed", "max_tokens", "max_output_tokens", "stop", "stop_sequences", "n",
    "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "stream", "store",
})  # fmt: skip
_OF_BARE_ROW = (_SAMPLING | frozenset(Body.__struct_fields__)) - frozenset({"session_id", "metadata", "user"})
"""Parameters of a request that lies bare in its row, among fields that are none."""
_METADATA = ("metadata", "tags", "labels", "attributes", "properties")
_ENVELOPES = ("body", "content")


class CallReader:
    """Reads recorded calls out of rows."""

    def __init__(self, paths: CallPaths, options: ReadOptions) -> None:
        self._paths = paths
        self._request = options.mapping.get("request", "")
        self._response = options.mapping.get("response", "")

    def read(self, line: bytes) -> RecordedCall:
        """Return what a row holds; never raises for bad content."""
        own = members_of(line)
        words = rewritten(line) if export_of(own) is not None else line
        row = own if words is line or isinstance(words, Problem) else members_of(words)
        request, bare = self._request_of(line, row)
        answer, calls = self._answer_of(line, row)
        paths = self._paths
        asked = at_path(line, paths.question) if paths.question else None
        vector = at_path(line, paths.vector) if paths.vector else None
        return RecordedCall(
            parameters=_parameters(request, bare=bare),
            answer=answer,
            tool_calls=calls,
            fields=self._fields(line, own, request),
            question=(string_of(asked) or "") if asked is not None else None,
            vector=None if vector is None else _vector(vector),
        )

    def _request_of(self, line: bytes, row: Mapping[str, Raw]) -> tuple[Mapping[str, Raw], bool]:
        """Return the members of the request, and whether it is the row itself."""
        mapped = at_path(line, self._request) if self._request else None
        if mapped is not None:
            return _unwrapped(opened(mapped)), False
        if "messages" in row or "contents" in row:
            return row, True
        for name in REQUESTS:
            if name in row and (members := opened(row[name])):
                return _unwrapped(members), False
        return row, True

    def _answer_of(self, line: bytes, row: Mapping[str, Raw]) -> tuple[str | None, str]:
        mapped = at_path(line, self._response) if self._response else None
        found = (
            mapped
            if mapped is not None
            else next((row[name] for name in RESPONSES if present(row.get(name, NONE))), None)
        )
        if found is None:
            found = next((row[name] for name in STREAMS if bytes(row.get(name, NONE))[:1] in (b"[", b'"')), None)
        for _ in _ENVELOPES:
            if found is None:
                return None, ""
            inside = members_of(found)
            held = next((inside[name] for name in ("body", "chunks") if present(inside.get(name, NONE))), None)
            if held is None:
                break
            found = held if not (words := members_of(held)) or "string" not in words else words["string"]
        return answer_of(bytes(found)) if found is not None else (None, "")

    def _fields(self, line: bytes, row: Mapping[str, Raw], request: Mapping[str, Raw]) -> dict[str, str]:
        """Return the fields that the row has: in itself, in its metadata, or in that of the request."""
        if not self._paths.fields:
            return {}
        places = [row, *(opened(row[name]) for name in _METADATA if name in row)]
        places += [opened(request[name]) for name in _METADATA[:1] if name in request and request is not row]
        found: dict[str, str] = {}
        for field, paths in self._paths.fields.items():
            value = next((text for path in paths if (text := _at(line, places, path))), "")
            if value:
                found[field] = value
        return found


def _at(line: bytes, places: Sequence[Mapping[str, Raw]], path: str) -> str:
    """Return the first value that is not empty under a name in one of the places, or at a dotted path of the row."""
    raws = [place[path] for place in places if path in place]
    if not raws and "." in path and (raw := at_path(line, path)) is not None:
        raws = [raw]
    return next((text for raw in raws if (text := _word(raw))), "")


def _unwrapped(members: Mapping[str, Raw]) -> Mapping[str, Raw]:
    """Return what an HTTP envelope holds."""
    if "body" in members and "messages" not in members and "contents" not in members:
        return opened(members["body"]) or members
    return members


def _parameters(request: Mapping[str, Raw], *, bare: bool) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    beside = frozenset(Row.__struct_fields__) - frozenset(Body.__struct_fields__)
    for name, raw in request.items():
        if name in PROMPT or not present(raw) or (bare and (name in beside or name not in _OF_BARE_ROW)):
            continue
        if name in _NESTED and (inside := members_of(raw)):
            found |= {f"{name}.{inner}": _compact(value) for inner, value in inside.items() if present(value)}
        else:
            found[name] = _compact(raw)
    return dict(sorted(found.items()))


def _compact(raw: Raw) -> bytes:
    return msgspec.json.format(bytes(raw), indent=-1)


def _word(raw: Raw) -> str:
    """Return text, a number or a truth value as text; a list or object as compact JSON; empty for null."""
    text = text_of(raw)
    if text or not present(raw) or bytes(raw)[:1] == b'"':
        return text
    return _compact(raw).decode("utf-8", "replace")


def _vector(raw: Raw) -> tuple[float, ...]:
    """Return the numbers of a list; nothing where it is no list of finite numbers."""
    data = bytes(raw)
    if data[:1] == b'"':
        data = (string_of(raw) or "").encode()
    try:
        values = msgspec.json.decode(data, type=tuple[float, ...])
    except UNREADABLE:
        return ()
    return values if all(map(math.isfinite, values)) else ()
