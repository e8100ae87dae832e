"""Where the content of a Python string literal stands, and where the fields of an f-string do."""

from __future__ import annotations

import re
from typing import NamedTuple

from cachelens.templates.code.source import Range

_OPENING = re.compile(r"([A-Za-z]{0,3})(\"\"\"|'''|\"|')")
_BETWEEN = re.compile(r"(?:[\s()\\]|#[^\n\r]*)*")
_COMPARISONS = {"==", "!=", "<=", ">="}
_MOST_NESTED = 4
"""Fields inside the format of a field."""
_PAIRS = {"(": ")", "[": "]", "{": "}"}


class Field(NamedTuple):
    """A replacement field: its expression, and the whole with the braces."""

    expression: Range
    whole: Range


class Scanned(NamedTuple):
    """One or more adjacent literals: the content of each, and all fields, in order."""

    contents: tuple[Range, ...]
    fields: tuple[Field, ...]


def scan(text: str, at: Range) -> Scanned | None:
    """Find contents and fields of the adjacent literals in a range; `None` if that is not what stands there."""
    contents: list[Range] = []
    fields: list[Field] = []
    position, end = at
    while position < end:
        between = _BETWEEN.match(text, position, end)
        position = between.end() if between else position
        opening = _OPENING.match(text, position, end)
        if opening is None:
            break
        closed = _content(text, opening, end, fields)
        if closed < 0:
            return None
        contents.append((opening.end(), closed))
        position = closed + len(opening[2])
    return Scanned(tuple(contents), tuple(fields)) if contents else None


def _content(text: str, opening: re.Match[str], end: int, fields: list[Field]) -> int:
    """Return where the content of a literal ends, collecting its fields; -1 if it does not end."""
    prefix, quote = opening[1].lower(), opening[2]
    position = opening.end()
    while position < end:
        if text.startswith(quote, position):
            return position
        character = text[position]
        if character == "\\":
            # A field may follow the backslash of a raw string; elsewhere it escapes one character.
            named = "f" in prefix and "r" not in prefix and text.startswith("\\N{", position)
            position = (
                text.find("}", position) + 1 if named else position + (1 if _raw_brace(text, position, prefix) else 2)
            )
        elif "f" in prefix and character in "{}":
            if text.startswith(character * 2, position):
                position += 2
            elif character == "{":
                field = _field(text, position, end)
                if field is None:
                    return -1
                fields.append(field)
                position = field.whole[1]
            else:
                position += 1
        else:
            position += 1
    return -1


def _raw_brace(text: str, position: int, prefix: str) -> bool:
    return "f" in prefix and text[position + 1 : position + 2] in {"{", "}"}


def _field(text: str, start: int, end: int, depth: int = 0) -> Field | None:
    """Read a replacement field from its opening brace."""
    position = start + 1
    open_: list[str] = []
    while 0 <= position < end:
        character = text[position]
        opening = _OPENING.match(text, position, end)
        if opening is not None:
            closed = _content(text, opening, end, [])
            position = closed + len(opening[2]) if closed >= 0 else -1
        elif character in _PAIRS:
            open_.append(_PAIRS[character])
            position += 1
        elif open_ and character == open_[-1]:
            open_.pop()
            position += 1
        elif not open_ and (stop := _stop(text, position)):
            closed = _format_end(text, position + stop - 1 if character == "}" else position + stop, end, depth)
            return Field((start + 1, position), (start, closed + 1)) if closed >= 0 else None
        else:
            position += 2 if text[position : position + 2] in _COMPARISONS else 1
    return None


def _format_end(text: str, position: int, end: int, depth: int) -> int:
    """Return where the closing brace stands behind an expression, its conversion and its format; -1 if nowhere."""
    while position < end:
        if text[position] == "}":
            return position
        nested = _field(text, position, end, depth + 1) if text[position] == "{" and depth < _MOST_NESTED else None
        position = nested.whole[1] if nested is not None else position + 1
    return -1


def _stop(text: str, position: int) -> int:
    """Return how many characters end the expression here: conversion, format, `=` or the closing brace; 0 if none."""
    character = text[position]
    if character in "}:":
        return 1
    if character == "!":
        return 0 if text.startswith("!=", position) else 2
    if character == "=" and not text.startswith("==", position):
        return 1
    return 0
