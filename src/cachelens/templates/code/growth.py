"""Lists that go on growing after the place where they are made: the history of a talk."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cachelens.model.location import Location
from cachelens.templates.code.source import Range, Source
from cachelens.templates.code.tree import Function
from cachelens.templates.code.values import Instance, Items, Mapping, Opaque, Reads, Several, Value, variable

_GROWS = r"(?:\.(?:append|extend|insert|push|unshift)\s{0,3}\(|\s{0,3}\+=|\s{0,3}=\s{0,3}\[\s{0,9}(?:\*|\.\.\.))"


def with_growth(name: str, value: Value, source: Source, at: Range) -> Value:
    """Return a list with room for what is added to it elsewhere in a range; any other value as it is."""
    if not isinstance(value, Items) or value.at.path != source.name:
        return value
    if re.compile(rf"(?<![\w.]){re.escape(name)}{_GROWS}").search(source.text, *at) is None:
        return value
    more = _later(name, value.at, source)
    if not value.entries:
        return more
    return Items(value.at, (*value.entries, Several(value.at, more)), value.kind, value.weight + 1)


def _later(name: str, at: Location, source: Source) -> Opaque:
    return variable(source.cut(source.range(at)), at, Reads(names=(name,)))


def grown_fields(instance: Instance, owner: str, source: Source) -> None:
    """Give room to the lists of an object that its methods add to; what is empty may hold anything."""
    if instance.kind is None:
        return
    at = instance.kind.definition.at
    for field, value in list(instance.fields.items()):
        name = f"{owner}.{field}"
        if isinstance(value, Mapping) and not value.pairs and value.at.path == source.name:
            instance.fields[field] = _later(name, value.at, source)
        else:
            instance.fields[field] = with_growth(name, value, source, at)


def grown_lists(variables: dict[str, Value], functions: Sequence[Function], source: Source) -> None:
    """Give room to the lists of a file that its functions add to."""
    for name, value in variables.items():
        if not isinstance(value, Items):
            continue
        own = re.compile(rf"(?<![\w.]){re.escape(name)}\s{{0,3}}(?::[^=\n]{{0,80}})?=(?!=)")
        for function in functions:
            if name in {parameter.name for parameter in function.parameters} or own.search(source.text, *function.at):
                continue
            grown = with_growth(name, value, source, function.at)
            if grown is not value:
                variables[name] = grown
                break
