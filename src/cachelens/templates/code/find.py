"""Calls that carry a prompt, recognised by their shape and turned into messages."""

from __future__ import annotations

import msgspec

from cachelens.model.location import Location
from cachelens.model.prompt import Role
from cachelens.model.template import MessageTemplate, Span, SpanKind
from cachelens.templates.code import merge, tree
from cachelens.templates.code.blocks import plain_text, with_mark
from cachelens.templates.code.fields import Bindings, fill
from cachelens.templates.code.layout import laid_out
from cachelens.templates.code.machine import Emission, Machine
from cachelens.templates.code.shapes import Section, Shape, load_shapes, shapes_of
from cachelens.templates.code.site import Site
from cachelens.templates.code.text_calls import mapping_bindings
from cachelens.templates.code.values import (
    Choice,
    Instance,
    Items,
    Made,
    Mapping,
    Opaque,
    Prompt,
    Reads,
    Text,
    Value,
    joined,
    reads,
)

_STYLES = {"jinja2": "jinja", "mustache": "mustache"}
SENT, BOUND, OBJECT, NAMED = 3, 2, 1, 0
_BINDS = {
    "format",
    "format_messages",
    "formatMessages",
    "format_prompt",
    "formatPromptValue",
    "partial",
    "aformat_messages",
}
_SENDS = {"invoke", "ainvoke", "stream", "astream", "batch", "abatch"}


def prompt_call(site: Site) -> Value | None:
    """Note the prompt of a call that carries one, and return the prompt if the call makes an object of it."""
    if isinstance(site.receiver, Prompt):
        return _bound(site, site.receiver)
    for shape in shapes_of(site.name, site.machine.dialect.id):
        if _fits(shape, site):
            return _found(shape, site)
    return None


def _fits(shape: Shape, site: Site) -> bool:
    if shape.made_by and not _made_by(site.receiver, shape.made_by):
        return False
    if not shape.needs:
        return True
    spread = any(name is None and not isinstance(value, Mapping) for name, value in site.named)
    return spread or any(_at_path(site, path) is not None for path in shape.needs)


def _made_by(value: Value | None, names: frozenset[str]) -> bool:
    while isinstance(value, Made):
        if value.name.rpartition(".")[2] in names:
            return True
        value = value.receiver
    if isinstance(value, Choice):
        return any(_made_by(branch, names) for branch in value.branches)
    return False


def _found(shape: Shape, site: Site) -> Value | None:
    messages: list[MessageTemplate] = []
    for section in shape.sections:
        path = next((path for path in section.paths if _at_path(site, path) is not None), "")
        if path and (found := _at_path(site, path)) is not None:
            messages.extend(_laid_out(section, found, _use(site, path, found), site))
    spread = [value for name, value in site.named if name is None and not isinstance(value, Mapping)]
    if not messages and spread:
        messages.extend(one for value in spread for one in laid_out(value, "messages", _as_used(site, value)))
    if not messages:
        return None
    rank = shape.rank
    if any(site.argument(name) is not None for name in load_shapes().asks):
        messages[-1] = with_mark(messages[-1])
    whole = rank == SENT and not spread and shape.bare
    emit(site.machine, site, rank, tuple(messages), _model(shape, site), whole=whole)
    if rank != OBJECT:
        return site.opaque(Reads(calls=(site.name,)))
    if not any(section.reads == "template" for section in shape.sections):
        return site.made(Reads(calls=(site.name,)), site.given())
    plain = len(messages) == 1 and "ChatPromptTemplate" not in site.name
    return Prompt(site.frame.source.location(site.node.at), tuple(messages), plain)


def _model(shape: Shape, site: Site) -> str:
    return next((text for path in shape.model if (text := plain_text(_at_path(site, path)))), "")


def _at_path(site: Site, path: str) -> Value | None:
    """Return the value at a path of argument names."""
    first, *rest = path.split(".")
    value: Value | None
    if first == "receiver":
        made = site.receiver
        while isinstance(made, Made):
            found = _inside(made, rest[0])
            if found is not None:
                return found
            made = made.receiver
        return None
    if first.isdecimal():
        value = site.positional[int(first)] if int(first) < len(site.positional) else None
    else:
        value = site.argument(first)
        if value is None and site.positional and isinstance(site.positional[0], Mapping):
            value = site.positional[0].get(first)
        if value is None and len(site.positional) > 1 and isinstance(site.positional[1], Mapping):
            value = site.positional[1].get(first)
    for name in rest:
        value = _inside(value, name)
    return value


def _inside(value: Value | None, name: str) -> Value | None:
    """Return what stands under a name, also inside the text that a dictionary was turned into."""
    match value:
        case Mapping():
            return value.get(name)
        case Instance(fields=fields):
            return fields.get(name)
        case Made(positional=positional) if name.isdecimal():
            return positional[int(name)] if int(name) < len(positional) else None
        case Made():
            found = value.get(name)
            first = value.positional[0] if value.positional else None
            return found if found is not None or not isinstance(first, Mapping) else first.get(name)
        case _:
            return None


