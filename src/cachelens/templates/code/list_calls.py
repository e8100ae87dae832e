"""Calls that make or change lists, sets and dictionaries, and those that turn values into text or JSON."""

from __future__ import annotations

from collections.abc import Callable

from cachelens.model.template import SpanKind
from cachelens.templates.code import merge, tree
from cachelens.templates.code.names import dotted
from cachelens.templates.code.site import Site
from cachelens.templates.code.values import Callable as Followable
from cachelens.templates.code.values import (
    Choice,
    Items,
    Mapping,
    Opaque,
    Reads,
    Repeat,
    Several,
    Text,
    Value,
    joined,
    reads,
)

Handler = Callable[[Site], Value | None]


def as_json(site: Site) -> Value | None:
    """`json.dumps(x)`: keeps the argument, and says when keys are sorted."""
    settings = tuple(
        f"{name}={part.text}"
        for name, value in site.named
        if name == "sort_keys" and isinstance(value, Text)
        for part in value.parts
    )
    return site.made(Reads(calls=(site.name,), filters=settings), site.given())


def same(site: Site) -> Value | None:
    """Return the only argument: `str(x)`, `list(x)`; a value known by its source gets a filter."""
    if len(site.positional) != 1:
        return None
    value = site.positional[0]
    tail = site.tail
    if isinstance(value, Text | Items | Choice | Mapping):
        return value
    return site.opaque(reads(value), Reads(filters=(tail,)))


def _by_chance(site: Site) -> bool:
    """Tell whether something is sorted by random numbers, which is a way to shuffle it."""
    return "random" in site.frame.source.cut(site.node.at)


def ordered(site: Site) -> Value | None:
    """`sorted(x)`."""
    value = site.positional[0] if site.positional else site.receiver
    if value is not None and _by_chance(site):
        return site.source(Reads(calls=("shuffle",)), reads(value)._replace(filters=()))
    if isinstance(value, Items) and not any(isinstance(entry, Repeat | Several) for entry in value.entries):
        return value
    return None if value is None else site.opaque(Reads(calls=("sorted",)), reads(value), Reads(filters=("sorted",)))


def unordered(site: Site) -> Value | None:
    """`set(x)`, `frozenset(x)`, `new Set(x)`."""
    # What was sorted before no longer is.
    return site.source(Reads(calls=(site.name,)), site.given()._replace(filters=()))


def dictionary(site: Site) -> Value | None:
    """`dict(a=1)`, `dict(x, a=1)`."""
    pairs: list[tuple[str | None, Value]] = [(None, value) for value in site.positional]
    if any(not isinstance(value, Mapping) for value in site.positional):
        return None
    return merge.mapping(site.frame.source.location(site.node.at), [*pairs, *site.named], site.opaque(site.given()))


def get(site: Site) -> Value | None:
    """`mapping.get("key")`, also of something unknown."""
    key = site.positional[0] if site.positional else None
    if not isinstance(key, Text) or len(key.parts) != 1 or key.parts[0].kind is not SpanKind.LITERAL:
        return None
    if isinstance(site.receiver, Mapping):
        return site.receiver.get(key.parts[0].text)
    base = dotted(site.node.function).rpartition(".")[0]
    names = (f"{base}.{key.parts[0].text}",) if base else ()
    return site.opaque(Reads(names, (site.name,)), reads(site.receiver) if site.receiver else Reads())


def mapped(site: Site) -> Value | None:
    """`list.map(item => ...)`."""
    function = site.positional[0] if site.positional else None
    if site.receiver is None or not isinstance(function, Followable):
        return None
    found = reads(site.receiver)
    base = site.node.function.base if isinstance(site.node.function, tree.Member) else site.node
    whole = site.machine.opaque(base, site.frame, found)
    names = (dotted(base),) if dotted(base) else ()
    from cachelens.templates.code.enter import enter

    item = site.machine.opaque(base, site.frame, joined([Reads(names=names), found]))
    result = enter(site.machine, function, site, positional=(item,), named=())
    head = merge.span_with(whole.span, kind=SpanKind.LOOP, more=Reads(names=names))
    return merge.items(head.location, [Repeat(head.location, head, (result,))], "list", whole)


