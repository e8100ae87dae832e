"""Reading one field: text, time, span, a member of an object; from raw JSON or from a decoded scalar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Raw

from cachelens.sources.instants import instant_us, number_us, span_us, text_us
from cachelens.sources.jsonl import UNREADABLE
from cachelens.sources.rawjson import members_of
from cachelens.sources.wire import NONE

_TEXT = msgspec.json.Decoder(str)
_SESSION_IN_USER = re.compile(r"session_([0-9a-fA-F-]{36})$")


def text_of(value: object) -> str:
    """Return a JSON string, or a number as text; empty for anything else."""
    if type(value) is str:
        return value
    if type(value) is not Raw:
        return "" if value is None else str(value)
    data = bytes(value)
    if data[:1] == b'"':
        if b"\\" not in data:
            return data[1:-1].decode("utf-8", "replace")
        try:
            return str(_TEXT.decode(data))
        except UNREADABLE:
            return ""
    return data.decode("ascii", "replace") if data[:1] in b"0123456789-" else ""


def first_text(row: object, names: Iterable[str]) -> str:
    """Return the first of these fields that holds text or a number; empty if none does."""
    for name in names:
        value = getattr(row, name)
        if value is not NONE and (text := text_of(value)):
            return text
    return ""


def member_text(members: Mapping[str, Raw], names: Iterable[str]) -> str:
    """Return the first of these members that holds text or a number; empty if none does."""
    for name in names:
        raw = members.get(name)
        if raw is not None and (text := text_of(raw)):
            return text
    return ""


def first_instant(row: object, names: Iterable[str]) -> int | None:
    """Return the first of these fields that holds a time, in microseconds UTC."""
    for name in names:
        value = getattr(row, name)
        if value is NONE or value is None:
            continue
        if type(value) is str:
            moment = text_us(value)
        elif type(value) is Raw:
            moment = instant_us(bytes(value))
        else:
            moment = number_us(str(value))
        if moment is not None:
            return moment
    return None


def first_span(row: object, units: Iterable[tuple[str, int]]) -> int | None:
    """Return the first of these fields that holds a length of time, in microseconds."""
    for name, unit in units:
        value = getattr(row, name)
        if value is NONE or value is None:
            continue
        span = span_us(bytes(value) if type(value) is Raw else str(value).encode(), unit)
        if span is not None:
            return span
    return None


def session_in_user(user: str) -> str:
    """Return the session that some clients write at the end of the user id; empty if there is none."""
    found = _SESSION_IN_USER.search(user)
    return found.group(1) if found else ""


def at_path(line: bytes, path: str) -> Raw | None:
    """Return the value at a dotted path (`metadata.thread`) of a JSON object; `None` if it is not there.

    A key that has a dot in it is found too.
    """
    current: bytes = line
    rest = path
    while rest:
        members = members_of(current)
        if rest in members:
            return members[rest]
        name, _, rest = rest.partition(".")
        if name not in members:
            return None
        current = members[name]
    return None
