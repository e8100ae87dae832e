"""What an expression was followed to: as much of its shape as the source shows."""

from __future__ import annotations

from collections.abc import Callable as Function_
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from cachelens.model.location import Location
from cachelens.model.template import MessageTemplate, Origin, Span, SpanKind
from cachelens.templates.code.tree import Class, Function

Callback = Function_[[], "Value"]
MOST_WEIGHT = 2_000
"""Spans in one value; a larger one is kept as a single variable."""
_MOST_NAMES = 48
_MOST_ORIGINS = 16


class Value(msgspec.Struct, frozen=True):
    """Anything that an expression may be."""

    at: Location


class Text(Value, frozen=True):
    """A string, as spans."""

    parts: tuple[Span, ...]
    weight: int
    bare: bool = False
    """True for a number or truth value, which JSON writes without quotes."""


class Opaque(Value, frozen=True):
    """A value of which only the source is known, as one variable."""

    span: Span


class Items(Value, frozen=True):
    """A sequence; entries may be `Repeat` and `Several`."""

    entries: tuple[Value, ...]
    kind: str
    weight: int


class Several(Value, frozen=True):
    """The items of another value, put into a sequence."""

    value: Value


class Repeat(Value, frozen=True):
    """Entries that a loop adds again and again."""

    head: Span
    entries: tuple[Value, ...]


class Mapping(Value, frozen=True):
    """A dictionary or object; a key of `None` spreads another value."""

    pairs: tuple[tuple[str | None, Value], ...]
    weight: int

    def get(self, key: str) -> Value | None:
        """Return what stands under a key, the last one if there are several."""
        for name, value in reversed(self.pairs):
            if name == key:
                return value
            if name is None and isinstance(value, Mapping) and (found := value.get(key)) is not None:
                return found
        return None


class Choice(Value, frozen=True):
    """One of several values."""

    head: Span
    branches: tuple[Value, ...]
    weight: int


class Made(Value, frozen=True):
    """What a call outside the source returned, with its arguments."""

    name: str
    positional: tuple[Value, ...]
    named: tuple[tuple[str | None, Value], ...]
    span: Span
    """The whole as one variable."""
    weight: int
    receiver: Value | None = None
    """What it was called on."""

    def get(self, key: str) -> Value | None:
        """Return a named argument."""
        for name, value in reversed(self.named):
            if name == key:
                return value
            if name is None and isinstance(value, Mapping) and (found := value.get(key)) is not None:
                return found
        return None


class Prompt(Value, frozen=True):
    """A prompt object with placeholders that are still to be filled."""

    messages: tuple[MessageTemplate, ...]
    plain: bool
    """True for a text, False for a list of messages."""


class Callable(Value, frozen=True):
    """A function of the source. `frame` is where it was defined, `owner` the instance that it belongs to."""

    function: Function
    frame: Any
    owner: Instance | None = None


class Kind(Value, frozen=True):
    """A class of the source."""

    definition: Class
    frame: Any
    fields: dict[str, Value]


class Instance(Value, frozen=True):
    """An object of a class of the source, with what its constructor put into it; without a class, a module."""

    kind: Kind | None
    fields: dict[str, Value]


class Deferred(Value, frozen=True):
    """A name from another file, which is looked into when the name is first used."""

    resolve: Callback
    name: str
    """What stands for it while it is looked into, since files may import each other."""


class Imported(Value, frozen=True):
    """A name from a module that is not followed."""

    name: str


class Reads(NamedTuple):
    """What a value is made of."""

    names: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()


_NOTHING = Reads()


def joined(reads: Iterable[Reads]) -> Reads:
    """Put together what several values read, each thing once, in order."""
    telling = [one for one in reads if one is not _NOTHING and any(one)]
    if len(telling) < 2:  # noqa: PLR2004 - nothing to put together
        return telling[0] if telling else _NOTHING
    names: dict[str, None] = {}
    calls: dict[str, None] = {}
    filters: dict[str, None] = {}
    origins: dict[Origin, None] = {}
    for one in telling:
        names.update(dict.fromkeys(one.names))
        calls.update(dict.fromkeys(one.calls))
        filters.update(dict.fromkeys(one.filters))
        origins.update(dict.fromkeys(one.origins))
    return Reads(
        tuple(names)[:_MOST_NAMES],
        tuple(calls)[:_MOST_NAMES],
        tuple(filters)[:_MOST_NAMES],
        tuple(origins)[:_MOST_ORIGINS],
    )


def span_reads(span: Span) -> Reads:
    """Return what a span and its branches read; it is its own origin where it has no other."""
    own = span.origins
    if not own and span.kind is not SpanKind.LITERAL and (span.calls or span.names):
        own = (Origin(expression=span.text, location=span.location, calls=span.calls),)
    if not span.branches:
        return Reads(span.names, span.calls, span.filters, own)
    inner = [span_reads(part) for branch in span.branches for part in branch]
    return joined([Reads(span.names, span.calls, span.filters, own), *inner])


def reads(value: Value) -> Reads:
    """Return what a value reads, all of it."""
    match value:
        case Text(parts=parts):
            return joined(span_reads(part) for part in parts)
        case Opaque(span=span) | Made(span=span):
            return span_reads(span)
        case Items(entries=entries, kind=kind):
            inner = joined(reads(entry) for entry in entries)
            return joined([Reads(calls=("set",)), inner]) if kind == "set" else inner
        case Several(value=inner_value):
            return reads(inner_value)
        case Repeat(head=head, entries=entries):
            return joined([span_reads(head), *(reads(entry) for entry in entries)])
        case Mapping(pairs=pairs):
            return joined(reads(item) for _, item in pairs)
        case Choice(head=head, branches=branches):
            return joined([span_reads(head), *(reads(branch) for branch in branches)])
        case Prompt(messages=messages):
            return joined(span_reads(part) for message in messages for part in message.spans)
        case Imported(name=name):
            return Reads(names=(name,))
        case _:
            return Reads()


def weight(value: Value) -> int:
    """Return about how many spans a value becomes."""
    match value:
        case Text() | Items() | Mapping() | Choice() | Made():
            return value.weight
        case Repeat(entries=entries):
            return 1 + sum(weight(entry) for entry in entries)
        case Several(value=inner):
            return weight(inner)
        case Prompt(messages=messages):
            return sum(len(message.spans) for message in messages)
        case _:
            return 1


def literal(text: str, at: Location) -> Text:
    """Make the value of a string that is sent as it stands."""
    return Text(at, (Span(kind=SpanKind.LITERAL, location=at, text=text),) if text else (), 1)


def variable(text: str, at: Location, found: Reads) -> Opaque:
    """Make a value that is known by its source only."""
    span = Span(
        kind=SpanKind.VARIABLE,
        location=at,
        text=text,
        names=found.names,
        calls=found.calls,
        filters=found.filters,
        origins=found.origins,
    )
    return Opaque(at, span)
