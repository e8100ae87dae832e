"""Plain text with placeholders: `{name}`, `{{name}}`, `${name}`, `<NAME>`, `%s`, `[[name]]`.

One text uses one style, and prose is no placeholder: a brace in a JSON example, a formula or a path stays text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from cachelens.model.template import Span, SpanKind
from cachelens.templates.origins import Origins
from cachelens.templates.places import Text

_LATEX = re.compile(r"\\[A-Za-z]+(?:\{[^{}\n]*\})+\Z")
_PATH = r"[A-Za-z_]\w*(?:\.\w+|\[\w+\])*"


class Found(NamedTuple):
    """A placeholder: where it stands, and where its expression stands in it."""

    start: int
    end: int
    inner_start: int
    inner_end: int


class Style(NamedTuple):
    """A way to write placeholders."""

    id: str
    pattern: re.Pattern[str]
    """Its first group is the expression."""
    fits: Callable[[str, re.Match[str]], bool]
    """Says whether a match in a text is one."""


def _always(_text: str, _found: re.Match[str]) -> bool:
    return True


def _not_in_code(text: str, found: re.Match[str]) -> bool:
    """Refuse what stands in a formula, a path, a call or an inline example."""
    before = text[found.start() - 1 : found.start()]
    behind = text[found.end() : found.end() + 1]
    if before == "}" and _LATEX.search(text[max(found.start() - 80, 0) : found.start()]):
        return False
    return not (before and (before.isalnum() or before in "\\$_^{#/%`\"'") and not _wrapped(before, behind))


def _wrapped(before: str, behind: str) -> bool:
    """`"{name}"` and `'{name}'` are a value in quotes."""
    return before in "\"'" and before == behind


def _no_closing_tag(text: str, found: re.Match[str]) -> bool:
    return f"</{found[1]}>" not in text


def _not_in_quotes(text: str, found: re.Match[str]) -> bool:
    """Refuse `%s` where a program or a date is formatted; `%(name)s` is certain."""
    if found[1]:
        return True
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    line = text[start : end if end >= 0 else len(text)]
    return not re.search(r"printf|strftime|format\(|date \+|%[YmHMSBbAajIp]", line)


DOUBLE = Style("double", re.compile(r"(?<!\{)\{\{[ \t]*(" + _PATH + r")[ \t]*\}\}(?!\})"), _always)
DOLLAR = Style("dollar", re.compile(r"(?<!\$)\$\{[ \t]*((?:input:)?[A-Za-z_][\w.]*)[ \t]*\}"), _always)
BRACKETS = Style("brackets", re.compile(r"(?<!\[)\[\[[ \t]*(" + _PATH + r")[ \t]*\]\](?![\](])"), _always)
PERCENT = Style("percent", re.compile(r"(?<![%\w])%(?:\((\w+)\))?s\b"), _not_in_quotes)
BRACES = Style("braces", re.compile(r"(?<!\{)\{(" + _PATH + r")\}(?!\})"), _not_in_code)
CREW = Style("braces", re.compile(r"\{([A-Za-z_][A-Za-z0-9_\-]*)\}"), _always)
ANGLE = Style("angle", re.compile(r"<([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{3,})>"), _no_closing_tag)

_BY_TRUST = (DOUBLE, DOLLAR, BRACES, PERCENT, BRACKETS, ANGLE)
_NOT_VALUES = frozenset({"HOME", "PATH", "PWD", "USER", "SHELL", "TODO", "END", "EOF", "EOS", "BOS", "PAD", "UNK"})
"""Words in braces or angles that are more often shell or model talk than placeholders."""


def style_of(text: str) -> Style | None:
    """Return the style that a text uses; None for plain prose."""
    return next((style for style in _BY_TRUST if next(find(text, style), None) is not None), None)


def find(text: str, style: Style) -> Iterator[Found]:
    """Yield the placeholders of one style, in order."""
    fenced = _fences(text) if style in {BRACES, PERCENT, ANGLE} else []
    for match in style.pattern.finditer(text):
        if match[1] in _NOT_VALUES or not style.fits(text, match):
            continue
        if any(start < match.start() < end for start, end in fenced) and not _alone(text, match):
            continue
        inner = match.span(1) if match[1] is not None else match.span()
        yield Found(*match.span(), *inner)


def spans_of(text: Text, style: Style | None, known: Mapping[str, Origins] | None = None) -> tuple[Span, ...]:
    """Turn a text into spans; `known` gives the origins of its inputs."""
    spans: list[Span] = []
    position = 0
    for found in find(text.value, style) if style else ():
        if found.start > position:
            spans.append(text.literal(position, found.start))
        spans.append(variable(text, found.inner_start, found.inner_end, known))
        position = found.end
    if position < len(text.value):
        spans.append(text.literal(position, len(text.value)))
    return tuple(spans)


def variable(text: Text, start: int, end: int, known: Mapping[str, Origins] | None = None) -> Span:
    """Build the span of a plain name."""
    source = text.value[start:end]
    name = re.sub(r"\[(\w+)\]", _index, source.removeprefix("input:").partition("!")[0].partition(":")[0]).strip()
    names = (name,) if re.match(r"[A-Za-z_@]", name) else ()
    origins = (known or {}).get(name.partition(".")[0], ())
    return Span(kind=SpanKind.VARIABLE, text=source, location=text.location(start, end), names=names, origins=origins)


def _index(found: re.Match[str]) -> str:
    return "" if found[1].isdigit() else f".{found[1]}"


_FENCE = re.compile(r"^[ \t]{0,8}(?:```|~~~)", re.MULTILINE)


def _fences(text: str) -> list[tuple[int, int]]:
    marks = [match.start() for match in _FENCE.finditer(text)]
    return list(zip(marks[::2], marks[1::2], strict=False))


def _alone(text: str, found: re.Match[str]) -> bool:
    """Say whether a placeholder fills its line, so that even in a code block it is one."""
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    return not (text[start : found.start()] + text[found.end() : end if end >= 0 else len(text)]).strip()


# --- Format strings -------------------------------------------------------------------------------------------------

_FIELD = re.compile(r"\{\{|\}\}|\{([A-Za-z_][\w.]*(?:\[[^\[\]{}\n]*\])*)[ \t]*((?:![rsa])?(?::[^{}\n]*)?)\}|\{(\d*)\}")


def format_spans(text: Text, known: Mapping[str, Origins] | None = None) -> tuple[Span, ...]:
    """Read a text as `str.format` does: doubled braces are one brace, the rest is fields."""
    spans: list[Span] = []
    value, sent, start, position = text.value, "", 0, 0
    for match in _FIELD.finditer(value):
        sent += value[position : match.start()]
        position = match.end()
        if match[0] in {"{{", "}}"}:
            sent += match[0][0]
            continue
        if match.start() > start:
            spans.append(text.literal(start, match.start(), sent))
        spans.append(variable(text, match.start() + 1, match.end() - 1, known))
        sent, start = "", match.end()
    sent += value[position:]
    if len(value) > start:
        spans.append(text.literal(start, len(value), sent))
    return tuple(spans)
