"""Where a value stands in a TOML text: for messages."""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Sequence

Step = str | int


def line_of(text: str, path: Sequence[Step]) -> int:
    """Return the line, from 1, of the statement that brings a value, or the nearest table or list around it.

    Told by the parser itself: it is the first statement behind which the value is there.
    """
    lines = text.split("\n")
    ends = _ends(lines)
    for length in range(len(path), 0, -1):
        line = _first(lines, ends, path[:length])
        if line:
            return line
    return 1


def _ends(lines: Sequence[str]) -> list[int]:
    """Return the last line of each statement, from 1: with that line, what has begun before it can be parsed alone."""
    ends: list[int] = []
    start = 0
    for count in range(1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[start:count]))
        except tomllib.TOMLDecodeError:
            continue
        ends.append(count)
        start = count
    return ends


def _first(lines: Sequence[str], ends: Sequence[int], path: Sequence[Step]) -> int:
    """Return the first line of the first statement behind which a value is there; 0 if it never is."""
    place = bisect_left(ends, True, key=lambda count: _holds(tomllib.loads("\n".join(lines[:count])), path))
    return _statement(lines, ends[place - 1] if place else 0, ends[place]) if place < len(ends) else 0


def _holds(value: object, path: Sequence[Step]) -> bool:
    for step in path:
        rows: dict[Step, object] = dict(enumerate(value)) if isinstance(value, list) else {}
        rows = value if isinstance(value, dict) else rows
        if step not in rows:
            return False
        value = rows[step]
    return True


def _statement(lines: Sequence[str], before: int, last: int) -> int:
    """Return the first line of a statement: blank lines and comments in front of it are no part of it."""
    for number in range(before + 1, last):
        if lines[number - 1].strip() and not lines[number - 1].lstrip().startswith("#"):
            return number
    return last
