"""Where a value stands in a TOML text: for messages, so nothing here is fast."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

Step = str | int


def line_of(text: str, path: Sequence[Step]) -> int:
    """Return the line, from 1, of the statement that brings a value, or the nearest table or list around it.

    Told by the parser itself: it is the first statement behind which the value is there.
    """
    lines = text.split("\n")
    for length in range(len(path), 0, -1):
        line = _first(lines, path[:length])
        if line:
            return line
    return 1


def _first(lines: Sequence[str], path: Sequence[Step]) -> int:
    before = 0
    for count in range(1, len(lines) + 1):
        try:
            found = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        if _holds(found, path):
            return _statement(lines, before, count)
        before = count
    return 0


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
