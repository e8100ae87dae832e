"""The values that a text was made from, and the text that a template makes of them. Nothing is ever executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from cachelens.joining.matching import Filled, Reading
from cachelens.joining.program import Choice, Fixed, Form, Hole, Repeat, Space
from cachelens.model.template import Span, SpanKind

_NOTHING = -1


class Values:
    """What a template was given, as far as it shows: texts of expressions, branches taken, rounds of loops.

    What occurs several times keeps all its values in order: a clock may have moved on between two of them.
    """

    def __init__(self, outer: Values | None = None) -> None:
        self._outer = outer
        self._texts: dict[str, list[str]] = {}
        self._named: dict[tuple[str, ...], str] = {}
        self._branches: dict[str, list[int]] = {}
        self._rounds: dict[str, list[list[Values]]] = {}

    def add(self, other: Values) -> None:
        """Add what another message of the same request shows."""
        for key, texts in other._texts.items():
            self._texts.setdefault(key, []).extend(texts)
        for key, branches in other._branches.items():
            self._branches.setdefault(key, []).extend(branches)
        for key, rounds in other._rounds.items():
            self._rounds.setdefault(key, []).extend(rounds)
        self._named.update(other._named)

    def put(self, span: Span, text: str) -> None:
        """Note the value of an expression."""
        self._texts.setdefault(key_of(span), []).append(text)
        if span.kind is SpanKind.VARIABLE and span.names and not span.calls:
            self._named.setdefault(span.names, key_of(span))

    def text(self, span: Span, use: int) -> str | None:
        """Return the value of the `use`-th place of an expression, or the last known one; `None` for an unknown one.

        An expression that reads the same names and calls nothing may differ in filters.
        """
        texts = self._texts.get(key_of(span))
        if texts is None and span.kind is SpanKind.VARIABLE and not span.calls:
            texts = self._texts.get(self._named.get(span.names, ""))
        if texts is None:
            return None if self._outer is None else self._outer.text(span, use)
        return texts[min(use, len(texts) - 1)]

    def take(self, span: Span, branch: int) -> None:
        """Note which branch was taken; -1 for none."""
        self._branches.setdefault(key_of(span), []).append(branch)

    def branch(self, span: Span, use: int) -> int | None:
        """Return which branch was taken; `None` where that is not known."""
        known = self._branches.get(key_of(span))
        if known is None:
            return None if self._outer is None else self._outer.branch(span, use)
        return known[min(use, len(known) - 1)]

    def repeat(self, span: Span, rounds: list[Values]) -> None:
        """Note the rounds of a loop."""
        self._rounds.setdefault(key_of(span), []).append(rounds)

    def rounds(self, span: Span, use: int) -> list[Values] | None:
        """Return the rounds of a loop; `None` where they are not known."""
        known = self._rounds.get(key_of(span))
        if known is None:
            return None if self._outer is None else self._outer.rounds(span, use)
        return known[min(use, len(known) - 1)]


def key_of(span: Span) -> str:
    """Return what an expression is known by: its source with white space evened out, and what it was traced back to."""
    return " <- ".join((f"{span.kind.value} {' '.join(span.text.split())}", *(one.expression for one in span.origins)))


def values_in(form: Form, holes: tuple[Hole, ...], reading: Reading, text: str) -> Values:
    """Return the values that a reading of a text shows."""
    return _Decoder(holes, reading, text).values(form, None)


class _Decoder:
    def __init__(self, holes: tuple[Hole, ...], reading: Reading, text: str) -> None:
        self._events: Iterator[Filled | int] = iter(reading.events)
        self._holes = holes
        self._text = text

    def values(self, form: Form, outer: Values | None) -> Values:
        found = Values(outer)
        self._walk(form, found)
        return found

    def _walk(self, form: Form, found: Values) -> None:
        for place, piece in enumerate(form):
            match piece:
                case Hole(spans):
                    filled = self._filled()
                    text = self._text[filled.start : filled.stop]
                    before_space = place + 1 < len(form) and isinstance(form[place + 1], Space)
                    found.put(spans[0], text.rstrip() if before_space else text)
                    for span in spans[1:]:
                        found.put(span, "")
                case Choice(span, branches):
                    way = self._way()
                    found.take(span, way if way < len(branches) else _NOTHING)
                    self._walk(branches[way] if way < len(branches) else (), found)
                case Repeat(span, body, otherwise):
                    self._repeat(span, body, otherwise, found)
                case _:
                    pass

    def _repeat(self, span: Span, body: Form, otherwise: Form, found: Values) -> None:
        rounds: list[Values] = []
        if otherwise and self._way():
            self._walk(otherwise, found)
        elif otherwise:
            rounds.append(self.values(body, found))
            while self._way() == 0:
                rounds.append(self.values(body, found))
        else:
            while self._way() == 0:
                rounds.append(self.values(body, found))
        found.repeat(span, rounds)

    def _filled(self) -> Filled:
        event = next(self._events)
        if not isinstance(event, Filled):
            raise TypeError("a hole was expected")
        return event

    def _way(self) -> int:
        event = next(self._events)
        if isinstance(event, Filled):
            raise TypeError("a way was expected")
        return event


class Piece(NamedTuple):
    """A stretch of a text that a template made."""

    text: str
    span: Span | None
    """What made it; `None` for fixed text."""


Invent = Callable[[Span], str]
"""Gives a value for an expression that nothing is known of."""


def render(form: Form, values: Values, invent: Invent) -> list[Piece]:
    """Return the text that a template makes of values, piece by piece.

    A condition that is new is taken to hold, a loop that is new to have no rounds; `invent` is told of both.
    """
    pieces: list[Piece] = []
    _Renderer(invent, pieces).render(form, values)
    return pieces


class _Renderer:
    def __init__(self, invent: Invent, pieces: list[Piece]) -> None:
        self._invent = invent
        self._pieces = pieces
        self._uses: dict[str, int] = {}

    def render(self, form: Form, values: Values) -> None:
        for piece in form:
            match piece:
                case Fixed(text):
                    self._pieces.append(Piece(text, None))
                case Hole(spans):
                    for span in spans:
                        known = values.text(span, self._use(span))
                        self._pieces.append(Piece(self._invent(span) if known is None else known, span))
                case Choice(span, branches):
                    self._choice(span, branches, values)
                case Repeat(span, body, otherwise):
                    self._repeat(span, body, otherwise, values)
                case _:
                    pass

    def _choice(self, span: Span, branches: tuple[Form, ...], values: Values) -> None:
        use = self._use(span)
        whole = values.text(span, use)
        if whole is not None:
            self._pieces.append(Piece(whole, span))
            return
        branch = values.branch(span, use)
        if branch is None:
            self._invent(span)
            branch = 0
        if 0 <= branch < len(branches):
            self.render(branches[branch], values)

    def _repeat(self, span: Span, body: Form, otherwise: Form, values: Values) -> None:
        use = self._use(span)
        whole = values.text(span, use)
        if whole is not None:
            self._pieces.append(Piece(whole, span))
            return
        rounds = values.rounds(span, use)
        if rounds is None:
            self._invent(span)
            rounds = []
        for one in rounds:
            self.render(body, one)
        if not rounds:
            self.render(otherwise, values)

    def _use(self, span: Span) -> int:
        """Count the places of an expression."""
        key = key_of(span)
        self._uses[key] = self._uses.get(key, -1) + 1
        return self._uses[key]
