"""Content laid out: texts and blocks, each cache mark the end of a message of its own."""

from __future__ import annotations

import msgspec

from cachelens.model.location import Location
from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, Span, SpanKind
from cachelens.templates.code import merge
from cachelens.templates.code.json_text import as_json, at_of, inner_use
from cachelens.templates.code.shapes import load_shapes
from cachelens.templates.code.values import (
    Choice,
    Items,
    Made,
    Mapping,
    Opaque,
    Prompt,
    Repeat,
    Several,
    Text,
    Value,
)

Messages = tuple[MessageTemplate, ...]
_OPTIONS = {"providerOptions", "provider_options"}
_DEEPEST_OPTIONS = 2


def plain_text(value: Value | None) -> str:
    """Return the text of a value that is one literal, else nothing."""
    parts = value.parts if isinstance(value, Text) else ()
    return parts[0].text if len(parts) == 1 and parts[0].kind is SpanKind.LITERAL else ""


def message(
    spans: tuple[Span, ...], at: Location, role: Role, section: str = "message", *, mark: str | None = None
) -> MessageTemplate:
    """Make a message; `mark` is the lifetime of its cache mark, empty where that is not said."""
    marked = mark is not None
    return MessageTemplate(role=role, spans=spans, location=at, section=section, marked=marked, lifetime=mark or "")


def with_mark(last: MessageTemplate, mark: str = "") -> MessageTemplate:
    """Return a message with a cache mark at its end."""
    return msgspec.structs.replace(last, marked=True, lifetime=mark or last.lifetime)


def mark_of(value: Value, depth: int = 0) -> str | None:
    """Return the lifetime of the cache mark of a tool, block or message, be it inside a provider's options.

    `None` without a mark, empty for one that does not say how long.
    """
    pairs = value.pairs if isinstance(value, Mapping) else value.named if isinstance(value, Made) else ()
    for name, inner in pairs:
        if name in load_shapes().marks:
            return plain_text(inner.get("ttl")) if isinstance(inner, Mapping | Made) else ""
    if depth >= _DEEPEST_OPTIONS:
        return None
    found = (mark_of(inner, depth + 1) for name, inner in pairs if depth or name in _OPTIONS)
    return next((mark for mark in found if mark is not None), None)


def conditional(head: Span, branches: list[Messages]) -> Messages:
    """Return one message whose content depends on a condition."""
    first = next((messages[0] for messages in branches if messages), None)
    if first is None:
        return ()
    inner = tuple(tuple(span for one in messages for span in one.spans) for messages in branches)
    span = merge.span_with(head, branches=inner, kind=SpanKind.CONDITION)
    mark = next((one.lifetime for branch in branches for one in branch if one.marked), None)
    return (message((span,), first.location, first.role, first.section, mark=mark),)


def content_of(value: Made) -> Value | None:
    """Return what a message or block object holds."""
    for key in load_shapes().contents:
        if (found := value.get(key)) is not None:
            return found
    first = value.positional[0] if value.positional else None
    if isinstance(first, Mapping):
        return next((found for key in load_shapes().contents if (found := first.get(key)) is not None), first)
    return first


def blocks(value: Value, use: Opaque, role: Role, section: str, at: Location | None = None) -> Messages:
    """Lay out content: a text, or blocks; each cache mark ends a message of its own."""
    place = at or use.at
    if isinstance(value, Choice) and any(isinstance(branch, Items | Mapping | Made) for branch in value.branches):
        return conditional(value.head, [blocks(branch, use, role, section, at) for branch in value.branches])
    if not isinstance(value, Items):
        spans, mark = _block(value, use)
        return (message(spans, place, role, section, mark=mark),)
    found_messages: list[MessageTemplate] = []
    run: list[Span] = []
    for entry in value.entries:
        if isinstance(entry, Mapping) and entry.get("cachePoint") is not None:
            found_messages.append(message(tuple(run), place, role, section, mark=mark_of(entry)))
            run = []
            continue
        spans, mark = _block(entry, at_of(entry, use))
        run.extend(spans)
        if mark is not None:
            found_messages.append(
                message(tuple(run), place if len(value.entries) == 1 else entry.at, role, section, mark=mark)
            )
            run = []
    if run or not found_messages:
        found_messages.append(message(tuple(run), place, role, section))
    return tuple(found_messages)


def _block(value: Value, use: Opaque) -> tuple[tuple[Span, ...], str | None]:
    """Lay out one block of content, with the lifetime of its mark."""
    match value:
        case Mapping():
            content = next((found for key in load_shapes().contents if (found := value.get(key)) is not None), None)
            if isinstance(content, Text | Opaque | Choice):
                return merge.spans(content, use), mark_of(value)
            if isinstance(content, Items):
                return tuple(
                    span for entry in content.entries for span in _block(entry, at_of(entry, use))[0]
                ), mark_of(value)
            return as_json(value, use), mark_of(value)
        case Made():
            content = content_of(value) if _is_block(value) else None
            return merge.spans(value if content is None else content, use), mark_of(value)
        case Repeat(head=head, entries=entries):
            inner = tuple(span for entry in entries for span in _block(entry, at_of(entry, use))[0])
            return (merge.span_with(head, branches=(inner,)),), None
        case Several(value=inner_value):
            return _block(inner_value, at_of(inner_value, inner_use(inner_value)))
        case Items(entries=entries):
            return tuple(span for entry in entries for span in _block(entry, at_of(entry, use))[0]), None
        case Prompt(messages=messages):
            return tuple(span for one in messages for span in one.spans), None
        case _:
            return merge.spans(value, use), None


def _is_block(value: Made) -> bool:
    shapes = load_shapes()
    parts = value.name.split(".")
    return (
        ".".join(parts[-2:]) in shapes.blocks
        or parts[-1] in shapes.blocks
        or any(part in shapes.messages for part in parts)
    )
