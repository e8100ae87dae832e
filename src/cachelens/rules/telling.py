"""Tells what a value in a template is: by what it calls, by the filters it goes through, and by its names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

import msgspec

from cachelens.model.finding import Confidence
from cachelens.model.template import Span, SpanKind
from cachelens.rules.nature import Nature


class Word(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What tells one nature; the fields are described in `vocabulary.yaml`."""

    nature: Nature
    scope: str
    calls: tuple[str, ...] = ()
    with_: tuple[str, ...] = msgspec.field(default=(), name="with")
    unless: frozenset[str] = frozenset()
    written: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


class Told(NamedTuple):
    """What a value is."""

    nature: Nature
    confidence: Confidence
    """High where it calls what makes such a value, medium where it was traced back to that, low by its name."""
    perhaps: bool
    """True where the name may mean other things as well."""
    lasting: bool
    """True for what is the same within a conversation."""


class _Row(NamedTuple):
    word: Word
    calls: re.Pattern[str] | None
    written: re.Pattern[str] | None
    with_: re.Pattern[str] | None
    names: re.Pattern[str] | None
    perhaps: re.Pattern[str] | None


_SETTING = re.compile(r"(?:getenv|environ|env)\W{1,4}(?:get\W{1,3})?([A-Za-z_]{2,60})")
_INNER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME = re.compile(r"@?[A-Za-z_][\w.]{0,80}")
_LOOP_VALUES = ("loop.", "forloop.", "@")
"""What a loop says of itself, such as its count: it follows from the items."""


def told(span: Span) -> Told | None:
    """Return what a span is, `None` for fixed text and for what nothing tells.

    A condition is told by calls only: that its outcome hangs on a name says little of how often it changes.
    """
    if span.kind in {SpanKind.LITERAL, SpanKind.INCLUDE}:
        return None
    by_call = _by_call(span)
    if by_call is not None or span.kind is SpanKind.CONDITION:
        return None if by_call is not None and by_call.nature is Nature.KEYS and not span.names else by_call
    return _by_name(span)


def _by_call(span: Span) -> Told | None:
    names = (*span.names, *(origin.expression for origin in span.origins))
    for row in _rows():
        if row.written is not None and span.kind is SpanKind.VARIABLE and row.written.search(span.text.strip()):
            return Told(row.word.nature, Confidence.HIGH, perhaps=False, lasting=row.word.scope == "session")
        if row.calls is None or not row.word.unless.isdisjoint(span.filters):
            continue
        if row.with_ is not None and not any(row.with_.search(normal(name)) for name in names):
            continue
        sure = Confidence.MEDIUM if row.word.nature is Nature.KEYS else Confidence.HIGH
        if any(map(row.calls.search, (*span.calls, *span.filters))):
            if row.word.nature is Nature.KEYS and (better := _by_name(span)) is not None and not better.perhaps:
                return better
            return Told(row.word.nature, sure, perhaps=False, lasting=row.word.scope == "session")
        if any(row.calls.search(call) for origin in span.origins for call in origin.calls):
            sure = min(sure, Confidence.MEDIUM, key=list(Confidence).index)
            return Told(row.word.nature, sure, perhaps=False, lasting=row.word.scope == "session")
    return None


def _by_name(span: Span) -> Told | None:
    own = [name for name in span.names if not name.startswith(_LOOP_VALUES)]
    from_settings = [found for text in _expressions(span) for found in _SETTING.findall(text)]
    traced = [origin.expression for origin in span.origins if _NAME.fullmatch(origin.expression)]
    for name in (*own, *from_settings, *traced):
        found = _of_name(normal(name))
        if found is not None and not found.perhaps:
            return found
    for name in own[:1]:
        return _of_name(normal(name))
    return None


def _expressions(span: Span) -> Iterator[str]:
    yield span.text
    for origin in span.origins:
        if origin.calls:
            yield origin.expression


@lru_cache(maxsize=20_000)
def _of_name(name: str) -> Told | None:
    for perhaps in (False, True):
        for row in _rows():
            pattern = row.perhaps if perhaps else row.names
            if pattern is not None and pattern.search(name):
                return Told(row.word.nature, Confidence.LOW, perhaps, lasting=row.word.scope == "session")
    return None


@lru_cache(maxsize=20_000)
def normal(name: str) -> str:
    """Return a dotted name in small letters with its words apart: `user.first_name` for `user.firstName`."""
    return _INNER.sub("_", name).lower()


@cache
def _rows() -> tuple[_Row, ...]:
    import yaml

    text = resources.files("cachelens.rules").joinpath("vocabulary.yaml").read_text(encoding="utf-8")
    words = msgspec.convert(yaml.safe_load(text), tuple[Word, ...])
    return tuple(
        _Row(
            w,
            _ends(w.calls),
            re.compile("|".join(w.written)) if w.written else None,
            _ends(w.with_),
            _ends(w.names),
            _ends(w.perhaps),
        )
        for w in words
    )


def _ends(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Make one pattern that finds any of several at the end of a dotted name; `^` in one means the whole name."""
    found = [pattern if pattern.startswith("^") else rf"(?:^|[.:]){pattern}" for pattern in patterns]
    return re.compile(f"(?:{'|'.join(found)})$") if found else None
