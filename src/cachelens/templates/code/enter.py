"""Functions and classes of the source: followed where they are called, and on their own."""

from __future__ import annotations

from cachelens.model.template import Origin, SpanKind
from cachelens.templates.code import merge, tree
from cachelens.templates.code.growth import grown_fields
from cachelens.templates.code.machine import MOST_CALLS, Frame, Machine, label
from cachelens.templates.code.site import Site
from cachelens.templates.code.values import (
    Callable,
    Instance,
    Kind,
    Mapping,
    Opaque,
    Reads,
    Several,
    Text,
    Value,
    joined,
    reads,
    variable,
)

CONSTRUCTORS = ("__init__", "constructor")
_TELLING = 40
"""A default text of this length is worth showing."""

Named = tuple[tuple[str | None, Value], ...]


def enter(machine: Machine, called: Callable, site: Site, positional: tuple[Value, ...], named: Named) -> Value:
    """Follow a function with the arguments of a call, and return its result."""
    function = called.function
    given = joined(reads(value) for value in (*positional, *(value for _, value in named)))
    own = Reads(calls=(site.name,) if site.name else ())
    again = id(function) in machine.entered or len(machine.entered) >= MOST_CALLS
    if again or function.generator or not machine.has_time():
        return site.opaque(own, given)
    frame = Frame(called.frame.source, called.frame, label(called.frame, function.name))
    _bind(machine, called, frame, positional, named)
    machine.followed.add(id(function))
    result = _results(machine, function, frame)
    if called.owner is not None and function.name in CONSTRUCTORS:
        called.owner.fields.update(_own_fields(function, frame))
    if result is None:
        return site.opaque(own, given)
    return site.opaque(own, reads(result)) if isinstance(result, Opaque) else result


def _results(machine: Machine, function: tree.Function, frame: Frame) -> Value | None:
    machine.entered.append(id(function))
    try:
        machine.run(function.body, frame)
    finally:
        machine.entered.pop()
    return settled(machine, frame)


def settled(machine: Machine, frame: Frame) -> Value | None:
    """Return what a function returned, whichever way it went."""
    if not frame.results:
        return None
    if len(frame.results) == 1 or frame.head is None:
        return frame.results[-1]
    found = reads(machine.value(frame.head, frame))
    head = merge.span_with(machine.opaque(frame.head, frame, found).span, kind=SpanKind.CONDITION)
    return merge.choose(head, frame.results)


def follow_alone(machine: Machine, function: tree.Function, outer: Frame, owner: Instance | None) -> Frame:
    """Follow a function of which no call is looked at: its parameters stand for themselves."""
    frame = Frame(outer.source, outer, label(outer, function.name))
    parameters = list(function.parameters)
    if owner is not None and function.plain:
        _bind_owner(function, frame, owner)
        parameters = parameters[1:] if _takes_owner(function) else parameters
    for parameter in parameters:
        _stand_in(machine, parameter, outer, frame)
    machine.entered.append(id(function))
    try:
        machine.run(function.body, frame)
    finally:
        machine.entered.pop()
    return frame


def _takes_owner(function: tree.Function) -> bool:
    return bool(function.parameters) and function.parameters[0].name in {"self", "cls"}


def _bind_owner(function: tree.Function, frame: Frame, owner: Instance) -> None:
    frame.variables[function.parameters[0].name if _takes_owner(function) else "this"] = owner


def _stand_in(machine: Machine, parameter: tree.Parameter, outer: Frame, frame: Frame) -> None:
    """Put a parameter under its own name, with its default as where it may come from."""
    if parameter.keys:
        for key in parameter.keys:
            _stand_in(machine, key, outer, frame)
        return
    at = outer.source.location(parameter.at)
    origins = [Origin(expression=parameter.name, location=at)]
    found = Reads(names=(parameter.name,))
    default: Value | None = None
    if parameter.default is not None:
        default = machine.value(parameter.default, outer)
        inner = reads(default)
        if inner.calls or inner.names:
            text = outer.source.cut(parameter.default.at)
            origins.append(
                Origin(expression=text, location=outer.source.location(parameter.default.at), calls=inner.calls)
            )
            found = joined([found, Reads(inner.names, inner.calls, inner.filters)])
    value: Value = variable(parameter.name, at, found._replace(origins=tuple(origins)))
    if isinstance(default, Text) and sum(len(part.text) for part in default.parts) >= _TELLING:
        head = merge.span_with(variable(parameter.name, at, found).span, kind=SpanKind.CONDITION)
        value = merge.choose(head, [default, Text(at, merge.spans(value, _opaque(value)), 1)])
    frame.variables[parameter.name] = value


