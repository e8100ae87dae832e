"""Statements followed in order: what they put under which names, and which paths come to an end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from cachelens.model.template import Span, SpanKind
from cachelens.templates.code import merge, tree
from cachelens.templates.code.machine import Frame, Machine, label
from cachelens.templates.code.names import bind_opaque, dotted
from cachelens.templates.code.values import Callable as Followable
from cachelens.templates.code.values import (
    Deferred,
    Imported,
    Items,
    Kind,
    Mapping,
    Reads,
    Repeat,
    Several,
    Value,
    joined,
    reads,
    variable,
    weight,
)


def _assign(machine: Machine, step: tree.Assign, frame: Frame) -> bool:
    value = machine.value(step.value, frame)
    for target in step.targets:
        put(machine, target, value, frame)
    return True


def put(machine: Machine, target: tree.Node, value: Value, frame: Frame) -> None:
    """Put a value under a name, an attribute, an item, or the parts of a tuple."""
    if isinstance(target, tree.Listing):
        plain = isinstance(value, Items) and not any(isinstance(e, Several | Repeat) for e in value.entries)
        if plain and isinstance(value, Items) and len(value.entries) == len(target.items):
            for item, entry in zip(target.items, value.entries, strict=True):
                put(machine, item, entry, frame)
        else:
            bind_opaque(machine, target, frame, reads(value))
        return
    if isinstance(target, tree.Table):
        _take_apart(machine, target, value, frame)
        return
    name = dotted(target)
    if not name:
        return
    if isinstance(target, tree.Member):
        base_name = dotted(target.base)
        base = frame.find(base_name)
        if isinstance(base, Mapping):
            frame.variables[base_name] = merge.mapping(
                base.at, [*base.pairs, (target.name, value)], machine.written(base)
            )
            return
    frame.variables[name] = value


def _take_apart(machine: Machine, target: tree.Table, value: Value, frame: Frame) -> None:
    for key, item in target.pairs:
        name = key.value if isinstance(key, tree.Literal) else ""
        inner = value.get(name) if isinstance(value, Mapping) else None
        if inner is not None:
            put(machine, item, inner, frame)
        else:
            bind_opaque(machine, item, frame, reads(value))


def _augment(machine: Machine, step: tree.Augment, frame: Frame) -> bool:
    name = dotted(step.target)
    before, added = machine.value(step.target, frame), machine.value(step.value, frame)
    at = frame.source.location(step.at)
    use = variable(
        frame.source.cut(step.target.at), frame.source.location(step.target.at), joined([reads(before), reads(added)])
    )
    value: Value
    if isinstance(before, Items) or isinstance(added, Items):
        have = before.entries if isinstance(before, Items) else (Several(before.at, before),)
        more = added.entries if isinstance(added, Items) else (Several(added.at, added),)
        value = merge.items(before.at, (*have, *more), "list", use)
    else:
        node = machine.opaque(step.value, frame, Reads())
        parts = (*merge.spans(before, use), *merge.spans(added, node))
        value = merge.text(at, parts, weight(before) + weight(added), use)
    if name:
        put(machine, step.target, value, frame)
    return True


def _do(machine: Machine, step: tree.Do, frame: Frame) -> bool:
    machine.for_effect = step.value
    machine.value(step.value, frame)
    return True


def _branch(machine: Machine, step: tree.Branch, frame: Frame) -> bool:
    found = reads(machine.value(step.test, frame))
    head = merge.span_with(machine.opaque(step.test, frame, found).span, kind=SpanKind.CONDITION)
    before = frame.variables
    outcomes: list[dict[str, Value]] = []
    for body in step.bodies:
        frame.variables = dict(before)
        if machine.run(body, frame):
            outcomes.append(frame.variables)
    if len(outcomes) < len(step.bodies):
        frame.head = step.test
    if not outcomes:
        frame.variables = before
        return False
    frame.variables = _merged(head, outcomes)
    return True


def _merged(head: Span, outcomes: list[dict[str, Value]]) -> dict[str, Value]:
    if len(outcomes) == 1:
        return outcomes[0]
    names: dict[str, None] = {}
    for outcome in outcomes:
        names.update(dict.fromkeys(outcome))
    return {name: merge.choose(head, [outcome[name] for outcome in outcomes if name in outcome]) for name in names}


def _loop(machine: Machine, step: tree.Loop, frame: Frame) -> bool:
    found = reads(machine.value(step.iterable, frame))
    at = frame.source.location(step.at)
    head = merge.span_with(variable(frame.source.cut(step.at), at, found).span, kind=SpanKind.LOOP)
    noted, results = len(machine.emissions), len(frame.results)
    _turn(machine, step, frame, head, found)
    if len(machine.emissions) > noted:
        # A prompt is sent inside: from the second turn on it holds what the turns before have added.
        del machine.emissions[noted:]
        del frame.results[results:]
        _turn(machine, step, frame, head, found)
    return True


def _turn(machine: Machine, step: tree.Loop, frame: Frame, head: Span, found: Reads) -> None:
    """Follow the body of a loop once, and tell what grew."""
    before = frame.variables
    frame.variables = dict(before)
    if step.target is not None:
        bind_opaque(machine, step.target, frame, found)
    machine.run(step.body, frame)
    frame.variables = {
        name: value if before.get(name) is value else merge.repeated(head, before.get(name), value)
        for name, value in frame.variables.items()
    }


def _return(machine: Machine, step: tree.Return, frame: Frame) -> bool:
    if step.value is not None:
        frame.results.append(machine.value(step.value, frame))
    return False


def _stop(_machine: Machine, _step: tree.Stop, _frame: Frame) -> bool:
    return False


def _define(machine: Machine, step: tree.Define, frame: Frame) -> bool:
    value = Followable(frame.source.location(step.at), step.function, frame)
    frame.variables[step.function.name] = value
    machine.waiting.append((step.function, frame, None))
    return True


def _class(machine: Machine, step: tree.Class, frame: Frame) -> bool:
    fields: dict[str, Value] = {}
    for base in step.bases:
        known = frame.find(dotted(base))
        if isinstance(known, Kind):
            fields.update(known.fields)
    inner = Frame(frame.source, frame, label(frame, step.name))
    noted = len(machine.waiting)
    machine.run(step.body, inner)
    fields.update(inner.variables)
    kind = Kind(frame.source.location(step.at), step, frame, fields)
    frame.variables[step.name] = kind
    # Names of a class are not in scope inside its methods: they are reached through the instance.
    methods = [
        (function, inner, kind) if defined_in is inner else (function, defined_in, owner)
        for function, defined_in, owner in machine.waiting[noted:]
    ]
    machine.waiting[noted:] = methods
    return True


def _import(machine: Machine, step: tree.Import, frame: Frame) -> bool:
    at = frame.source.location(step.at)
    frame.variables[step.name] = Deferred(at, partial(_imported, machine, step, frame), _full_name(step))
    return True


def _imported(machine: Machine, step: tree.Import, frame: Frame) -> Value:
    """Look into the module that a name comes from, when the name is first used."""
    found = machine.load(machine, frame.source, step)
    if found is not None:
        return found
    return Imported(frame.source.location(step.at), _full_name(step))


def _full_name(step: tree.Import) -> str:
    return ".".join(part for part in (step.module, step.symbol) if part) or step.name


STEPPERS: dict[type[tree.Statement], Callable[[Machine, Any, Frame], bool]] = {
    tree.Assign: _assign,
    tree.Augment: _augment,
    tree.Do: _do,
    tree.Branch: _branch,
    tree.Loop: _loop,
    tree.Return: _return,
    tree.Stop: _stop,
    tree.Define: _define,
    tree.Class: _class,
    tree.Import: _import,
}
