"""Values written as the JSON that is sent for them: tools, schemas, blocks of other kinds."""

from __future__ import annotations

import json

from cachelens.model.location import Location
from cachelens.model.template import Span, SpanKind
from cachelens.templates.code import merge
from cachelens.templates.code.shapes import load_shapes
from cachelens.templates.code.values import (
    Callable,
    Choice,
    Imported,
    Instance,
    Items,
    Kind,
    Made,
    Mapping,
    Opaque,
    Prompt,
    Repeat,
    Several,
    Text,
    Value,
    literal,
    reads,
    variable,
)

_MOST_DEPTH = 24
_BARE = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
_NO_OTHER = "function"
"""What a function without a name is called."""


def as_json(value: Value, use: Opaque, depth: int = 0) -> tuple[Span, ...]:
    """Write a value as JSON; `use` stands for what is no part of it."""
    if depth > _MOST_DEPTH:
        return (use.span,)
    match value:
        case Text():
            return _string(value)
        case Mapping(pairs=pairs):
            return _object(pairs, value.at, use, depth)
        case Items(entries=entries):
            return _between([_entry(entry, use, depth) for entry in entries], "[", "]", value.at)
        case Repeat() | Several() | Choice():
            return _entry(value, use, depth)
        case Made():
            return _made(value, use, depth)
        case Callable() | Kind():
            return literal(_name(value), value.at).parts
        case Instance() | Imported() | Prompt():
            return (merge.span_with(use.span, more=reads(value)),)
        case _:
            return merge.spans(value, use)


def _entry(value: Value, use: Opaque, depth: int) -> tuple[Span, ...]:
    match value:
        case Repeat(head=head, entries=entries):
            body = tuple(span for entry in entries for span in _entry(entry, use, depth))
            return (merge.span_with(head, branches=(body,)),)
        case Several(value=inner):
            return as_json(inner, at_of(inner, inner_use(inner)), depth + 1)
        case Choice(head=head, branches=branches):
            return (merge.span_with(head, branches=tuple(_entry(branch, use, depth + 1) for branch in branches)),)
        case _:
            return as_json(value, at_of(value, use), depth + 1)


def _made(value: Made, use: Opaque, depth: int) -> tuple[Span, ...]:
    """Write what a library's class or wrapper was given: `types.Tool(...)`, `tool({...})`."""
    first = value.positional[0] if len(value.positional) == 1 else None
    if isinstance(first, Mapping):
        return as_json(first, use, depth + 1)
    if value.named and value.name.rpartition(".")[2][:1].isupper():
        return _object(value.named, value.at, use, depth + 1)
    return merge.spans(value, use)


def _name(value: Callable | Kind) -> str:
    """Return what stands for a function or class that a library describes to the model."""
    if isinstance(value, Kind):
        return value.definition.name
    function = value.function
    return f"{function.name}: {function.summary}" if function.summary else function.name or _NO_OTHER


def _string(value: Text) -> tuple[Span, ...]:
    if value.bare:
        return tuple(_literal(_BARE.get(part.text, part.text), part.location) for part in value.parts)
    if len(value.parts) == 1 and value.parts[0].kind is not SpanKind.LITERAL:
        return value.parts
    inner = [
        (_literal(json.dumps(part.text, ensure_ascii=False)[1:-1], part.location),)
        if part.kind is SpanKind.LITERAL
        else (part,)
        for part in value.parts
    ]
    return _run([(_literal('"', value.at),), *inner, (_literal('"', value.at),)])


def _literal(text: str, at: Location) -> Span:
    return Span(kind=SpanKind.LITERAL, location=at, text=text)


def _object(pairs: tuple[tuple[str | None, Value], ...], at: Location, use: Opaque, depth: int) -> tuple[Span, ...]:
    inner: list[tuple[Span, ...]] = []
    for name, value in pairs:
        if name in load_shapes().marks:
            continue
        spans = _entry(value, use, depth)
        inner.append((_literal(f"{json.dumps(name)}: ", value.at), *spans) if name is not None else spans)
    return _between(inner, "{", "}", at)


def _between(inner: list[tuple[Span, ...]], opening: str, closing: str, at: Location) -> tuple[Span, ...]:
    """Put parts between brackets."""
    found: list[tuple[Span, ...]] = [(_literal(opening, at),)]
    for index, spans in enumerate(inner):
        found.extend([(_literal(", ", at),)] if index else [])
        found.append(spans)
    return _run([*found, (_literal(closing, at),)])


def _run(pieces: list[tuple[Span, ...]]) -> tuple[Span, ...]:
    """Put parts one after the other; literals that follow each other become one, placed where the longest stands."""
    merged: list[Span] = []
    for span in (span for piece in pieces for span in piece):
        last = merged[-1] if merged else None
        if last is not None and span.kind is SpanKind.LITERAL and last.kind is SpanKind.LITERAL:
            longest = last if len(last.text) >= len(span.text) else span
            merged[-1] = _literal(last.text + span.text, longest.location)
        else:
            merged.append(span)
    return tuple(merged)


def at_of(value: Value, use: Opaque) -> Opaque:
    """Return what stands for a value that is no text: its own source where that is known."""
    return Opaque(value.at, value.span) if isinstance(value, Opaque | Made) else use


def inner_use(value: Value) -> Opaque:
    """Return what stands for a value of which no source is at hand."""
    return variable("", value.at, reads(value))