def _opaque(value: Value) -> Opaque:
    return value if isinstance(value, Opaque) else variable("", value.at, reads(value))


def _bind(machine: Machine, called: Callable, frame: Frame, positional: tuple[Value, ...], named: Named) -> None:
    """Put the arguments of a call under the names of the parameters."""
    function = called.function
    parameters = list(function.parameters)
    if called.owner is not None and function.plain:
        _bind_owner(function, frame, called.owner)
        parameters = parameters[1:] if _takes_owner(function) else parameters
    spread = joined(
        reads(v) for v in (*positional, *(v for k, v in named if k is None)) if isinstance(v, Several | Opaque)
    )
    given = {name: value for name, value in named if name is not None}
    for name, value in named:
        if name is None and isinstance(value, Mapping):
            given.update({key: inner for key, inner in value.pairs if key})
    open_ended = any(isinstance(value, Several) for value in positional) or any(
        name is None and not isinstance(value, Mapping) for name, value in named
    )
    ordered = iter(positional)
    for parameter in parameters:
        if parameter.kind != "plain":
            frame.variables[parameter.name] = _rest(parameter, called.frame, positional, named)
            continue
        argument = given.get(parameter.name)
        argument = next(ordered, None) if argument is None else argument
        _bind_one(machine, parameter, called, frame, argument, spread if open_ended else None)


def _bind_one(
    machine: Machine,
    parameter: tree.Parameter,
    called: Callable,
    frame: Frame,
    value: Value | None,
    spread: Reads | None,
) -> None:
    if parameter.keys:
        for key in parameter.keys:
            inner = value.get(key.name) if isinstance(value, Mapping) else None
            unknown = reads(value) if value is not None and not isinstance(value, Mapping) else None
            _bind_one(machine, key, called, frame, inner, unknown)
    elif value is not None and not isinstance(value, Several):
        frame.variables[parameter.name] = value
    elif spread is not None or isinstance(value, Several):
        found = joined([Reads(names=(parameter.name,)), spread or Reads()])
        frame.variables[parameter.name] = variable(parameter.name, called.frame.source.location(parameter.at), found)
    elif parameter.default is not None:
        frame.variables[parameter.name] = machine.value(parameter.default, called.frame)
    else:
        _stand_in(machine, parameter, called.frame, frame)


def _rest(parameter: tree.Parameter, outer: Frame, positional: tuple[Value, ...], named: Named) -> Value:
    at = outer.source.location(parameter.at)
    found = joined(reads(value) for value in (*positional, *(value for _, value in named)))
    use = variable(parameter.name, at, joined([Reads(names=(parameter.name,)), found]))
    if parameter.kind == "named-rest":
        return merge.mapping(at, named, use)
    return use


def instantiate(machine: Machine, kind: Kind, site: Site | None) -> Instance:
    """Make an object of a class: from its constructor, or from its fields in order; alone without a `site`."""
    instance = Instance(kind.at, kind, dict(kind.fields))
    constructor = next((found for name in CONSTRUCTORS if (found := kind.fields.get(name)) is not None), None)
    if isinstance(constructor, Callable):
        function = constructor.function
        if site is not None:
            bound = Callable(constructor.at, function, constructor.frame, instance)
            enter(machine, bound, site, site.positional, site.named)
        elif id(function) not in machine.entered:
            frame = follow_alone(machine, function, constructor.frame, instance)
            instance.fields.update(_own_fields(function, frame))
            owner = function.parameters[0].name if _takes_owner(function) else "this"
            grown_fields(instance, owner, constructor.frame.source)
    elif site is not None and kind.definition.fields:
        _fill_fields(kind, instance, site)
    return instance


def _own_fields(function: tree.Function, frame: Frame) -> dict[str, Value]:
    prefix = (function.parameters[0].name if _takes_owner(function) else "this") + "."
    return {name[len(prefix) :]: value for name, value in frame.variables.items() if name.startswith(prefix)}


def _fill_fields(kind: Kind, instance: Instance, site: Site) -> None:
    names = [
        target.id
        for step in kind.definition.body
        if isinstance(step, tree.Assign)
        for target in step.targets
        if isinstance(target, tree.Name)
    ]
    for name, value in zip(names, site.positional, strict=False):
        instance.fields[name] = value
    instance.fields.update({name: value for name, value in site.named if name is not None})
