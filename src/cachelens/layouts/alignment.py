"""Aligns variants of one text: what all of them hold in the same order, and what stands between.

Lines first, because most of a prompt is the same line by line; then the words of the stretches that differ. What
is common is kept only if every variant has it, in the same order. The order of the variants does not matter.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_WORDS = re.compile(r"\s+|[\w.:@/+%&?#~-]+|.", re.DOTALL)
"""Runs of space, words with the signs that times, numbers, names, paths and addresses hold, and other signs."""
_MOST_CELLS = 250_000
"""Pairs of tokens that an exact comparison may take where nothing stands just once; beyond that, it is one slot."""
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
    """Return a long common subsequence, patience style.

    Common ends as they are; between them, tokens that stand once on either side hold the two together, those that
    keep their order; so again between these. What is left without such a token goes by matching blocks.
    """
    blocks: list[tuple[int, int]] = []
    open_ranges = [(0, len(a), 0, len(b))]
    while open_ranges:
        a_from, a_to, b_from, b_to = open_ranges.pop()
        head = _same_from(a, b, a_from, b_from, min(a_to - a_from, b_to - b_from))
        blocks.append((a_from, a_from + head))
        a_from, b_from = a_from + head, b_from + head
        while a_from < a_to and b_from < b_to and a[a_to - 1] == b[b_to - 1]:
            a_to, b_to = a_to - 1, b_to - 1
            blocks.append((a_to, a_to + 1))
        if a_from == a_to or b_from == b_to:
            continue
        anchors = _anchors(a, b, (a_from, a_to, b_from, b_to))
        if anchors:
            ends = [*anchors, (a_to, b_to)]
            for (a_at, b_at), (a_next, b_next) in zip([(a_from, b_from), *anchors], ends, strict=True):
                open_ranges.append((a_at, a_next, b_at, b_next))
        elif (a_to - a_from) * (b_to - b_from) <= _MOST_CELLS:
            match = SequenceMatcher(None, a[a_from:a_to], b[b_from:b_to], autojunk=False)
            blocks += [(a_from + at, a_from + at + size) for at, _, size in match.get_matching_blocks()]
    return [token for start, stop in sorted(blocks) for token in a[start:stop]]


def _anchors(a: list[str], b: list[str], within: tuple[int, int, int, int]) -> list[tuple[int, int]]:
    """Return where tokens stand that each list holds just once within a stretch: the most that keep their order."""
    a_from, a_to, b_from, b_to = within
    once_b = _once(b, b_from, b_to)
    pairs = [(at, once_b[token]) for token, at in _once(a, a_from, a_to).items() if token in once_b]
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(tails, place)
        before.append(last[length - 1] if length else -1)
        tails[length : length + 1] = [place]
        last[length : length + 1] = [number]
    chain: list[tuple[int, int]] = []
    step = last[-1] if last else -1
    while step >= 0:
        chain.append(pairs[step])
        step = before[step]
    return chain[::-1]


def _once(tokens: list[str], start: int, stop: int) -> dict[str, int]:
    """Return where the tokens stand that a stretch holds just once, in order."""
    places: dict[str, int] = {}
    for place in range(start, stop):
        token = tokens[place]
        places[token] = -1 if token in places else place
    return {token: place for token, place in places.items() if place >= 0}


def _same_from(a: list[str], b: list[str], a_from: int, b_from: int, most: int) -> int:
    """Return how many tokens are equal from two places on."""
    count = 0
    while count < most and a[a_from + count] == b[b_from + count]:
        count += 1
    return count


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
    place = start = head
    last, end = len(common) - tail, len(row) - tail
    for at in range(head, end):
        if place < last and row[at] == common[place]:
            gaps[place] = "".join(row[start:at])
            place, start = place + 1, at + 1
    gaps[place] = "".join(row[start:end])
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