def for_each(site: Site) -> Value | None:
    """`list.forEach(item => ...)`: a loop in other words."""
    callback = site.node.positional[0] if site.node.positional else None
    if not isinstance(callback, tree.Function) or not isinstance(site.node.function, tree.Member):
        return None
    first = callback.parameters[0] if callback.parameters else None
    target = tree.Name(first.at, first.name) if first is not None and not first.keys else None
    iterable = site.node.function.base
    results = len(site.frame.results)
    site.machine.run((tree.Loop(iterable.at, target, iterable, callback.body),), site.frame)
    del site.frame.results[results:]
    return site.opaque(Reads())


def passed(site: Site) -> Value | None:
    """`list.filter(...)`, `list.slice(...)`, `list.copy()`: the same items, or fewer of them."""
    tail = site.tail
    receiver = site.receiver
    if receiver is None:
        return None
    if isinstance(receiver, Items) and not site.positional:
        return receiver
    return site.opaque(reads(receiver), Reads(filters=(tail,)))


def concatenated(site: Site) -> Value | None:
    """`list.concat(other)`."""
    if not isinstance(site.receiver, Items):
        return None
    entries = list(site.receiver.entries)
    for value in site.positional:
        entries.extend(value.entries if isinstance(value, Items) else (Several(value.at, value),))
    return merge.items(site.receiver.at, entries, "list", site.opaque(site.given()))


def _put(site: Site, value: Value) -> Value:
    """Put a changed value under the name that the method was called on."""
    if isinstance(site.node.function, tree.Member) and (name := dotted(site.node.function.base)):
        site.frame.variables[name] = value
    return site.opaque(Reads())


def _entries(value: Value | None) -> tuple[Value, ...]:
    if isinstance(value, Items):
        return value.entries
    return () if value is None else (Several(value.at, value),)


def _grown(site: Site, entries: tuple[Value, ...]) -> Value:
    at = site.receiver.at if site.receiver is not None else site.frame.source.location(site.node.at)
    return _put(site, merge.items(at, entries, "list", site.opaque(joined(reads(entry) for entry in entries))))


def append(site: Site) -> Value | None:
    """`list.append(x)`, `list.push(x, y)`."""
    if not isinstance(site.receiver, Items | Opaque | Choice) or not site.positional:
        return None
    return _grown(site, (*_entries(site.receiver), *site.positional))


def extend(site: Site) -> Value | None:
    """`list.extend(x)`."""
    if not isinstance(site.receiver, Items | Opaque | Choice) or not site.positional:
        return None
    return _grown(site, (*_entries(site.receiver), *_entries(site.positional[0])))


def insert(site: Site) -> Value | None:
    """`list.insert(0, x)`; elsewhere than in front it is taken for the end."""
    if not isinstance(site.receiver, Items | Opaque) or len(site.positional) != 2:  # noqa: PLR2004 - place and item
        return None
    place, value = site.positional
    front = isinstance(place, Text) and any(part.text == "0" for part in place.parts)
    have = _entries(site.receiver)
    return _grown(site, (value, *have) if front else (*have, value))


def unshift(site: Site) -> Value | None:
    """`list.unshift(x)`."""
    if not isinstance(site.receiver, Items | Opaque):
        return None
    return _grown(site, (*site.positional, *_entries(site.receiver)))


def update(site: Site) -> Value | None:
    """`mapping.update(other, key=value)`."""
    if not isinstance(site.receiver, Mapping):
        return None
    pairs = [*site.receiver.pairs, *((None, value) for value in site.positional), *site.named]
    return _put(site, merge.mapping(site.receiver.at, pairs, site.opaque(site.given())))


def sort(site: Site) -> Value | None:
    """`list.sort()`: in place."""
    if site.receiver is None:
        return None
    if _by_chance(site):
        shuffled = site.source(Reads(calls=("shuffle",)), reads(site.receiver)._replace(filters=()))
        _put(site, shuffled)
        return shuffled
    if isinstance(site.receiver, Items) and not any(isinstance(e, Repeat | Several) for e in site.receiver.entries):
        return site.receiver
    _put(site, site.opaque(Reads(calls=("sorted",)), reads(site.receiver), Reads(filters=("sorted",))))
    return site.opaque(Reads(calls=("sorted",)), reads(site.receiver), Reads(filters=("sorted",)))


def shuffle(site: Site) -> Value | None:
    """`random.shuffle(x)`: whatever it held, its order is now chance."""
    argument = site.node.positional[0] if site.node.positional else None
    if argument is None or not (name := dotted(argument)):
        return None
    own = Reads(names=(name,), calls=(site.name,))
    value = site.source(own, site.given()._replace(filters=()))
    site.frame.variables[name] = Opaque(value.at, value.span)
    return value
