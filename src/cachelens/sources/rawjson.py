"""JSON values that were not decoded yet: their members, elements and text. Nothing here raises for bad content."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from cachelens.sources.jsonl import UNREADABLE, sanitise
from cachelens.sources.wire import NONE, NULL

_members = msgspec.json.Decoder(dict[str, Raw])
_elements = msgspec.json.Decoder(list[Raw])
_string = msgspec.json.Decoder(str)


def present(value: object) -> bool:
    """Say whether a key is there and not null."""
    if type(value) is not Raw:
        return value is not None
    return value is not NONE and (len(value) != len(NULL) or bytes(value) != NULL)


def members_of(raw: bytes | memoryview) -> dict[str, Raw]:
    """Return the members of a JSON object without decoding them; empty for another value."""
    try:
        members: dict[str, Raw] = _members.decode(raw)
    except UNREADABLE:
        return {}
    return members


def array_of(raw: bytes | memoryview) -> list[Raw] | None:
    """Return the elements of a JSON array without decoding them; `None` for another value."""
    try:
        elements: list[Raw] = _elements.decode(raw)
    except UNREADABLE:
        return None
    return elements


def elements_of(raw: bytes | memoryview) -> list[Raw]:
    """Return the elements of a JSON array; another value stands alone in a list."""
    elements = array_of(raw)
    if elements is None:
        return [raw if isinstance(raw, Raw) else Raw(bytes(raw))]
    return elements


def string_of(raw: bytes | memoryview) -> str | None:
    """Decode a JSON string, mending what is not Unicode; `None` for another value."""
    try:
        return _string.decode(raw)
    except UNREADABLE:
        data = bytes(raw)
        clean = sanitise(data) if data[:1] == b'"' else None
        return _string.decode(clean) if isinstance(clean, bytes) else None
