"""Two texts side by side: the first token that differs, the stretches that do, and lines around them."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from cachelens.layouts.values import kind_of
from cachelens.layouts.variants import skeleton_of
from cachelens.model.explanation import Change
from cachelens.prompts.cuts import common_prefix
from cachelens.prompts.tokens import encoder, token_lengths

_MOST = 5
"""Changes that are told one by one."""
_LITTLE = 0.3
"""Share of a text that must be the same for its changes to be told apart; else it is another text."""
_LINES = 2
"""Lines around a change."""
_CONTEXT = 12
_LABEL = 200
_LONG = 20_000
"""Characters up to which all changes are told apart: that takes a second at worst."""
_TELLING = 6
"""Characters from which an id of the log, found in a value, is no accident."""


class FirstToken(NamedTuple):
    """Where two texts part."""

    same: int
    """Leading tokens that both have."""
    tokens: int
    """Tokens of the second text."""
    at: int
    """Characters of the second text before the first that differs."""
    pair: tuple[str, str]
    """The first token that differs, in both; empty where a text has ended."""


class Clued(Protocol):
    """What is known of the requests that two texts are from."""

    @property
    def arrived_us(self) -> tuple[int, ...]:
        """Return when they were sent, microseconds UTC; empty where that is not known."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """Return their ids."""
        ...

    @property
    def sessions(self) -> tuple[str, ...]:
        """Return the ids of their sessions."""
        ...


def first_token(before: str, now: str) -> FirstToken:
    """Return where two texts part, in tokens of the reference tokenizer."""
    ids, bounds = encoder().encode_batch([before, now])
    one, other = ids[: bounds[1]], ids[bounds[1] :]
    length = min(len(one), len(other))
    different = np.flatnonzero(one[:length] != other[:length])
    same = int(different[0]) if len(different) else length
    raw = before.encode("utf-8", "replace"), now.encode("utf-8", "replace")
    at = common_prefix(*raw)
    return FirstToken(
        same,
        len(other),
        len(raw[1][:at].decode("utf-8", "ignore")),
        (_token(raw[0], one, same), _token(raw[1], other, same)),
    )


def _token(raw: bytes, ids: np.ndarray[tuple[int], np.dtype[np.uint32]], place: int) -> str:
    if place >= len(ids):
        return ""
    ends = np.cumsum(token_lengths()[ids[: place + 1]], dtype=np.int64)
    start = int(ends[-2]) if place else 0
    return raw[start : int(ends[-1])].decode("utf-8", "replace")


def changes_between(before: str, now: str, clues: Clued) -> tuple[tuple[Change, ...], int, float]:
    """Return the first stretches in which two texts differ, how many there are, and the share fixed behind the first.

    Texts with little in common are one change as a whole. Of long ones, what stands near the first change is looked
    into, and the rest is counted by its lines.
    """
    head = _whole_lines(before, now)
    old, new = before[head:], now[head:]
    if max(len(old), len(new)) > _LONG:
        fixed = _in_both(old, new)
        if head + fixed < _LITTLE * min(len(before), len(now)):
            return (_whole(before, now, clues),), 1, 0.0
        found = _told((before, now), (_cut(old), _cut(new)), head, clues)
        return tuple(found[:_MOST]), len(found) + 1, fixed / max(1, len(now))
    skeleton = skeleton_of([old, new])
    fixed = sum(map(len, skeleton.literals))
    if skeleton.values(old) is None or head + fixed < _LITTLE * min(len(before), len(now)):
        return (_whole(before, now, clues),), 1, 0.0
    found = _told((before, now), (old, new), head, clues)
    return tuple(found[:_MOST]), len(found), sum(map(len, skeleton.literals[1:])) / max(1, len(now))


def _whole_lines(before: str, now: str) -> int:
    """Return how many characters of whole lines both texts begin with."""
    return now.rfind("\n", 0, _common(before, now)) + 1


def _cut(text: str) -> str:
    """Return the beginning of a long text, to the end of a line where there is one."""
    if len(text) <= _LONG:
        return text
    return text[: text.rfind("\n", 0, _LONG) + 1 or _LONG]


def _in_both(before: str, now: str) -> int:
    """Return the characters of the lines that stand in both texts, or of their common end if those are more."""
    old, new = (Counter(text.splitlines(keepends=True)) for text in (before, now))
    lines = sum(len(line) * times for line, times in (old & new).items())
    return max(lines, _common(before[::-1], now[::-1]))


def _common(one: str, other: str) -> int:
    """Return how many characters both texts begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _told(whole: tuple[str, str], parts: tuple[str, str], head: int, clues: Clued) -> list[Change]:
    """Return the changes between two parts of texts that begin `head` characters into both."""
    skeleton = skeleton_of(parts)
    values = [skeleton.values(part) for part in parts]
    if values[0] is None or values[1] is None:
        return []
    found: list[Change] = []
    at_old = at = head
    for literal, old, new in zip(skeleton.literals, values[0], values[1], strict=False):
        at_old, at = at_old + len(literal), at + len(literal)
        if old != new:
            found.append(_change(whole, (old, new), (at_old, at), clues))
        at_old, at = at_old + len(old), at + len(new)
    return found


def _whole(before: str, now: str, clues: Clued) -> Change:
    kind = _kind((before, now), "", clues)
    return Change(before=before, after=now, kind=kind, line=1, column=1, around=(before, now), whole=True)


def _change(texts: tuple[str, str], values: tuple[str, str], at: tuple[int, int], clues: Clued) -> Change:
    now = texts[1]
    return Change(
        before=values[0],
        after=values[1],
        kind=_kind(values, now[max(0, at[1] - _LABEL) : at[1]], clues),
        line=now.count("\n", 0, at[1]) + 1,
        column=at[1] - (now.rfind("\n", 0, at[1]) + 1) + 1,
        around=(_lines(texts[0], at[0], values[0]), _lines(texts[1], at[1], values[1])),
    )


def _lines(text: str, at: int, value: str) -> str:
    """Return the whole lines in which a value stands."""
    end = text.find("\n", at + len(value))
    return text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(text)]


def _kind(values: Sequence[str], before: str, clues: Clued) -> str:
    return kind_of(
        values,
        arrived_us=clues.arrived_us,
        own=[one if len(one) >= _TELLING else "" for one in clues.ids],
        sessions=[one if len(one) >= _TELLING else "" for one in clues.sessions],
        before=before,
    ).value


def context_of(before: str, now: str) -> tuple[str, ...]:
    """Return lines of a unified diff around the first change, without its heading; some at most."""
    old, new = before.splitlines(), now.splitlines()
    same = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(0, same - _LINES)
    window = 8 * _CONTEXT
    rows = list(difflib.unified_diff(old[start : start + window], new[start : start + window], n=_LINES, lineterm=""))[
        3:
    ]
    stop = next((k for k, row in enumerate(rows) if row.startswith("@@")), len(rows))
    return tuple(rows[: min(stop, _CONTEXT)])
