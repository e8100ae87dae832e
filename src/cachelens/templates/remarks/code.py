"""Comments of Python, TypeScript and JavaScript."""

from __future__ import annotations

import io
import itertools
import tokenize

from cachelens.templates.remarks.base import Page, Remark, Remarks

_OPENING = {tokenize.STRING} | {getattr(tokenize, "FSTRING_START", tokenize.STRING)}
_CLOSING = {tokenize.STRING} | {getattr(tokenize, "FSTRING_END", tokenize.STRING)}


def python(page: Page) -> Remarks:
    """Return the comments of a Python source, as far as it can be read, and its strings of several lines."""
    text = page.text
    starts = [0, *itertools.accumulate(len(line) + 1 for line in text.split("\n"))]
    remarks: list[Remark] = []
    values: list[tuple[int, int]] = []
    opened: list[tuple[int, int]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            start = starts[token.start[0] - 1] + token.start[1]
            end = starts[token.end[0] - 1] + token.end[1]
            if token.type == tokenize.COMMENT:
                remarks.append(Remark(start, end, token.string[1:]))
            if token.type in _OPENING:
                opened.append((token.start[0], start))
            if token.type in _CLOSING and opened:
                line, first = opened.pop()
                if line < token.end[0]:
                    values.append((first, end - 1))
    except (tokenize.TokenError, SyntaxError, IndexError):
        pass
    return Remarks(remarks, values)


def script(page: Page) -> Remarks:
    """Return the comments of a TypeScript or JavaScript source, and its template literals of several lines."""
    from cachelens.templates.code.script import is_installed, syntax_tree

    if not is_installed():
        return Remarks([], [])
    text = page.text
    data = text.encode("utf-8", "surrogatepass")
    remarks: list[Remark] = []
    values: list[tuple[int, int]] = []
    place = _Characters(data)
    waiting = [syntax_tree(data, page.name)]
    while waiting:
        node = waiting.pop()
        if node.type not in {"comment", "template_string"}:
            waiting += reversed(node.children)
            continue
        start, end = place.of(node.start_byte), place.of(node.end_byte)
        if node.type == "comment":
            inner = end - 2 if text.startswith("/*", start) else end
            remarks.append(Remark(start, end, text[start + 2 : inner]))
        elif node.start_point[0] < node.end_point[0]:
            values.append((start, end - 1))
    return Remarks(remarks, values)


class _Characters:
    """Byte offsets, asked for in ascending order, as offsets into the text."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._byte = self._character = 0

    def of(self, byte: int) -> int:
        self._character += len(self._data[self._byte : byte].decode("utf-8", "surrogatepass"))
        self._byte = byte
        return self._character
