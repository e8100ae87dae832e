"""Aligns variants of one text: what all of them hold in the same order, and what stands between.

Lines first, because most of a prompt is the same line by line; then the words of the stretches that differ. What
is common is kept only if every variant has it, in the same order. The order of the variants does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_WORDS = re.compile(r"\s+|[\w.:@/+%&?#~-]+|.", re.DOTALL)
"""Runs of space, words with the signs that times, numbers, names, paths and addresses hold, and other signs."""
_MOST_CELLS = 4_000_000
"""Pairs of tokens that an exact comparison may take; beyond that, what differs is one slot."""
_TELLING = 3
"""Letters or digits that a common piece between two slots must have to keep them apart: less is accident."""
_TIMES = 4
"""So many times longer than a common piece, slots on both sides hold it by accident: words that all texts have."""


class Skeleton(NamedTuple):
    """`literals[0] value literals[1] value ... literals[-1]`: a text with places for values."""

    literals: tuple[str, ...]

    @property
    def slots(self) -> int:
        """How many values it takes."""
        return len(self.literals) - 1

    def values(self, text: str) -> tuple[str, ...] | None:
        """Return the values that make `text` of this skeleton; `None` where it is none of its texts.

        Literals are looked for from the left; the last one must stand at the end.
        """
        first, *rest = self.literals
        if not rest:
            return () if text == first else None
        end = len(text) - len(rest[-1])
        if not text.startswith(first) or not text.endswith(rest[-1]):
            return None
        found: list[str] = []
        at = len(first)
        for literal in rest[:-1]:
            place = text.find(literal, at, end)
            if place < 0:
                return None
            found.append(text[at:place])
            at = place + len(literal)
        if at > end:
            return None
        found.append(text[at:end])
        return tuple(found)


def align(variants: Sequence[str]) -> Skeleton:
    """Return the skeleton of some texts; one text alone has no slot."""
    texts = sorted(set(variants))
    pieces: list[_Piece] = []
    for piece in _pieces([text.splitlines(keepends=True) for text in texts]):
        if piece.is_slot:
            pieces += _pieces([_WORDS.findall(value) for value in piece.values])
        else:
            pieces.append(piece)
    return Skeleton(tuple(_literals(pieces)))


class _Piece(NamedTuple):
    """What the variants hold at one stretch: the same for all, or a value each."""

    values: tuple[str, ...]
    is_slot: bool


def _pieces(rows: list[list[str]]) -> list[_Piece]:
    """Cut token lists into stretches that all share and stretches that differ."""
    common = _common(rows)
    gaps = [_gaps(common, row) for row in rows]
    result: list[_Piece] = []
    for place in range(len(common) + 1):
        values = tuple(gap[place] for gap in gaps)
        if any(values):
            result.append(_Piece(values, is_slot=True))
        if place < len(common):
            result.append(_Piece((common[place],) * len(rows), is_slot=False))
    return result


def _common(rows: list[list[str]]) -> list[str]:
    """Return tokens that all rows hold in this order."""
    common = min(rows, key=len)
    for row in rows:
        if not _is_within(common, row):
            common = _shared(common, row)
    return common


def _is_within(common: list[str], row: list[str]) -> bool:
    rest = iter(row)
    return all(token in rest for token in common)


def _shared(a: list[str], b: list[str]) -> list[str]:
    """Return a long common subsequence: common ends as they are, the middle by matching blocks."""
    head = _same(a, b)
    tail = _same(a[head:][::-1], b[head:][::-1])
    a_mid, b_mid = a[head : len(a) - tail], b[head : len(b) - tail]
    middle: list[str] = []
    if len(a_mid) * len(b_mid) <= _MOST_CELLS:
        for block in SequenceMatcher(None, a_mid, b_mid, autojunk=False).get_matching_blocks():
            middle += a_mid[block.a : block.a + block.size]
    return a[:head] + middle + a[len(a) - tail :]


def _same(a: list[str], b: list[str]) -> int:
    """Return how many leading tokens are equal."""
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count


def _gaps(common: list[str], row: list[str]) -> list[str]:
    """Return what `row` holds before, between and behind the common tokens: one text more than there are tokens."""
    head = _same(common, row)
    tail = _same(common[head:][::-1], row[head:][::-1])
    gaps = [""] * (len(common) + 1)
    place = head
    for token in row[head : len(row) - tail]:
        if place < len(common) - tail and token == common[place]:
            place += 1
        else:
            gaps[place] += token
    return gaps


def _literals(pieces: list[_Piece]) -> list[str]:
    """Join pieces into literals around slots; slots that only an accident separates become one."""
    literals = [""]
    before = 0.0
    for piece in pieces:
        if not piece.is_slot:
            literals[-1] += piece.values[0]
            continue
        size = sum(map(len, piece.values)) / len(piece.values)
        telling = sum(map(str.isalnum, literals[-1]))
        if len(literals) > 1 and (telling < _TELLING or telling * _TIMES < min(before, size)):
            before += len(literals[-1]) + size
            literals[-1] = ""
        else:
            literals.append("")
            before = size
    return literals
