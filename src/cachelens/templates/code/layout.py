"""Values laid out as messages: roles, history, tools and cache marks, in the order in which they are sent."""

from __future__ import annotations

import msgspec

from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, Span, SpanKind
from cachelens.templates.code import merge
from cachelens.templates.code.blocks import (
    Messages,
    blocks,
    conditional,
    content_of,
    mark_of,
    message,
    plain_text,
    with_mark,
)
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
    literal,
    reads,
)

_MOST_DEPTH = 24


def laid_out(value: Value, how: str, use: Opaque) -> Messages:
    """Lay an argument out as its section asks for; `use` is the argument as written."""
    match how:
        case "tools":
            return _tools(value, use)
        case "system":
            return blocks(value, use, Role.SYSTEM, "system")
        case "schema":
            return (message(as_json(value, use), use.at, Role.NONE, "schema"),)
        case "input" if not _listed(value):
            return blocks(value, use, Role.USER, "message")
        case _:
            return _messages(value, use, Role.USER if how == "input" else Role.NONE, 0)


def _listed(value: Value) -> bool:
    return isinstance(value, Items | Prompt) or (
        isinstance(value, Choice) and any(_listed(branch) for branch in value.branches)
    )


def _tools(value: Value, use: Opaque) -> Messages:
    if isinstance(value, Mapping):
        return tuple(
            message(_named_tool(name, tool, use), tool.at, Role.NONE, "tools", mark=mark_of(tool))
            for name, tool in value.pairs
        )
    if not isinstance(value, Items):
        return (message(as_json(value, use), use.at, Role.NONE, "tools"),)
    found: list[MessageTemplate] = []
    for tool in value.entries:
        if found and isinstance(tool, Mapping) and any(name == "cachePoint" for name, _ in tool.pairs):
            found[-1] = with_mark(found[-1], mark_of(tool) or "")
        else:
            found.append(message(as_json(tool, at_of(tool, use)), tool.at, Role.NONE, "tools", mark=mark_of(tool)))
    return tuple(found)


def _named_tool(name: str | None, tool: Value, use: Opaque) -> tuple[Span, ...]:
    spans = as_json(tool, at_of(tool, use))
    return (*literal(f'"{name}": ', tool.at).parts, *spans) if name else spans


def _messages(value: Value, use: Opaque, role: Role, depth: int) -> Messages:
    """Lay out a list of messages, or what stands for one."""
    if depth > _MOST_DEPTH:
        return ()
    match value:
        case Items(entries=entries) if not _pair(value):
            found: list[MessageTemplate] = []
            for entry in entries:
                found.extend(_entry(entry, at_of(entry, use), role, depth + 1))
            return tuple(found)
        case Prompt(messages=messages):
            return messages
        case Choice(head=head, branches=branches):
            return conditional(head, [_messages(branch, use, role, depth + 1) for branch in branches])
        case Text() | Made() | Mapping() | Items():
            return _entry(value, use, role, depth + 1)
        case _:
            found_reads = reads(value)
            span = merge.span_with(use.span, more=found_reads)
            return (message((span,), use.at, Role.NONE, "history"),)


def _pair(value: Items) -> bool:
    """Tell whether a sequence is a message written as (role, content)."""
    return len(value.entries) == 2 and plain_text(value.entries[0]) in load_shapes().roles  # noqa: PLR2004


def _entry(value: Value, use: Opaque, role: Role, depth: int) -> Messages:
    """Lay out one entry of a list of messages."""
    match value:
        case Repeat(head=head, entries=entries):
            inner = [one for entry in entries for one in _entry(entry, at_of(entry, use), role, depth + 1)]
            spans = tuple(span for one in inner for span in one.spans)
            return (message((merge.span_with(head, branches=(spans,)),), head.location, Role.NONE, "history"),)
        case Several(value=inner_value):
            return _messages(inner_value, at_of(inner_value, inner_use(inner_value)), role, depth + 1)
        case Mapping():
            return _mapped(value, use, role)
        case Made():
            return _made(value, use, role)
        case Prompt(messages=messages):
            return messages
        case Choice(head=head, branches=branches):
            return conditional(head, [_entry(branch, use, role, depth + 1) for branch in branches])
        case Items(entries=entries) if _pair(value):
            return _tuple(value, use)
        case Items():
            return _messages(value, use, role, depth + 1)
        case Text(parts=parts):
            return (message(parts, value.at, role or Role.USER),)
        case _:
            return (message(merge.spans(value, use), value.at, role),)


def _tuple(value: Items, use: Opaque) -> Messages:
    word, content = plain_text(value.entries[0]), value.entries[1]
    if word == "placeholder":
        return (message(merge.spans(content, use), value.at, Role.NONE, "history"),)
    return blocks(content, at_of(content, use), load_shapes().role(word), "message", value.at)


def _mapped(value: Mapping, use: Opaque, role: Role) -> Messages:
    written = value.get("role")
    role = load_shapes().role(plain_text(written)) if written is not None else role
    content = next((found for key in load_shapes().contents if (found := value.get(key)) is not None), None)
    if content is None:
        return (message(as_json(value, use), value.at, role, mark=mark_of(value)),)
    laid = blocks(content, at_of(content, use), role, "message", value.at)
    known = {*load_shapes().aside, *load_shapes().contents}
    extra = tuple((name, inner) for name, inner in value.pairs if name not in known)
    last = laid[-1]
    if extra:
        spans = as_json(Mapping(value.at, extra, 1), use)
        last = msgspec.structs.replace(last, spans=(*last.spans, *spans), role=role)
    mark = mark_of(value)
    return (*laid[:-1], last if mark is None else with_mark(last, mark))


def _made(value: Made, use: Opaque, role: Role) -> Messages:
    """Lay out an object: a message of a known class, or one that has a role and content."""
    tail = value.name.rpartition(".")[2]
    kinds = load_shapes().messages
    owner = next((part for part in reversed(value.name.split(".")) if part in kinds), "")
    written = kinds.get(owner)
    if written is None:
        content = value.get("content")
        if content is None or value.get("role") is None:
            return (message((value.span,), value.at, role),)
        written = ""
    if written == "history":
        name = (
            value.get("variable_name")
            or value.get("variableName")
            or (value.positional[0] if value.positional else None)
        )
        return (message((_placeholder(value, name),), value.at, Role.NONE, "history"),)
    role = load_shapes().role(written or plain_text(value.get("role")) or tail)
    content = content_of(value)
    if content is None:
        return (message((value.span,), value.at, role),)
    return blocks(content, at_of(content, use), role, "message", value.at)


def _placeholder(value: Made, name: Value | None) -> Span:
    text = plain_text(name)
    return Span(
        kind=SpanKind.VARIABLE, location=value.at, text=value.span.text, names=(text,) if text else value.span.names
    )