def _use(site: Site, path: str, value: Value) -> Opaque:
    """Return an argument as it is written in the call."""
    first, *rest = path.split(".")
    node: tree.Node | None = site.node
    if first.isdecimal():
        node = site.node.positional[int(first)] if int(first) < len(site.node.positional) else None
    else:
        rest = [first, *rest]
    for name in rest:
        node = _node_under(node, name)
    return _as_used(site, value) if node is None else site.machine.opaque(node, site.frame, reads(value))


def _node_under(node: tree.Node | None, name: str) -> tree.Node | None:
    """Return the expression that is written under a name, in a call or in a dictionary."""
    if isinstance(node, tree.Call):
        found = next((inner for key, inner in node.named if key == name), None)
        if found is not None:
            return found
        tables = (argument for argument in node.positional if isinstance(argument, tree.Table))
        return next((inner for table in tables if (inner := _node_under(table, name)) is not None), None)
    if isinstance(node, tree.Table):
        return next((v for k, v in node.pairs if isinstance(k, tree.Literal) and k.value == name), None)
    return None


def _as_used(site: Site, value: Value) -> Opaque:
    return value if isinstance(value, Opaque) else site.opaque(reads(value))


def _laid_out(section: Section, value: Value, use: Opaque, site: Site) -> tuple[MessageTemplate, ...]:
    if section.reads != "template":
        return laid_out(value, section.reads, use)
    style = _STYLES.get(plain_text(_at_path(site, "template_format") or _at_path(site, "templateFormat")), "format")
    return laid_out(_filled(value, style, site.machine), "input", use)


def _filled(value: Value, style: str, machine: Machine) -> Value:
    """Turn the placeholders of prompt templates into variables; messages that are ready stay as they are."""
    match value:
        case Text():
            path = next((part.location.path for part in value.parts), value.at.path)
            return fill(value, style, Bindings(), machine.sources.get(path))
        case Items(entries=entries):
            roles = load_shapes().roles
            inner = tuple(e if plain_text(e) in roles else _filled(e, style, machine) for e in entries)
            return Items(value.at, inner, value.kind, value.weight)
        case Made(positional=positional, named=named) if "Template" in value.name:
            return Made(
                value.at,
                value.name,
                tuple(_filled(inner, style, machine) for inner in positional),
                tuple((name, _filled(inner, style, machine)) for name, inner in named),
                value.span,
                value.weight,
            )
        case _:
            return value


def _bound(site: Site, prompt: Prompt) -> Value | None:
    """Return a prompt object with values for its variables, and note it when it is sent."""
    tail = site.tail
    if tail not in _BINDS and tail not in _SENDS:
        return None
    bindings = site.bindings()
    if site.positional:
        first = mapping_bindings(site.positional[0])
        bindings = Bindings({**first.named, **bindings.named}, (), joined([first.rest, bindings.rest]))
    messages = tuple(_message(one, bindings) for one in prompt.messages)
    at = site.frame.source.location(site.node.at)
    if tail != "partial":
        emit(site.machine, site, BOUND, messages, "")
    if prompt.plain and tail == "format":
        parts = messages[0].spans
        return Text(at, parts, len(parts))
    return Prompt(at, messages, prompt.plain)


def _message(one: MessageTemplate, bindings: Bindings) -> MessageTemplate:
    spans = tuple(_span(span, bindings) for span in one.spans)
    return msgspec.structs.replace(one, spans=spans)


def _span(span: Span, bindings: Bindings) -> Span:
    branches = tuple(tuple(_span(inner, bindings) for inner in branch) for branch in span.branches)
    if span.kind is SpanKind.LITERAL:
        return span
    found = [
        reads(value) if (value := bindings.get(name.partition(".")[0], -1)) is not None else Reads()
        for name in span.names
    ]
    return merge.span_with(span, branches=branches, more=joined(found))


def emit(
    machine: Machine, site: Site, rank: int, messages: tuple[MessageTemplate, ...], model: str, *, whole: bool = False
) -> None:
    """Note a prompt."""
    at = site.frame.source.location(site.node.at)
    name = site.frame.owner
    source = site.frame.source.name
    machine.emissions.append(Emission(rank, name, (source, site.node.at), at, messages, model, machine.root, whole))


def emit_named(machine: Machine, name: str, at: Location, messages: tuple[MessageTemplate, ...]) -> None:
    """Note a prompt that is known by its name only."""
    call = (at.path, (at.line, at.column))
    machine.emissions.append(Emission(NAMED, name, call, at, messages, "", machine.root))


def text_message(value: Text) -> MessageTemplate:
    """Make a message of a text whose role nobody tells."""
    return MessageTemplate(role=Role.NONE, spans=value.parts, location=value.at)
