"""Handlebars and Mustache blocks to spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cachelens.model.location import Location
from cachelens.model.template import Origin, Span, SpanKind
from cachelens.templates.following import Follower
from cachelens.templates.handlebars_names import Uses, levels_up, plain, uses
from cachelens.templates.handlebars_scan import Block, ScanError, Token, build, name_of, scan
from cachelens.templates.origins import Origins, merged
from cachelens.templates.places import Text
from cachelens.templates.roles import cut_at_role_lines

_INLINE = frozenset({"role", "section"})
"""Block helpers that put in their body once, whatever the values."""
_SUFFIXES = (".prompt", ".hbs", ".handlebars", ".mustache", ".html", "")

_MOST_ERRORS = 20
"""Errors that are reported of one file."""

_Body = Sequence[Token | Block]


class Frame(NamedTuple):
    """Where the walk is: in which text, and what its names stand for."""

    text: Text
    path: Path
    names: Mapping[str, Origins]
    """Inputs and block parameters."""
    context: Origins = ()
    """What the values around it were taken out of."""
    outer: Frame | None = None


class HandlebarsWalker:
    """Reads texts, follows partials, and makes spans."""

    def __init__(self, follower: Follower, *, chat: bool = False) -> None:
        self._follower = follower
        self._chat = chat
        self._partials: dict[str, tuple[_Body, Text]] = {}

    def read(self, text: Text, path: Path, known: Mapping[str, Origins] | None = None) -> tuple[Span, ...]:
        """Return the spans of a text; a text that is not valid has none, and a problem."""
        return self._read(Frame(text, path, known or {}))

    def _read(self, frame: Frame) -> tuple[Span, ...]:
        value = frame.text.value
        try:
            tokens, unclosed = scan(value)
            body, unmatched = build(value, tokens)
            errors = [*unclosed, *unmatched]
        except ScanError as error:
            body, errors = [], [error]
        for found in errors[:_MOST_ERRORS]:
            place = frame.text.location(found.start, found.start)
            self._follower.problem(place, found.code, f"not valid Handlebars: {found.why}; correct the tag")
        return self._walk(body, frame)

    def _walk(self, body: _Body, frame: Frame) -> tuple[Span, ...]:
        spans: list[Span] = []
        for item in body:
            if self._follower.exhausted:
                break
            if isinstance(item, Block):
                self._block(item, frame, spans)
            elif item.kind == "text":
                self._literal(item, frame, spans)
            elif item.kind == "raw":
                spans.append(frame.text.literal(item.inner_start, item.inner_end))
            elif item.kind == ">":
                self._partial(item, frame, spans)
            elif item.kind != "!":
                self._add(spans, self._span(SpanKind.VARIABLE, item, frame))
        return tuple(spans)

    def _add(self, spans: list[Span], span: Span) -> None:
        if self._follower.spend(span.location):
            spans.append(span)

    def _literal(self, token: Token, frame: Frame, spans: list[Span]) -> None:
        start, end = token.inner_start, token.inner_end
        for first, last in cut_at_role_lines(frame.text, start, end) if self._chat else [(start, end)]:
            sent = frame.text.value[first:last].replace("\\{{", "{{") if token.escaped else None
            self._add(spans, frame.text.literal(first, last, sent))

    def _span(
        self,
        kind: SpanKind,
        token: Token,
        frame: Frame,
        branches: tuple[tuple[Span, ...], ...] = (),
        used: Uses | None = None,
    ) -> Span:
        source = frame.text.value[token.inner_start : token.inner_end]
        used = used or uses(source)
        return Span(
            kind=kind,
            text=source,
            location=frame.text.location(token.inner_start, token.inner_end),
            names=tuple(dict.fromkeys(plain(name) for name in used.names)),
            filters=used.helpers,
            origins=merged(*(_origins(name, frame) for name in used.names)),
            branches=branches,
        )

    # --- Blocks -------------------------------------------------------------------------------------

    def _block(self, block: Block, frame: Frame, spans: list[Span]) -> None:
        value = frame.text.value
        name = name_of(value, block.tag)
        source = value[block.tag.inner_start : block.tag.inner_end]
        if source.startswith("*"):
            self._partials[source.partition(" ")[2].strip().strip("\"'")] = (block.bodies[0][1], frame.text)
        elif source.startswith(">"):
            self._partial(block.tag, frame, spans, block.bodies[0][1])
        elif name in _INLINE and block.tag.kind == "#":
            self._add(spans, self._span(SpanKind.VARIABLE, block.tag, frame))
            spans += self._nested(block.bodies[0][1], frame, block.tag)
        else:
            self._choice(block, name, frame, spans)

    def _choice(self, block: Block, name: str, frame: Frame, spans: list[Span]) -> None:
        source = frame.text.value[block.tag.inner_start : block.tag.inner_end]
        words = uses(source)
        loops = block.tag.kind == "#" and (name == "each" or not words.helpers)
        kind = SpanKind.LOOP if loops else SpanKind.CONDITION
        head = self._span(kind, block.tag, frame)
        inner = frame
        if loops or name == "with":
            item = merged([Origin(_collection(source, name), head.location)], head.origins)
            inner = Frame(frame.text, frame.path, _bind(frame.names, words.bound, item), item, frame)
        branches, read = [], [words]
        for number, (other, body) in enumerate(block.bodies):
            if other is not None and other.inner_end > other.inner_start:
                read.append(uses(frame.text.value[other.inner_start : other.inner_end]))
            branches.append(self._nested(body, inner if number == 0 else frame, block.tag))
        names = tuple(name for each in read for name in each.names)
        helpers = tuple(helper for helper in words.helpers if helper != name)
        self._add(spans, self._span(kind, block.tag, frame, tuple(branches), Uses(names, helpers, ())))

    def _nested(self, body: _Body, frame: Frame, token: Token) -> tuple[Span, ...]:
        with self._follower.deeper(frame.text.location(token.start, token.end)) as allowed:
            return self._walk(body, frame) if allowed else ()

    # --- Partials -----------------------------------------------------------------------------------

    def _partial(self, token: Token, frame: Frame, spans: list[Span], otherwise: _Body | None = None) -> None:
        value = frame.text.value
        start = token.inner_start
        while start < token.inner_end and value[start] in "> ":
            start += 1
        name = name_of(value, token)
        location = frame.text.location(start, token.inner_end)
        branch: tuple[Span, ...] | None = None
        if name in self._partials:
            body, text = self._partials[name]
            branch = self._nested(body, frame._replace(text=text), token)
        elif name and not name.startswith(("(", "@")):
            branch = self._file(name, frame, location, quiet=otherwise is not None)
        if branch is None and otherwise is not None:
            branch = self._nested(otherwise, frame, token)
        used = uses(value[start : token.inner_end], helper=True)
        at = value.find(name, start) if name else start
        span = Span(
            kind=SpanKind.INCLUDE,
            text=name,
            location=frame.text.location(at, at + len(name)),
            names=tuple(dict.fromkeys(plain(item) for item in used.names)),
            origins=merged(*(_origins(item, frame) for item in used.names)),
            branches=() if branch is None else (branch,),
        )
        self._add(spans, span)

    def _file(self, name: str, frame: Frame, location: Location, *, quiet: bool) -> tuple[Span, ...] | None:
        folder, _, last = name.rpartition("/")
        prefix = f"{folder}/" if folder else ""
        names = [f"{prefix}{mark}{last}{suffix}" for mark in ("_", "") for suffix in _SUFFIXES]
        opened = self._follower.find([name, *names], frame.path, location, quiet=quiet)
        if opened is None:
            return None
        with self._follower.inside(opened, location) as allowed:
            inner = Frame(opened.text, opened.path, frame.names, frame.context, frame.outer)
            return self._read(inner) if allowed else None


def _origins(name: str, frame: Frame) -> Origins:
    """Return what the value behind a path was traced back to."""
    where: Frame = frame
    for _ in range(levels_up(name)):
        if where.outer is None:
            break
        where = where.outer
    first = plain(name).partition(".")[0]
    if first in where.names:
        return where.names[first]
    return () if name.startswith("@") else where.context


def _bind(names: Mapping[str, Origins], bound: Sequence[str], item: Origins) -> Mapping[str, Origins]:
    return {**names, **dict.fromkeys(bound, item)} if bound else names


def _collection(source: str, name: str) -> str:
    """Return the collection that a loop goes through, without the name of the helper."""
    rest = source[len(name) :].strip() if source.startswith(name) and source != name else source
    return rest.partition(" as ")[0].strip()
