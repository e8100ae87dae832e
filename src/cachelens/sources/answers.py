"""The text that a response says, and the calls that it asks for, out of every dialect and out of streams."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from cachelens.sources.jsonl import UNREADABLE

_TEXTS = ("text", "output_text", "refusal")
_CALL_TYPES = frozenset({"tool_use", "function_call", "custom_tool_call", "server_tool_use"})
_CALL_KEYS = ("tool_calls", "function_call", "functionCall", "toolUse")
_IDS = frozenset({"id", "call_id", "tool_use_id", "toolUseId", "index", "status"})
"""Members of a call that are new with each response."""
_INSIDE = ("message", "content", "output", "parts", "choices", "candidates", "response", "body")
"""Where a response keeps what it says, from the outside in."""
_STREAMED = ("delta", "content_block", *_INSIDE)
_COMPLETE = frozenset({"response.completed", "response.done"})
"""Events that repeat the whole response."""
_REPEATS = frozenset({"response.output_text.done", "response.content_part.done", "response.output_item.done"})
"""Events that repeat what their deltas said."""


def answer_of(raw: bytes) -> tuple[str | None, str]:
    """Return the text of a response and its calls as JSON; `None` and nothing where it holds neither.

    `raw` is JSON: a response of any dialect, a list of the chunks of a stream, or the text of the answer itself.
    """
    try:
        value = msgspec.json.decode(raw)
    except UNREADABLE:
        return None, ""
    if isinstance(value, str):
        value = _opened(value)
    if isinstance(value, str):
        return (value or None), ""
    found = _Said()
    if isinstance(value, list) and _is_stream(value):
        _stream(value, found)
    else:
        found.add(value, _INSIDE)
    calls = found.calls
    if not found.texts and not calls:
        return None, ""
    return "".join(found.texts), json.dumps(calls, ensure_ascii=False, sort_keys=True) if calls else ""


def _opened(text: str) -> object:
    """Return the JSON, or the list of events, that a text holds; the text itself where it holds none."""
    body = text.strip()
    if body[:1] in ("{", "["):
        try:
            value: object = msgspec.json.decode(body.encode())
        except UNREADABLE:
            return text
        return value if _is_response(value) else text
    if body.startswith(("data:", "event:")):
        return list(_events(body))
    return text


def _is_response(value: object) -> bool:
    """Say whether a value looks like a response, and not like an answer that is JSON itself."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and not {"choices", "content", "candidates", "output", "type"}.isdisjoint(first)


def _events(body: str) -> Iterator[object]:
    for line in body.splitlines():
        payload = line.removeprefix("data:").strip()
        if payload.startswith("{"):
            try:
                yield msgspec.json.decode(payload.encode())
            except UNREADABLE:
                continue


def _is_stream(chunks: Sequence[object]) -> bool:
    return any(
        isinstance(chunk, dict) and ("choices" in chunk or "candidates" in chunk or _kind(chunk)) for chunk in chunks
    )


def _kind(chunk: Mapping[str, object]) -> str:
    kind = chunk.get("type")
    return kind if isinstance(kind, str) and ("_" in kind or "." in kind) and kind not in _CALL_TYPES else ""


def _stream(chunks: Sequence[object], found: _Said) -> None:
    """Add up the chunks of a stream; where one repeats the whole response, that one counts."""
    whole = [chunk for chunk in chunks if isinstance(chunk, dict) and chunk.get("type") in _COMPLETE]
    if whole:
        found.add(whole[-1], _INSIDE)
        return
    for chunk in chunks:
        if isinstance(chunk, dict) and chunk.get("type") not in _REPEATS:
            delta = chunk.get("delta")
            if isinstance(delta, str):
                found.texts.append(delta)
            else:
                found.add(chunk, _STREAMED)


class _Said:
    """What was said so far."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.calls: list[object] = []

    def add(self, value: object, inside: Sequence[str], depth: int = 10) -> None:
        """Collect what a value says; `inside` are the members that are opened."""
        if isinstance(value, list):
            for item in value if inside is _STREAMED else _first_choice(value):
                self.add(item, inside, depth - 1)
        elif isinstance(value, dict) and depth:
            self._member(value, inside, depth)

    def _member(self, value: Mapping[str, object], inside: Sequence[str], depth: int) -> None:
        if value.get("type") in _CALL_TYPES:
            self.calls.append(_without_ids(value))
            return
        if value.get("thought") is True or value.get("type") in ("thinking", "reasoning"):
            return
        for name in _CALL_KEYS:
            if value.get(name):
                found = value[name]
                self.calls += map(_without_ids, found if isinstance(found, list) else [found])
        for name in _TEXTS:
            if isinstance(text := value.get(name), str):
                self.texts.append(text)
                return
        for name in inside:
            part = value.get(name)
            if name == "content" and isinstance(part, str):
                self.texts.append(part)
            elif part is not None:
                self.add(part, inside, depth - 1)


def _first_choice(items: list[object]) -> list[object]:
    """Return the first of several choices: the answer that a caller takes; other lists whole."""
    choices: list[object] = [
        item for item in items if isinstance(item, dict) and ("finish_reason" in item or "finishReason" in item)
    ]
    return choices[:1] if choices else items


def _without_ids(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_ids(part) for name, part in value.items() if name not in _IDS}
    if isinstance(value, list):
        return [_without_ids(part) for part in value]
    return value
