"""Values put together: side by side, one of several, again and again."""

from __future__ import annotations

from collections.abc import Sequence

from cachelens.model.location import Location
from cachelens.model.template import Span, SpanKind
from cachelens.templates.code.values import (
    MOST_WEIGHT,
    Choice,
    Imported,
    Items,
    Made,
    Mapping,
    Opaque,
    Reads,
    Repeat,
    Several,
    Text,
    Value,
    joined,
    reads,
    span_reads,
    variable,
    weight,
)


def span_with(
    span: Span, *, branches: tuple[tuple[Span, ...], ...] = (), kind: SpanKind | None = None, more: Reads | None = None
) -> Span:
    """Return a span with branches, or of another kind, or that reads more."""
    found = joined([Reads(span.names, span.calls, span.filters, span.origins), more or Reads()])
    return Span(
        kind=kind or span.kind,
        location=span.location,
        text=span.text,
        names=found.names,
        calls=found.calls,
        filters=found.filters,
        origins=found.origins,
        branches=branches or span.branches,
    )


def spans(value: Value, use: Opaque) -> tuple[Span, ...]:
    """Return what a value becomes inside a text; `use` stands for those that are no text."""
    match value:
        case Text(parts=parts):
            return parts
        case Opaque(span=span):
            return (span,)
        case Made(span=span):
            # What a call returned is shown where it is used; the call itself is where it comes from.
            return (span,) if span.location == use.span.location else (span_with(use.span, more=reads(value)),)
        case Choice(head=head, branches=branches) if any(isinstance(b, Text | Choice) for b in branches):
            return (span_with(head, branches=tuple(spans(branch, use) for branch in branches)),)
        case Imported():
            return (use.span,)
        case _:
            return (span_with(use.span, more=reads(value)),)


def text(at: Location, parts: Sequence[Span], heavy: int, use: Opaque) -> Value:
    """Make a text of spans, or one variable when they are too many."""
    if heavy > MOST_WEIGHT:
        return use
    return Text(at, tuple(parts), max(heavy, len(parts)))


def items(at: Location, entries: Sequence[Value], kind: str, use: Opaque) -> Value:
    """Make a sequence, or one variable when it is too long."""
    heavy = sum(weight(entry) for entry in entries)
    return use if heavy > MOST_WEIGHT else Items(at, tuple(entries), kind, max(1, heavy))


def mapping(at: Location, pairs: Sequence[tuple[str | None, Value]], use: Opaque) -> Value:
    """Make a dictionary, or one variable when it is too large."""
    heavy = sum(weight(value) for _, value in pairs)
    return use if heavy > MOST_WEIGHT else Mapping(at, tuple(pairs), max(1, heavy))


def choose(head: Span, branches: Sequence[Value]) -> Value:
    """Make one of several values; what they begin and end with alike is taken out."""
    distinct: list[Value] = []
    for branch in branches:
        if all(branch is not known for known in distinct):
            distinct.append(branch)
    first = distinct[0]
    if len(distinct) == 1:
        return first
    if all(isinstance(branch, Text) for branch in distinct):
        return _choose_text(head, [branch for branch in distinct if isinstance(branch, Text)])
    if all(isinstance(branch, Items) for branch in distinct):
        return _choose_items(head, [branch for branch in distinct if isinstance(branch, Items)])
    if all(isinstance(branch, Mapping) for branch in distinct):
        return _choose_mapping(head, [branch for branch in distinct if isinstance(branch, Mapping)])
    heavy = 1 + sum(weight(branch) for branch in distinct)
    if heavy > MOST_WEIGHT:
        return variable(head.text, head.location, span_reads(head))
    return Choice(first.at, head, tuple(distinct), heavy)


def _choose_text(head: Span, branches: Sequence[Text]) -> Value:
    parts = [branch.parts for branch in branches]
    front = _alike(parts)
    back = _alike([tuple(reversed(part[front:])) for part in parts])
    rests = tuple(part[front : len(part) - back] for part in parts)
    heavy = 1 + sum(branch.weight for branch in branches)
    if heavy > MOST_WEIGHT:
        return variable(head.text, head.location, span_reads(head))
    whole = parts[0]
    middle = (span_with(head, branches=rests),) if any(rests) else ()
    tail = whole[len(whole) - back :] if back else ()
    shared = min(branch.weight for branch in branches) if front or back else 0
    return Text(branches[0].at, (*whole[:front], *middle, *tail), max(1, heavy - shared))


def _choose_items(head: Span, branches: Sequence[Items]) -> Value:
    entries = [branch.entries for branch in branches]
    front = _alike(entries)
    rests = [
        Items(
            branch.at,
            branch.entries[front:],
            branch.kind,
            max(1, sum(weight(entry) for entry in branch.entries[front:])),
        )
        for branch in branches
    ]
    heavy = 1 + sum(rest.weight for rest in rests)
    if heavy > MOST_WEIGHT:
        return variable(head.text, head.location, span_reads(head))
    at = branches[0].at
    either = Several(at, Choice(at, head, tuple(rests), heavy))
    more = (either,) if any(rest.entries for rest in rests) else ()
    kept = entries[0][:front]
    return Items(at, (*kept, *more), branches[0].kind, heavy + sum(weight(entry) for entry in kept))


def _choose_mapping(head: Span, branches: Sequence[Mapping]) -> Value:
    """Make one dictionary: what stands under a key in some of them is taken to be there, if perhaps not always."""
    pairs = [branch.pairs for branch in branches]
    front = _same(pairs)
    under: dict[str | None, list[Value]] = {}
    for branch in pairs:
        for name, value in branch[front:]:
            under.setdefault(name, []).append(value)
    kept = pairs[0][:front]
    spread = [(None, value) for value in under.pop(None, [])]
    later = [(name, choose(head, values)) for name, values in under.items()]
    heavy = sum(weight(value) for _, value in (*kept, *spread, *later))
    if heavy > MOST_WEIGHT:
        return variable(head.text, head.location, span_reads(head))
    return Mapping(branches[0].at, (*kept, *spread, *later), max(1, heavy))


def _same(runs: Sequence[tuple[tuple[str | None, Value], ...]]) -> int:
    """Return with how many identical pairs all dictionaries begin."""
    count = 0
    for column in zip(*runs, strict=False):
        if any(pair[0] != column[0][0] or pair[1] is not column[0][1] for pair in column):
            break
        count += 1
    return count


def _alike(runs: Sequence[tuple[object, ...]]) -> int:
    """Return with how many equal parts all runs begin."""
    count = 0
    for column in zip(*runs, strict=False):
        if any(part is not column[0] and part != column[0] for part in column):
            break
        count += 1
    return count


def repeated(head: Span, before: Value | None, after: Value) -> Value:
    """Return what a value is after a loop, from what one turn made of it."""
    match before, after:
        case Text(), Text(parts=parts) if parts[: len(before.parts)] == before.parts:
            rest = parts[len(before.parts) :]
            return Text(before.at, (*before.parts, span_with(head, branches=(rest,))), after.weight + 1)
        case Items(), Items(entries=entries) if _begins(entries, before.entries):
            rest_entries = entries[len(before.entries) :]
            turn = Repeat(head.location, span_with(head, kind=SpanKind.LOOP), rest_entries)
            return Items(before.at, (*before.entries, turn), before.kind, after.weight + 1)
        case _:
            return after


def _begins(entries: tuple[Value, ...], front: tuple[Value, ...]) -> bool:
    return len(entries) > len(front) and all(a is b for a, b in zip(entries, front, strict=False))
