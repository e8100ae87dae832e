"""Calls followed: prompts noted, well-known functions and methods answered, the source's own functions entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cachelens.templates.code import list_calls, text_calls, tree
from cachelens.templates.code.enter import enter, instantiate
from cachelens.templates.code.find import prompt_call
from cachelens.templates.code.machine import Frame, Machine
from cachelens.templates.code.names import canonical, dotted
from cachelens.templates.code.site import Site
from cachelens.templates.code.values import (
    Callable as Followable,
)
from cachelens.templates.code.values import (
    Imported,
    Instance,
    Kind,
    Made,
    Opaque,
    Reads,
    Several,
    Text,
    Value,
    joined,
    reads,
)

Handler = Callable[[Site], Value | None]

FUNCTIONS: Mapping[str, Handler] = {
    "json.dumps": list_calls.as_json,
    "orjson.dumps": list_calls.as_json,
    "ujson.dumps": list_calls.as_json,
    "simplejson.dumps": list_calls.as_json,
    "JSON.stringify": list_calls.as_json,
    "sorted": list_calls.ordered,
    "set": list_calls.unordered,
    "frozenset": list_calls.unordered,
    "Set": list_calls.unordered,
    "dict": list_calls.dictionary,
    "list": list_calls.same,
    "tuple": list_calls.same,
    "str": list_calls.same,
    "String": list_calls.same,
    "Array.from": list_calls.same,
    "random.shuffle": list_calls.shuffle,
    "dedent.default": text_calls.function_change,
    "dedent": text_calls.function_change,
    "textwrap.dedent": text_calls.function_change,
    "inspect.cleandoc": text_calls.function_change,
    "string.Template": Site.kept,
    "jinja2.Template": Site.kept,
}
"""Functions by their whole name."""

METHODS: Mapping[str, Handler] = {
    **dict.fromkeys(text_calls.CHANGES, text_calls.method_change),
    "removeprefix": text_calls.method_change,
    "removesuffix": text_calls.method_change,
    "replace": text_calls.method_change,
    "replaceAll": text_calls.method_change,
    "format": text_calls.format_,
    "format_map": text_calls.format_map,
    "join": text_calls.join,
    "render": text_calls.render,
    "render_async": text_calls.render,
    "substitute": text_calls.render,
    "safe_substitute": text_calls.render,
    "get": list_calls.get,
    "map": list_calls.mapped,
    "flatMap": list_calls.mapped,
    "forEach": list_calls.for_each,
    "filter": list_calls.passed,
    "slice": list_calls.passed,
    "copy": list_calls.passed,
    "toSorted": list_calls.ordered,
    "concat": list_calls.concatenated,
    "append": list_calls.append,
    "push": list_calls.append,
    "extend": list_calls.extend,
    "insert": list_calls.insert,
    "unshift": list_calls.unshift,
    "update": list_calls.update,
    "sort": list_calls.sort,
    "shuffle": list_calls.shuffle,
}
"""Methods by their own name, whatever they are called on."""

VALUE_METHODS = frozenset(
    [
        "strftime",
        "isoformat",
        "ctime",
        "timestamp",
        "hex",
        "date",
        "time",
        "year",
        "astimezone",
        "replace",
        "split",
        "rsplit",
        "splitlines",
        "encode",
        "decode",
        "toISOString",
        "toString",
        "toLocaleString",
        "toLocaleDateString",
        "toLocaleTimeString",
        "toUTCString",
        "toDateString",
        "getTime",
        "getFullYear",
        "toFixed",
        "slice",
        "substring",
    ]
)
"""Methods that turn a value into what is printed: they are noted as filters."""


def call(machine: Machine, node: tree.Call, frame: Frame) -> Value:
    """Follow a call."""
    site = _site(machine, node, frame)
    found = prompt_call(site)
    if found is not None:
        return found
    found = _own(site)
    if found is not None:
        return found
    handler = FUNCTIONS.get(site.name)
    if handler is None and isinstance(node.function, tree.Member):
        handler = METHODS.get(node.function.name)
    if handler is not None and (answer := handler(site)) is not None:
        return answer
    return _unknown(site)


def _site(machine: Machine, node: tree.Call, frame: Frame) -> Site:
    receiver = machine.value(node.function.base, frame) if isinstance(node.function, tree.Member) else None
    name = canonical(node.function, frame)
    if node.new and not node.positional and name:
        name = f"new {name}" if name == "Date" else name
    positional: list[Value] = []
    for argument in node.positional:
        value = machine.value(argument, frame)
        positional.append(value)
    named = tuple((key, machine.value(argument, frame)) for key, argument in node.named)
    return Site(machine, node, frame, name, receiver, tuple(positional), named)


def _own(site: Site) -> Value | None:
    """Follow a function or class of the source."""
    known = _callee(site)
    if isinstance(known, Followable):
        if site.machine.for_effect is site.node and not site.machine.matters(known.function, known.frame.source):
            return site.opaque(Reads(calls=(site.name,)))
        return enter(site.machine, known, site, site.positional, site.named)
    if isinstance(known, Kind):
        return instantiate(site.machine, known, site)
    return None


def _callee(site: Site) -> Value | None:
    function = site.node.function
    if isinstance(function, tree.Function):
        return Followable(site.frame.source.location(function.at), function, site.frame)
    if isinstance(function, tree.Name):
        return site.frame.find(function.id)
    if not isinstance(function, tree.Member):
        return None
    name = dotted(function)
    if name and (known := site.frame.find(name)) is not None:
        return known
    match site.receiver:
        case Instance(kind=kind, fields=fields):
            found = fields.get(function.name)
            if isinstance(found, Followable) and kind is not None:
                return Followable(found.at, found.function, found.frame, site.receiver)
            return found
        case Kind(fields=fields):
            found = fields.get(function.name)
            if isinstance(found, Followable) and _is_class_method(found):
                return Followable(
                    found.at, found.function, found.frame, Instance(found.at, site.receiver, dict(fields))
                )
            return found
        case _:
            return None


def _is_class_method(found: Followable) -> bool:
    parameters = found.function.parameters
    return found.function.plain and bool(parameters) and parameters[0].name == "cls"


def _unknown(site: Site) -> Value:
    """Keep a call that leads out of the source."""
    function = site.node.function
    tail = function.name if isinstance(function, tree.Member) else ""
    receiver = site.receiver
    if isinstance(receiver, Text | Opaque | Made) and tail in VALUE_METHODS:
        return site.opaque(reads(receiver), Reads(filters=(tail,)), site.given())
    own = Reads(calls=(site.name,) if site.name else ())
    before = reads(receiver) if receiver is not None and not isinstance(receiver, Imported) else Reads()
    if isinstance(function, tree.Member) and isinstance(function.base, tree.Name):
        # A name that nobody defined is a module or a class: the call says all of it.
        before = before if site.frame.find(function.base.id) is not None else Reads()
    if any(isinstance(value, Several) for value in site.positional):
        return site.opaque(own, before, site.given())
    given = joined([before, site.given()])
    return site.made(own, given)
