"""Placeholders inside strings: `{x}`, `%s`, `$x`, Jinja and Mustache; where they stand and what fills them."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from typing import NamedTuple

from cachelens.model.location import Location
from cachelens.model.template import Span, SpanKind
from cachelens.templates.code.source import Range, Source
from cachelens.templates.code.values import Reads, Text, Value, joined, reads

STYLES = ("format", "percent", "dollar", "jinja", "mustache")
_FORMAT = re.compile(r"(?P<escape>\{\{|\}\})|\{(?P<x>[^{}!:\n]*)(?P<f>(?:![rsa])?(?::(?:[^{}\n]|\{[^{}\n]*\})*)?)\}")
_PERCENT = re.compile(
    r"(?P<escape>%%)|%(?:\((?P<x>[^()\n]+)\))?(?P<f>[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?)[diouxXeEfFgGcrsa]"
)
_DOLLAR = re.compile(r"(?P<escape>\$\$)|\$(?:\{(?P<braced>[^\W\d]\w*)\}|(?P<x>[^\W\d]\w*))")
_JINJA = re.compile(
    r"\{\{[-+]?(?P<x>.{0,800}?)[-+]?\}\}|\{%[-+]?\s{0,9}(?P<block>\w{1,20})(?P<rest>.{0,800}?)[-+]?%\}|(?P<comment>\{#.{0,4000}?#\})",
    re.DOTALL,
)
_MUSTACHE = re.compile(r"\{\{\{?\s{0,9}(?P<sign>[#^/&>!]?)(?P<x>[^{}]{0,400})\}\}\}?")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_MOST_OPEN = 40

_OPEN = {"for": SpanKind.LOOP, "if": SpanKind.CONDITION}
_MIDDLE = {"else", "elif"}
_CLOSE = {"endfor", "endif"}
_INCLUDES = {"include", "import", "extends", "from"}


class Token(NamedTuple):
    """A stretch of a string. `kind`: `text`, `escape`, `field`, `open`, `middle`, `close`, `include`, `nothing`."""

    kind: str
    at: Range
    inner: Range
    """The expression inside."""
    loop: bool = False
    filters: str = ""


def tokens(text: str, style: str) -> list[Token]:
    """Cut a string at its placeholders."""
    pattern = _PATTERNS[style]
    found: list[Token] = []
    position = 0
    for match in pattern.finditer(text):
        if match.start() > position:
            found.append(Token("text", (position, match.start()), (position, match.start())))
        found.append(_token(match, style))
        position = match.end()
    if position < len(text):
        found.append(Token("text", (position, len(text)), (position, len(text))))
    return found


_PATTERNS = dict(zip(STYLES, (_FORMAT, _PERCENT, _DOLLAR, _JINJA, _MUSTACHE), strict=True))


def _token(match: re.Match[str], style: str) -> Token:
    groups = match.groupdict()
    at = match.span()
    if groups.get("escape"):
        return Token("escape", at, at)
    if groups.get("comment"):
        return Token("nothing", at, at)
    if block := groups.get("block"):
        return _block(block, at, match.span("rest"))
    if "sign" in groups:
        return _section(groups["sign"] or "", at, match.span("x"))
    name = "braced" if groups.get("braced") else "x"
    inner = match.span(name) if groups[name] else at
    return Token("field", at, inner, filters=groups.get("f") or "") if style != "percent" else Token("field", at, inner)


def _block(word: str, at: Range, rest: Range) -> Token:
    if word in _OPEN:
        return Token("open", at, rest, loop=_OPEN[word] is SpanKind.LOOP)
    if word in _MIDDLE:
        return Token("middle", at, rest)
    if word in _CLOSE:
        return Token("close", at, rest)
    return Token("include" if word in _INCLUDES else "nothing", at, rest)


def _section(sign: str, at: Range, inner: Range) -> Token:
    kinds = {"#": "open", "^": "open", "/": "close", ">": "include", "!": "nothing"}
    return Token(kinds.get(sign, "field"), at, inner, loop=sign == "#")


class Bindings(NamedTuple):
    """What fills placeholders."""

    named: Mapping[str, Value] = {}
    positional: tuple[Value, ...] = ()
    rest: Reads = Reads()
    """What is read by arguments that could be any of them."""

    def get(self, name: str, index: int) -> Value | None:
        """Return what fills a placeholder, by name or by number."""
        if name in self.named:
            return self.named[name]
        position = int(name) if name.isdecimal() and len(name) < 4 else index if not name else -1  # noqa: PLR2004
        return self.positional[position] if 0 <= position < len(self.positional) else None


def fill(text: Text, style: str, bindings: Bindings, source: Source | None) -> Text:
    """Turn the placeholders of a string into spans; `source` is the file that it stands in."""
    parts: list[Span] = []
    filler = _Filler(style, bindings)
    for part in text.parts:
        if part.kind is SpanKind.LITERAL:
            parts.extend(filler.literal(part, source))
        else:
            parts.append(part)
    return Text(text.at, tuple(parts), len(parts))


class _Filler:
    """Fills the literals of one string, counting its nameless placeholders."""

    def __init__(self, style: str, bindings: Bindings) -> None:
        self._style = style
        self._bindings = bindings
        self._index = 0

    def literal(self, span: Span, source: Source | None) -> tuple[Span, ...]:
        """Return what one literal becomes."""
        found = tokens(span.text, self._style)
        if all(token.kind == "text" for token in found):
            return (span,)
        places = _places(span, found, self._style, source)
        stack: list[tuple[Span | None, list[list[Span]]]] = [(None, [[]])]
        for token, place in zip(found, places, strict=True):
            self._put(token, place, span.text, stack)
        while len(stack) > 1:
            _close(stack)
        return tuple(stack[0][1][0])

    def _put(self, token: Token, place: Place, text: str, stack: list[tuple[Span | None, list[list[Span]]]]) -> None:
        into = stack[-1][1][-1]
        match token.kind:
            case "text":
                into.append(Span(kind=SpanKind.LITERAL, location=place.whole, text=text[slice(*token.at)]))
            case "escape":
                into.append(Span(kind=SpanKind.LITERAL, location=place.whole, text=text[token.at[0]]))
            case "field":
                into.extend(self._field(token, place, text))
            case "open" if len(stack) < _MOST_OPEN:
                kind = SpanKind.LOOP if token.loop else SpanKind.CONDITION
                stack.append((self._span(kind, place, text[slice(*token.inner)]), [[]]))
            case "middle" if len(stack) > 1:
                stack[-1][1].append([])
            case "close" if len(stack) > 1:
                _close(stack)
            case "include":
                into.append(self._span(SpanKind.INCLUDE, place, text[slice(*token.inner)]))

    def _field(self, token: Token, place: Place, text: str) -> tuple[Span, ...]:
        expression = text[slice(*token.inner)]
        plain = "" if token.inner == token.at else expression.strip()
        if self._style == "percent" and not plain:
            value = self._bindings.get("", self._index)
        else:
            value = self._bindings.get(plain, self._index)
        if not plain:
            self._index += 1
        if isinstance(value, Text) and not token.filters:
            return value.parts
        span = self._span(SpanKind.VARIABLE, place, expression, unnamed=not plain, value=value)
        return (_with_filters(span, token.filters),)

    def _span(
        self, kind: SpanKind, place: Place, expression: str, *, unnamed: bool = False, value: Value | None = None
    ) -> Span:
        own = Reads() if unnamed else expression_reads(expression)
        bound = [reads(value)] if value is not None else [self._bound(name) for name in own.names]
        found = joined([own, *bound])
        return Span(
            kind=kind,
            location=place.inner,
            text=place.text,
            names=found.names,
            calls=found.calls,
            filters=found.filters,
            origins=found.origins,
        )

    def _bound(self, name: str) -> Reads:
        value = self._bindings.get(name.partition(".")[0], -1)
        return reads(value) if value is not None else self._bindings.rest


class Place(NamedTuple):
    """Where a token stands, where its expression does, and the source of the latter."""

    whole: Location
    inner: Location
    text: str


def _places(span: Span, found: list[Token], style: str, source: Source | None) -> list[Place]:
    """Place tokens in the file: as they stand in its source if that reads the same, else at the whole literal."""
    if source is None or source.name != span.location.path:
        return [Place(span.location, span.location, "") for _ in found]
    at = source.range(span.location)
    raw = source.cut(at)
    written = tokens(raw, style) if raw != span.text else found
    if [token.kind for token in written] != [token.kind for token in found]:
        return [Place(span.location, span.location, raw) for _ in found]
    return [_place(token, at[0], raw, source) for token in written]


def _place(token: Token, start: int, raw: str, source: Source) -> Place:
    first, last = token.inner
    inner = raw[first:last]
    first, last = first + len(inner) - len(inner.lstrip()), last - len(inner) + len(inner.rstrip())
    if first >= last:
        first, last = token.at
    whole = source.location((start + token.at[0], start + token.at[1]))
    return Place(whole, source.location((start + first, start + last)), raw[first:last])


def _close(stack: list[tuple[Span | None, list[list[Span]]]]) -> None:
    head, branches = stack.pop()
    if head is not None:
        filled = tuple(tuple(branch) for branch in branches)
        stack[-1][1][-1].append(_replaced(head, branches=filled))


def _replaced(span: Span, *, branches: tuple[tuple[Span, ...], ...] = (), filters: tuple[str, ...] = ()) -> Span:
    return Span(
        kind=span.kind,
        location=span.location,
        text=span.text,
        names=span.names,
        calls=span.calls,
        filters=(*span.filters, *filters),
        origins=span.origins,
        branches=branches,
    )


def _with_filters(span: Span, text: str) -> Span:
    return _replaced(span, filters=(text,)) if text else span


def expression_reads(expression: str) -> Reads:
    """Return the names, calls and filters of a placeholder's expression, whatever its language."""
    first, *filters = re.split(r"(?<!\|)\|(?!\|)", expression)
    applied = tuple(match.group() for text in filters if (match := _DOTTED.search(text)))
    head = re.match(r"\s*\S.*?\s+in\s+(.*)", first, re.DOTALL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = ast.parse((head[1] if head else first).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Reads(names=tuple(dict.fromkeys(_DOTTED.findall(first))), filters=applied)
    called = {id(node.func) for node in ast.walk(parsed) if isinstance(node, ast.Call)}
    inside = {id(node.value) for node in ast.walk(parsed) if isinstance(node, ast.Attribute)}
    dotted = [(id(node), name) for node in ast.walk(parsed) if id(node) not in inside and (name := _dotted(node))]
    return Reads(
        tuple(dict.fromkeys(name for key, name in dotted if key not in called)),
        tuple(dict.fromkeys(name for key, name in dotted if key in called)),
        applied,
    )


def _dotted(node: ast.AST) -> str:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""
