"""Tells the calls of one id apart: the same call logged twice counts once, an id that is given again does not.

A call is the same as an earlier one of its id if it has the same prompt, or the same time and counts: one call can
stand in several exports, or in the transcript of a session that was resumed, with what was known of its prompt there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cachelens.prompts.columns import INTEGER_COLUMNS, PLACES, Columns

_WIDTH = len(INTEGER_COLUMNS)


class Call(NamedTuple):
    """What a call is told by; -1 for what the log does not say."""

    leaf: int
    arrived: int
    input: int
    output: int

    def is_same(self, other: Call) -> bool:
        """Say whether two calls of one id are one."""
        timed = min(self.arrived, self.input) >= 0
        return self.leaf == other.leaf or (timed and self[1:] == other[1:])


class Calls:
    """The calls of each id, as far as they have been seen."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        """The request that had an id first."""
        self.more: dict[str, list[Call]] = {}
        """Calls of an id that differ from its first one, whether they were counted or not."""

    def is_known(self, request_id: str, number: int, call: Call, columns: Columns) -> bool:
        """Say whether a call was seen before, and remember it. `number` is the request that it becomes if not."""
        if self._first.setdefault(request_id, number) == number:
            return False
        before = self.before(request_id, columns)
        self.note(request_id, call, before)
        return any(call.is_same(one) for one in before)

    def before(self, request_id: str, columns: Columns) -> list[Call]:
        """Return the calls of an id."""
        first = self._first.get(request_id)
        return [] if first is None else [call_of(columns, first), *self.more.get(request_id, ())]

    def note(self, request_id: str, call: Call, before: Iterable[Call]) -> None:
        """Remember a call beside those that are known."""
        if call not in before:
            self.more.setdefault(request_id, []).append(call)

    def note_request(self, request_id: str, number: int, columns: Columns) -> None:
        """Remember a request that was added."""
        if self._first.setdefault(request_id, number) != number:
            self.note(request_id, call_of(columns, number), self.before(request_id, columns))

    def close(self) -> None:
        """Drop what can be had from the requests themselves."""
        self._first.clear()


def call_of(columns: Columns, number: int) -> Call:
    """Return what a request is told by."""
    row = number * _WIDTH
    return Call(*(columns.rows[row + PLACES[name]] for name in Call._fields))
