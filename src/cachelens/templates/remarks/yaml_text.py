"""Comments of YAML, as a whole file or as the head of another."""

from __future__ import annotations

import re

from cachelens.templates.remarks.base import Page, Remark, Remarks

_COMMENT = re.compile(r"(?:^|(?<=[ \t\n]))#([^\n]*)")
_HEAD = re.compile(r"\A(?:[ \t]{0,20}(?:#[^\n]*)?\n)*+---[ \t]*\n(?P<head>.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)


def yaml(page: Page) -> Remarks:
    """Return the comments of a YAML text, as far as it can be read, and its values of several lines."""
    return _remarks(page.text, 0)


def head(page: Page) -> Remarks:
    """Return the comments of the YAML between `---` lines at the top of a text."""
    found = _HEAD.match(page.text)
    return _remarks(found["head"], found.start("head")) if found else Remarks([], [])


def _remarks(text: str, base: int) -> Remarks:
    """Tell comments from values: the scanner leaves comments out, but knows where each value stands."""
    values: list[tuple[int, int]] = []
    scalars, readable = _scalars(text)
    remarks: list[Remark] = []
    position = 0
    for start, body, end in [*scalars, (readable, readable, readable)]:
        remarks += _between(text, position, min(body, readable), base)
        position = end
        if "\n" in text[start:end].rstrip():
            values.append((base + start, base + start + len(text[start:end].rstrip()) - 1))
    return Remarks(remarks, values)


def _between(text: str, start: int, end: int, base: int) -> list[Remark]:
    found = _COMMENT.finditer(text, start, end)
    return [Remark(base + match.start(), base + match.end(), match[1]) for match in found]


def _scalars(text: str) -> tuple[list[tuple[int, int, int]], int]:
    """Return each value's start, the start of its text, and its end; and how far the text could be read.

    The head line of a block value (`|`) can carry a comment, so its text begins in the next line.
    """
    from yaml import CSafeLoader, ScalarToken, YAMLError, scan

    found: list[tuple[int, int, int]] = []
    try:
        for token in scan(text, Loader=CSafeLoader):
            if isinstance(token, ScalarToken):
                start, end = token.start_mark.index, token.end_mark.index
                block = text[start : start + 1] in {"|", ">"}
                found.append((start, text.find("\n", start, end) if block else start, end))
    except (YAMLError, UnicodeError):
        return found, found[-1][2] if found else 0
    return found, len(text)
