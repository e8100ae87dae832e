"""A call with its arguments followed; the answers that handlers of well-known calls are made of."""

from __future__ import annotations

from typing import NamedTuple

from cachelens.model.template import Span, SpanKind
from cachelens.templates.code import merge, tree
from cachelens.templates.code.fields import Bindings
from cachelens.templates.code.machine import Frame, Machine
from cachelens.templates.code.values import (
    Made,
    Mapping,
    Opaque,
    Reads,
    Text,
    Value,
    joined,
    reads,
    weight,
)


class Site(NamedTuple):
    """A call, where it stands, and what it is given."""

    machine: Machine
    node: tree.Call
    frame: Frame
    name: str
    """Dotted, imports undone."""
    receiver: Value | None
    """What the method is called on."""
    positional: tuple[Value, ...]
    named: tuple[tuple[str | None, Value], ...]

    @property
    def tail(self) -> str:
        """Last word of the name, also of a method whose object has none."""
        function = self.node.function
        return function.name if isinstance(function, tree.Member) else self.name.rpartition(".")[2]

    def argument(self, name: str, position: int = -1) -> Value | None:
        """Return an argument by name or, failing that, by position."""
        for key, value in reversed(self.named):
            if key == name:
                return value
            if key is None and isinstance(value, Mapping) and (found := value.get(name)) is not None:
                return found
        return self.positional[position] if 0 <= position < len(self.positional) else None

    def given(self) -> Reads:
        """Return what the arguments read."""
        return joined(reads(value) for value in (*self.positional, *(value for _, value in self.named)))

    def opaque(self, *found: Reads) -> Opaque:
        """Keep the call as one variable."""
        return self.machine.opaque(self.node, self.frame, joined(found))

    def source(self, own: Reads, given: Reads) -> Opaque:
        """Keep the call as one variable that comes from the call itself as much as from its arguments."""
        return self.machine.source(self.node, self.frame, own, given)

    def bindings(self) -> Bindings:
        """Return the arguments as what fills placeholders."""
        named: dict[str, Value] = {}
        rest: list[Reads] = []
        for key, value in self.named:
            if key is not None:
                named[key] = value
            elif isinstance(value, Mapping):
                named.update({name: inner for name, inner in value.pairs if name})
            else:
                rest.append(reads(value))
        return Bindings(named, self.positional, joined(rest))

    def made(self, own: Reads, given: Reads) -> Made:
        """Keep the call with its arguments: code outside the source knows what it means."""
        span = (self.source(own, given) if own.calls else self.opaque(own, given)).span
        inner = (*self.positional, *(value for _, value in self.named))
        heavy = 1 + sum(weight(value) for value in inner)
        return Made(span.location, self.name, self.positional, self.named, span, heavy, self.receiver)

    def kept(self) -> Made:
        """Keep the call with its arguments, as code outside the source."""
        return self.made(Reads(calls=(self.name,)), self.given())

    def applied(self, value: Value, filter_: str) -> Value:
        """Return a value with a filter applied to it, at this call."""
        if isinstance(value, Text):
            changed = tuple(_filtered(span, filter_) for span in value.parts)
            return Text(value.at, changed, value.weight)
        return self.opaque(reads(value), Reads(filters=(filter_,)))


def _filtered(span: Span, filter_: str) -> Span:
    if span.kind is SpanKind.LITERAL:
        return span
    return merge.span_with(span, more=Reads(filters=(filter_,)))
