"""Jinja files to syntax trees whose nodes know their offset, not only their line.

Jinja's parser keeps one number for each token, the line. It is handed the offset instead, so that every node, and
every syntax error, says exactly where it stands. Nothing is compiled or rendered.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from cachelens.model.template import TemplateProblem
from cachelens.templates.base import MOST_DEPTH
from cachelens.templates.places import Text

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"\w+\s*")
_OPENING = frozenset({"if", "for", "macro", "call", "filter", "with", "block", "autoescape", "trans", "generation"})


class Tag(NamedTuple):
    """One `{{ ... }}` or `{% ... %}`; offsets into the text."""

    start: int
    inner_start: int
    inner_end: int
    end: int


class Syntax(NamedTuple):
    """What was parsed."""

    text: Text
    tree: nodes.Template
    tags: list[Tag]
    starts: list[int]
    """Where each tag begins."""

    def tag(self, node: nodes.Node) -> Tag:
        """Return the tag that a node was written in."""
        return self.tags[max(bisect_right(self.starts, node.lineno) - 1, 0)]

    def expression(self, node: nodes.Node) -> tuple[int, int]:
        """Return where the inside of a node's tag stands, without the space around it."""
        tag = self.tag(node)
        return _trimmed(self.text.value, tag.inner_start, tag.inner_end)

    def default(self, node: nodes.Node, name: str) -> tuple[int, int]:
        """Return where the default value of a macro's parameter stands; its head where that cannot be told."""
        start, end = self.head(node)
        found = re.compile(rf"[,(]\s*{re.escape(name)}\s*=\s*").search(self.text.value, start, end)
        if found is None:
            return start, end
        return found.end(), _argument_end(self.text.value, found.end(), end)

    def head(self, node: nodes.Node) -> tuple[int, int]:
        """Return where the inside of a statement stands, without its keyword."""
        start, end = self.expression(node)
        word = _WORD.match(self.text.value, start, end)
        return (word.end() if word else start), end


class _TooDeepError(Exception):
    def __init__(self, offset: int) -> None:
        self.offset = offset


class _Generation(Extension):
    """`{% generation %}`, which chat templates of open models put around what the model writes. Parsed only."""

    tags = {"generation"}  # how Jinja declares them

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return what stands between the tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _OffsetParser(Parser):
    """Jinja's parser on tokens that are already there."""

    def __init__(self, environment: Environment, tokens: list[tuple[int, str, str]]) -> None:
        super().__init__(environment, "")
        self.stream = TokenStream(environment.lexer.wrap(iter(tokens), None, None), None, None)


@cache
def _environment(*, trim_blocks: bool) -> Environment:
    # Never renders, so nothing can be escaped; the extensions add statements to the grammar.
    return Environment(  # noqa: S701
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", _Generation],
        trim_blocks=trim_blocks,
        keep_trailing_newline=trim_blocks,
    )


def parse(text: Text, *, trim_blocks: bool = False) -> Syntax | TemplateProblem:
    """Parse a text; a text that cannot be parsed gives the problem that stopped it.

    `trim_blocks` drops the line end behind a statement and keeps the last one of the file, as chat prompt tools do.
    """
    environment = _environment(trim_blocks=trim_blocks)
    # The same length whatever the line ends, so that offsets hold.
    source = text.value.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text.value else text.value
    tags: list[Tag] = []
    try:
        tokens = list(_tokens(environment, source, tags))
    except TemplateSyntaxError as error:
        start = _line_start(source, error.lineno)
        return _syntax_problem(text, error, start, _line_end(source, start))
    except _TooDeepError as error:
        return _too_deep(text, error.offset)
    try:
        tree = _OffsetParser(environment, tokens).parse()
    except TemplateSyntaxError as error:
        return _syntax_problem(text, error, error.lineno, error.lineno)
    except RecursionError:
        return _too_deep(text, 0)
    return Syntax(text, tree, tags, [tag.start for tag in tags])


def _tokens(environment: Environment, source: str, tags: list[Tag]) -> Iterator[tuple[int, str, str]]:
    """Yield Jinja's raw tokens with offsets in place of lines, and note where each tag stands.

    The lexer leaves out nothing but the white space that `-` removes, so that every token is found at its offset or
    behind some white space.
    """
    position, opened, inner, depth, first = 0, 0, 0, 0, False
    for _, kind, value in environment.lexer.tokeniter(source, None):
        if not source.startswith(value, position):
            position = _behind_space(source, position)
        yield position, kind, value
        end = position + len(value)
        if kind in {"variable_begin", "block_begin"}:
            opened, inner, first = position, end, kind == "block_begin"
        elif kind in {"variable_end", "block_end"}:
            tags.append(Tag(opened, inner, position, end))
        elif kind == "operator" or (first and kind == "name"):
            depth += _step(kind, value)
            first = False
            if depth > MOST_DEPTH:
                raise _TooDeepError(position)
        position = end


def _behind_space(source: str, position: int) -> int:
    space = _SPACE.match(source, position)
    return space.end() if space else position


def _step(kind: str, value: str) -> int:
    """Say whether a token opens (1) or closes (-1) a level."""
    if kind == "operator":
        return (value in "([{") - (value in ")]}")
    return (value in _OPENING) - value.startswith("end")


def _trimmed(source: str, start: int, end: int) -> tuple[int, int]:
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return start, end


def _argument_end(source: str, start: int, end: int) -> int:
    """Return where an argument ends: at the next comma or bracket that is not inside it."""
    depth, position = 0, start
    while position < end:
        sign = source[position]
        if depth == 0 and sign in ",)":
            break
        depth += (sign in "([{") - (sign in ")]}")
        if sign in "\"'":
            closing = source.find(sign, position + 1, end)
            position = closing if closing > 0 else position
        position += 1
    return position


def _line_start(source: str, line: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = source.find("\n", start) + 1
    return start


def _line_end(source: str, start: int) -> int:
    end = source.find("\n", start)
    return len(source) if end < 0 else end


def _syntax_problem(text: Text, error: TemplateSyntaxError, start: int, end: int) -> TemplateProblem:
    said = re.sub(r" at \d+$", "", error.message or "it cannot be parsed")[:200]
    return text.problem("syntax", f"not valid Jinja: {said}; correct the tag", start, end)


def _too_deep(text: Text, offset: int) -> TemplateProblem:
    message = f"more than {MOST_DEPTH} levels of nesting; flatten the template or move parts into files of their own"
    return text.problem("too-deep", message, offset, offset)
