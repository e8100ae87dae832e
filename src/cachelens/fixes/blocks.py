"""The text of a message cut into paragraphs that can change places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from cachelens.fixes.laws import flat
from cachelens.fixes.text import FileText
from cachelens.model.template import Span, SpanKind

_BLANK = re.compile(r"[ \t]*\n(?:[ \t]*\n)+[ \t]*")
_OPENING = re.compile(
    r"(?:\{\{\{?[-+~&]?\s*|\{%[-+]?\s*(?:for|if)\s+|\{\{~?#(?:(?:each|if|unless)\s+)?|\$?\{\s*|\[\[\s*|%\(|<)$"
)
_LONGEST_SIGN = 40
_FORM = re.compile(r"^\s*(?:![rsa])?(?::[^{}\"'\n]*)?\}")
_SIGNS = re.compile(r"[\s{}$%\[\]()<>~+\-&#/]*(?:\)s)?[\s{}$%\[\]()<>~+\-&#/]*")
_BLOCK_WORDS = re.compile(r"\b(?:for|endfor|if|endif|else|each|unless)\b")
_TAG = re.compile(r"<(/?)([A-Za-z][\w.-]*)(?:\s[^<>]*)?>")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_ITEM = re.compile(r"(?:\d+[.)]|[a-z]\)|[-*+•])\s")
_HEADING = re.compile(r"(#{1,6})[ \t]+\S[^\n]*")


class Block(NamedTuple):
    """A paragraph, or several that belong together, without the white space around."""

    start: int
    end: int
    text: str
    fixed: bool
    """Nothing in it but text that is sent as it stands."""
    movable: bool
    """False for what neither moves nor is crossed: code of the template, text that is written in another form."""

    @property
    def heading(self) -> int:
        """Depth of the heading that it begins with; 0 without one."""
        found = _HEADING.match(self.text)
        return len(found[1]) if found else 0


def blocks_of(spans: Sequence[Span], index: int, file: FileText) -> list[Block]:
    """Cut the stretch of a file around one of a message's spans at its blank lines."""
    run = _run(spans, index, file)
    if not run:
        return []
    cuts = list(_cuts(run, file))
    start = _start(run[0], file)
    end = file.stretch(run[-1].location)[1]
    edges = [(start, start), *cuts, (end, end)]
    written = _Written(run, file)
    found = [written.block(a, b) for (_, a), (b, _) in pairwise(edges)]
    return _joined([block for block in found if block.text], file.text)


def _run(spans: Sequence[Span], index: int, file: FileText) -> list[Span]:
    """Return the neighbours of a span that stand in the same file in the same order."""

    def follows(one: Span, other: Span) -> bool:
        return file.stretch(one.location)[1] <= file.stretch(other.location)[0]

    own = [span.location.path == file.name for span in spans]
    if not own[index]:
        return []
    first = last = index
    while first > 0 and own[first - 1] and follows(spans[first - 1], spans[first]):
        first -= 1
    while last + 1 < len(spans) and own[last + 1] and follows(spans[last], spans[last + 1]):
        last += 1
    return list(spans[first : last + 1])


def _cuts(run: Sequence[Span], file: FileText) -> Iterator[tuple[int, int]]:
    """Yield the blank lines in text that stands in the file as it is sent."""
    for span in run:
        if span.kind is SpanKind.LITERAL and _verbatim(span, file):
            start, end = file.stretch(span.location)
            start = len(file.text[:start].rstrip())  # a tag may have taken the line end in front away
            for match in _BLANK.finditer(file.text, start, end):
                yield match.span()


def _verbatim(span: Span, file: FileText) -> bool:
    """Say whether a text stands in the file as it is sent, but for indentation and doubled braces."""
    return _plain(span.text) == _plain(file.cut(span.location))


def _plain(text: str) -> list[str]:
    return [line.strip() for line in text.replace("{{", "{").replace("}}", "}").split("\n")]


def _start(span: Span, file: FileText) -> int:
    """Return where a span begins, with the signs in front of it."""
    start, _ = file.stretch(span.location)
    opening = None if span.kind is SpanKind.LITERAL else _OPENING.search(file.text[:start][-_LONGEST_SIGN:])
    return start - len(opening[0]) if opening else start


class _Written:
    """Which characters of a file are what."""

    def __init__(self, run: Sequence[Span], file: FileText) -> None:
        self._file = file
        self._fixed = [file.stretch(s.location) for s in run if s.kind is SpanKind.LITERAL and _verbatim(s, file)]
        spans = [span for span in flat(run) if span.location.path == file.name]
        self._known = sorted(
            file.stretch(span.location) for span in spans if span.kind is not SpanKind.LITERAL or _verbatim(span, file)
        )

    def block(self, start: int, end: int) -> Block:
        text = self._file.text
        start += len(text[start:end]) - len(text[start:end].lstrip())
        end = start + len(text[start:end].rstrip())
        fixed = any(a <= start and end <= b for a, b in self._fixed)
        return Block(start, end, text[start:end], fixed, fixed or all(map(_is_sign, self._gaps(start, end))))

    def _gaps(self, start: int, end: int) -> Iterator[str]:
        """Yield what stands between the spans."""
        position = start
        for first, last in self._known:
            if last <= start or first >= end:
                continue
            if first > position:
                yield self._file.text[position:first]
            position = max(position, last)
        if position < end:
            yield self._file.text[position:end]


def _is_sign(gap: str) -> bool:
    """Say whether a stretch between two spans is nothing but the signs around values and blocks."""
    rest = _BLOCK_WORDS.sub("", _FORM.sub("", gap))
    return _SIGNS.fullmatch(rest) is not None and "{#" not in gap.replace("{{#", "")


# --- Paragraphs that belong together --------------------------------------------------------------------------------


def _joined(blocks: Sequence[Block], text: str) -> list[Block]:
    """Join what a blank line does not part: lists, code, tags, and an introduction with what it introduces."""
    base = min((_indent(block, text) for block in blocks[1:]), default=0)
    result: list[Block] = []
    for block in blocks:
        if result and (_expects(result[-1].text) or _ITEM.match(block.text) or _indent(block, text) > base):
            last = result.pop()
            whole = text[last.start : block.end]
            block = Block(  # noqa: PLW2901  # grows until it stands alone
                last.start, block.end, whole, last.fixed and block.fixed, last.movable and block.movable
            )
        result.append(block)
    return [block._replace(movable=block.movable and not _is_open(block.text)) for block in result]


def _expects(text: str) -> bool:
    """Say whether a paragraph wants the next one."""
    return text.endswith(":") or _HEADING.fullmatch(text) is not None or _is_open(text)


def _indent(block: Block, text: str) -> int:
    """Return the white space in front of a paragraph; none where something else stands there."""
    before = text[text.rfind("\n", 0, block.start) + 1 : block.start]
    return 0 if before.strip() else len(before)


def _is_open(text: str) -> bool:
    """Say whether a code fence or a tag is begun and not ended, or the other way round."""
    if len(_FENCE.findall(text)) % 2:
        return True
    begun: list[str] = []
    for match in _TAG.finditer(text):
        if not match[1]:
            begun.append(match[2])
        elif match[2] in begun:
            begun.remove(match[2])
        else:
            return True
    return bool(begun)
