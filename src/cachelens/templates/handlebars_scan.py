"""Handlebars and Mustache text to tags and the text between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from cachelens.templates.base import MOST_DEPTH


class Token(NamedTuple):
    """A tag, or the text between two tags; offsets into the text."""

    kind: str
    """`text`, or the sign of the tag: `#`, `^`, `/`, `>`, `!`, `&` (unescaped), `else` or empty for a value."""
    start: int
    end: int
    inner_start: int
    inner_end: int
    """Where the inside stands, without sign and space; for a text what is left of it after white space control."""
    escaped: bool = False
    """True for a text that holds `\\{{`."""


class Block:
    """A block, what it holds, and what it holds otherwise."""

    def __init__(self, tag: Token) -> None:
        self.tag = tag
        self.bodies: list[tuple[Token | None, list[Token | Block]]] = [(None, [])]
        """Each with the `else` tag in front of it."""


class ScanError(Exception):
    """A text that is not valid; `code` is that of the problem."""

    def __init__(self, start: int, why: str, code: str = "syntax") -> None:
        super().__init__(why)
        self.start = start
        self.why = why
        self.code = code


@cache
def _pattern(opening: str, closing: str) -> re.Pattern[str]:
    """Match a tag; the possessive parts keep an unclosed tag from being tried again and again."""
    first, last = re.escape(opening), re.escape(closing)
    raw = triple = ""
    if opening == "{{":
        raw = r"\{\{\{\{(?P<raw>[\w.-]+)[^}]*+\}\}\}\}(?P<rawbody>.*?)\{\{\{\{/(?P=raw)\}\}\}\}|"
        triple = r"\{\{(?P<lt>~?)\{(?P<triple>[^}]*+)\}(?P<rt>~?)\}\}|"
    return re.compile(
        raw
        + triple
        + rf"{first}(?P<lc>~?)!--(?P<long>.*?)--(?P<rc>~?){last}"
        + rf"|{first}(?P<ls>~?)!(?P<short>(?:(?!~?{last}).)*+)(?P<rs>~?){last}"
        + rf"|{first}=(?P<delimiters>[^=]*+)={last}"
        + rf"|{first}(?P<l>~?)(?P<sign>[#^/>&]?)"
        + rf"(?P<inner>(?:\"[^\"\n]*+\"|'[^'\n]*+'|(?!~?{last}).)*+)(?P<r>~?){last}",
        re.DOTALL,
    )


_STANDALONE = frozenset({"#", "^", "/", ">", "!", "else"})
_LINE_REST = re.compile(r"[ \t]*(?:\n|\Z)")


def scan(value: str) -> tuple[list[Token], list[ScanError]]:
    """Cut a text into tags and texts, with white space control and lines of nothing but a tag taken out of the texts.

    From a tag that is not closed on, all is text.
    """
    errors: list[ScanError] = []
    tags = list(_tags(value, errors))
    return _with_texts(value, tags), errors


def _tags(value: str, errors: list[ScanError]) -> Iterator[tuple[Token, bool, bool]]:
    opening, closing, position = "{{", "}}", 0
    while True:
        start = value.find(opening, position)
        if start < 0:
            return
        if value[start - 1 : start] == "\\" and value[start - 2 : start - 1] != "\\":
            position = start + 2
            continue
        match = _pattern(opening, closing).match(value, start)
        if match is None:
            errors.append(ScanError(start, f"a tag that is not closed with `{closing}`"))
            return
        if match["delimiters"] is not None:
            words = match["delimiters"].split()
            if len(words) == 2:  # noqa: PLR2004  # the opening and the closing one
                opening, closing = words
            yield Token("!", start, match.end(), match.end(), match.end()), False, False
        else:
            yield _tag(match)
        position = match.end()


def _tag(match: re.Match[str]) -> tuple[Token, bool, bool]:
    groups = match.groupdict()
    if groups.get("raw") is not None:
        return Token("raw", *match.span(), *match.span("rawbody")), False, False
    if groups.get("triple") is not None:
        return Token("&", *match.span(), *_trimmed(match, "triple")), bool(match["lt"]), bool(match["rt"])
    if match["long"] is not None:
        return Token("!", *match.span(), *match.span("long")), bool(match["lc"]), bool(match["rc"])
    if match["short"] is not None:
        return Token("!", *match.span(), *match.span("short")), bool(match["ls"]), bool(match["rs"])
    start, end = _trimmed(match, "inner")
    kind = match["sign"]
    words = match.string[start:end].split(None, 1)
    if (not kind and words[:1] == ["else"]) or (kind == "^" and not words):
        kind, start = "else", min(start + 4, end) if words else start
    return Token(kind, *match.span(), start, end), bool(match["l"]), bool(match["r"])


def _trimmed(match: re.Match[str], group: str) -> tuple[int, int]:
    start, end = match.span(group)
    while start < end and match.string[start].isspace():
        start += 1
    while end > start and match.string[end - 1].isspace():
        end -= 1
    return start, end


def _with_texts(value: str, tags: list[tuple[Token, bool, bool]]) -> list[Token]:
    tokens: list[Token] = []
    position, first = 0, 0
    for tag, strip_left, strip_right in tags:
        last, following = tag.start, tag.end
        if tag.kind in _STANDALONE and _stands_alone(value, tag):
            while last > first and value[last - 1] in " \t":
                last -= 1
            rest = _LINE_REST.match(value, following)
            following = rest.end() if rest else following
        if strip_left:
            while last > first and value[last - 1].isspace():
                last -= 1
        if strip_right:
            while following < len(value) and value[following].isspace():
                following += 1
        if last > first:
            tokens.append(_text(value, position, tag.start, first, last))
        tokens.append(tag)
        position, first = tag.end, following
    if len(value) > first:
        tokens.append(_text(value, position, len(value), first, len(value)))
    return tokens


def _text(value: str, start: int, end: int, first: int, last: int) -> Token:
    return Token("text", start, end, first, last, escaped="\\{{" in value[first : last + 2])


def _stands_alone(value: str, tag: Token) -> bool:
    start = tag.start
    while start and value[start - 1] in " \t":
        start -= 1
    return (start == 0 or value[start - 1] == "\n") and _LINE_REST.match(value, tag.end) is not None


def build(value: str, tokens: list[Token]) -> tuple[list[Token | Block], list[ScanError]]:
    """Nest blocks; return them with what does not match. Raises `ScanError` where they lie too deep."""
    root: list[Token | Block] = []
    stack: list[Block] = []
    errors: list[ScanError] = []
    for token in tokens:
        here = stack[-1].bodies[-1][1] if stack else root
        if token.kind in {"#", "^"}:
            if len(stack) >= MOST_DEPTH:
                raise ScanError(token.start, f"more than {MOST_DEPTH} levels of nesting", "too-deep")
            stack.append(Block(token))
            here.append(stack[-1])
        elif token.kind == "else" and stack:
            stack[-1].bodies.append((token, []))
        elif token.kind == "/":
            errors += _close(value, stack, token)
        else:
            here.append(token)
    errors += [ScanError(block.tag.start, "a block that is not closed") for block in stack]
    return root, errors


def _close(value: str, stack: list[Block], token: Token) -> list[ScanError]:
    """End the block of this name, and those inside it that were left open."""
    name = name_of(value, token)
    if not any(name_of(value, block.tag) == name for block in stack):
        return [ScanError(token.start, "a block ends that was not opened")]
    errors = []
    while name_of(value, stack[-1].tag) != name:
        errors.append(ScanError(stack.pop().tag.start, "a block that is not closed"))
    stack.pop()
    return errors


def name_of(value: str, tag: Token) -> str:
    """Return the first word of a tag, without the signs of partial blocks and decorators."""
    words = value[tag.inner_start : tag.inner_end].lstrip(">*& ").split(None, 1)
    return words[0].strip("\"'") if words else ""
