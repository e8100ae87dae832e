"""Expressions followed to values. Nothing is run: names are looked up, strings are put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cachelens.model.template import SpanKind
from cachelens.templates.code import merge, tree
from cachelens.templates.code.fields import Bindings, fill
from cachelens.templates.code.machine import Frame, Machine
from cachelens.templates.code.names import bind_opaque, canonical, dotted, has_call, own_names
from cachelens.templates.code.values import Callable as Followable
from cachelens.templates.code.values import (
    Imported,
    Instance,
    Items,
    Kind,
    Mapping,
    Opaque,
    Prompt,
    Reads,
    Repeat,
    Several,
    Text,
    Value,
    joined,
    literal,
    reads,
    variable,
    weight,
)


def _literal(_machine: Machine, node: tree.Literal, frame: Frame) -> Value:
    return literal(node.value, frame.source.location(node.at))


def _constant(_machine: Machine, node: tree.Constant, frame: Frame) -> Value:
    value = literal(node.text, frame.source.location(node.at))
    return Text(value.at, value.parts, 1, bare=True)


def _name(machine: Machine, node: tree.Name, frame: Frame) -> Value:
    found = frame.find(node.id)
    if found is None:
        return machine.opaque(node, frame, Reads(names=(node.id,)))
    return _used(machine, node, frame, found, node.id)


def _used(machine: Machine, node: tree.Node, frame: Frame, found: Value, name: str) -> Value:
    """Return a value at the place where it is used: what is only known by its source is known by both."""
    if isinstance(found, Opaque):
        return machine.opaque(node, frame, joined([Reads(names=(name,)), reads(found)]))
    if isinstance(found, Imported) and found.name in machine.dialect.machine_reads:
        return machine.opaque(node, frame, Reads(calls=(found.name,)))
    return found


def _member(machine: Machine, node: tree.Member, frame: Frame) -> Value:
    name = dotted(node)
    if name and (known := frame.find(name)) is not None:
        return _used(machine, node, frame, known, name)
    base = machine.value(node.base, frame)
    match base:
        case Mapping() if (under := base.get(node.name)) is not None:
            return _used(machine, node, frame, under, name)
        case Instance(fields=fields) | Kind(fields=fields) if node.name in fields:
            return _used(machine, node, frame, fields[node.name], name)
        case Imported():
            return _used(machine, node, frame, Imported(base.at, f"{base.name}.{node.name}"), name)
        case _:
            return _unknown_member(machine, node, frame, base, name)


def _unknown_member(machine: Machine, node: tree.Member, frame: Frame, base: Value, name: str) -> Value:
    full = canonical(node, frame)
    found = [Reads(names=(name,)) if name and not has_call(node) else Reads()]
    # The machine is read whichever part of it is asked for: `os.environ["USER"]`.
    while full:
        if full in machine.dialect.machine_reads:
            found = [Reads(calls=(full,)), *found]
            break
        full = full.rpartition(".")[0]
    if isinstance(base, Opaque) and isinstance(node.base, tree.Name | tree.Member):
        # The base's own name says less than the whole.
        own = base.span
        origins = reads(base).origins if own.origins else ()
        found.append(Reads(tuple(n for n in own.names if n != dotted(node.base)), own.calls, own.filters, origins))
    elif not isinstance(base, Imported):
        found.append(reads(base))
        if isinstance(node.base, tree.Call):
            found.append(Reads(filters=(node.name,)))
    return machine.opaque(node, frame, joined(found))


def _index(machine: Machine, node: tree.Index, frame: Frame) -> Value:
    base = machine.value(node.base, frame)
    if node.index is None:
        return _slice(machine, node, frame, base)
    inner = machine.value(node.index, frame)
    if isinstance(base, Items) and isinstance(node.index, tree.Constant) and node.index.text.isdecimal():
        position = int(node.index.text[:6])
        if position < len(base.entries) and not any(isinstance(e, Several | Repeat) for e in base.entries):
            return base.entries[position]
    if isinstance(base, Prompt | Followable):
        return base
    return machine.opaque(node, frame, joined([reads(base), reads(inner)]))


def _slice(machine: Machine, node: tree.Index, frame: Frame, base: Value) -> Value:
    cut = Reads(names=own_names(node.base), filters=(f"[{node.label}]",))
    if isinstance(base, Items) and any(isinstance(entry, Several | Repeat) for entry in base.entries):
        # A window over something that grows: its content moves.
        head = machine.opaque(node, frame, joined([reads(base), cut])).span
        return Items(
            base.at,
            (Repeat(head.location, merge.span_with(head, kind=SpanKind.LOOP), base.entries),),
            "list",
            base.weight,
        )
    return machine.opaque(node, frame, joined([reads(base), cut]))


def _join(machine: Machine, node: tree.Join, frame: Frame) -> Value:
    found = [(part, machine.value(part, frame)) for part in node.parts]
    at = frame.source.location(node.at)
    use = machine.opaque(node, frame, joined(reads(value) for _, value in found))
    if not node.text and any(isinstance(value, Items) for _, value in found):
        entries: list[Value] = []
        for _, value in found:
            entries.extend(value.entries if isinstance(value, Items) else (Several(value.at, value),))
        return merge.items(at, entries, "list", use)
    if not node.text and all(isinstance(value, Mapping | Opaque) for _, value in found) and _any_mapping(found):
        return merge.mapping(at, [(None, value) for _, value in found], use)
    if len(found) == 1 and not node.text:
        return found[0][1]
    parts = [
        span
        for part, value in found
        for span in merge.spans(value, machine.opaque(part, frame, Reads(names=own_names(part))))
    ]
    return merge.text(at, parts, sum(weight(value) for _, value in found), use)


def _any_mapping(found: list[tuple[tree.Node, Value]]) -> bool:
    return any(isinstance(value, Mapping) for _, value in found)


def _formatted(machine: Machine, node: tree.Formatted, frame: Frame) -> Value:
    value = machine.value(node.value, frame)
    if isinstance(value, Text) and all(part.kind is SpanKind.LITERAL for part in value.parts):
        return value
    return machine.opaque(
        node.value, frame, joined([Reads(names=own_names(node.value)), reads(value), Reads(filters=node.filters)])
    )


def _listing(machine: Machine, node: tree.Listing, frame: Frame) -> Value:
    entries: list[Value] = []
    for item in node.items:
        if isinstance(item, tree.Spread):
            value = machine.value(item.value, frame)
            entries.extend(value.entries if isinstance(value, Items) else (Several(value.at, value),))
        else:
            entries.append(machine.value(item, frame))
    found = joined(reads(entry) for entry in entries)
    if node.kind == "set":
        return machine.source(node, frame, Reads(calls=("set",)), found._replace(filters=()))
    use = machine.opaque(node, frame, found)
    return merge.items(frame.source.location(node.at), entries, node.kind, use)


def _table(machine: Machine, node: tree.Table, frame: Frame) -> Value:
    pairs: list[tuple[str | None, Value]] = []
    for key, item in node.pairs:
        value = machine.value(item, frame)
        if key is None:
            pairs.extend(value.pairs if isinstance(value, Mapping) else ((None, value),))
            continue
        name = machine.value(key, frame)
        simple = isinstance(name, Text) and len(name.parts) == 1 and name.parts[0].kind is SpanKind.LITERAL
        pairs.append((name.parts[0].text, value) if isinstance(name, Text) and simple else ("", value))
    use = machine.opaque(node, frame, joined(reads(value) for _, value in pairs))
    return merge.mapping(frame.source.location(node.at), pairs, use)


def _spread(machine: Machine, node: tree.Spread, frame: Frame) -> Value:
    value = machine.value(node.value, frame)
    return Several(value.at, value)


def _either(machine: Machine, node: tree.Either, frame: Frame) -> Value:
    test = machine.value(node.test, frame)
    branches = [machine.value(branch, frame) for branch in node.branches]
    head = merge.span_with(machine.opaque(node.test, frame, reads(test)).span, kind=SpanKind.CONDITION)
    if all(isinstance(branch, Opaque) for branch in branches):
        return machine.opaque(node, frame, joined([reads(test), *(reads(branch) for branch in branches)]))
    return merge.choose(head, branches)


def _each(machine: Machine, node: tree.Each, frame: Frame) -> Value:
    inner = Frame(frame.source, frame, frame.owner)
    over: list[Reads] = []
    for target, iterable in zip(node.targets, node.iterables, strict=True):
        found = reads(machine.value(iterable, inner))
        over.append(found)
        bind_opaque(machine, target, inner, found)
    element = machine.value(node.element, inner)
    found = joined(over)
    if node.kind != "list":
        inside = joined([found, reads(element)])
        if node.kind == "set":
            return machine.source(node, frame, Reads(calls=("set",)), inside._replace(filters=()))
        return machine.opaque(node, frame, inside)
    location = frame.source.location(node.head)
    head = merge.span_with(variable(frame.source.cut(node.head), location, found).span, kind=SpanKind.LOOP)
    return Items(frame.source.location(node.at), (Repeat(location, head, (element,)),), "list", 1 + weight(element))


def _function(machine: Machine, node: tree.Function, frame: Frame) -> Value:
    machine.waiting.append((node, frame, None))
    return Followable(frame.source.location(node.at), node, frame)


def _percent(machine: Machine, node: tree.Percent, frame: Frame) -> Value:
    left, right = machine.value(node.left, frame), machine.value(node.right, frame)
    if not isinstance(left, Text):
        return machine.opaque(node, frame, joined([reads(left), reads(right)]))
    match right:
        case Mapping(pairs=pairs):
            named = {name: value for name, value in pairs if name is not None}
            bindings = Bindings(named=named, rest=joined(reads(value) for name, value in pairs if name is None))
        case Items(entries=entries):
            bindings = Bindings(positional=entries)
        case _:
            bindings = Bindings(positional=(right,), rest=reads(right))
    return fill(left, "percent", bindings, machine.sources.get(left.at.path))


def _pipe(machine: Machine, node: tree.Pipe, frame: Frame) -> Value:
    parts = [machine.value(part, frame) for part in node.parts]
    for part in parts:
        if isinstance(part, Prompt):
            return part
    if all(isinstance(part, Mapping) for part in parts):
        pairs = [pair for part in parts if isinstance(part, Mapping) for pair in part.pairs]
        return merge.mapping(frame.source.location(node.at), pairs, machine.opaque(node, frame, Reads()))
    return machine.opaque(node, frame, joined(reads(part) for part in parts))


def _bind(machine: Machine, node: tree.Bind, frame: Frame) -> Value:
    value = machine.value(node.value, frame)
    if name := dotted(node.target):
        frame.variables[name] = value
    return value


def _other(machine: Machine, node: tree.Other, frame: Frame) -> Value:
    return machine.opaque(node, frame, joined(reads(machine.value(child, frame)) for child in node.children))


def _call(machine: Machine, node: tree.Call, frame: Frame) -> Value:
    return machine.dialect.call(machine, node, frame)


EVALUATORS: dict[type[tree.Node], Callable[[Machine, Any, Frame], Value]] = {
    tree.Literal: _literal,
    tree.Constant: _constant,
    tree.Name: _name,
    tree.Member: _member,
    tree.Index: _index,
    tree.Join: _join,
    tree.Formatted: _formatted,
    tree.Listing: _listing,
    tree.Table: _table,
    tree.Spread: _spread,
    tree.Either: _either,
    tree.Each: _each,
    tree.Function: _function,
    tree.Percent: _percent,
    tree.Pipe: _pipe,
    tree.Bind: _bind,
    tree.Other: _other,
    tree.Call: _call,
}
