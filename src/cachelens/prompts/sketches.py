"""Sketches of a text's lines: small sets that similar texts share, for telling workloads apart."""

from __future__ import annotations

import re

import xxhash

SKETCH = 8
"""Hashes in a sketch: the smallest of all line hashes, so that similar line sets have similar sketches."""

_SENTENCES = re.compile(rb"(?<=[.!?;:])\s+")
_FEW = 8
_SHORT = 8


def sketch(text: bytes) -> tuple[int, ...]:
    """Return the smallest hashes of the distinct lines (sentences, where there are few lines)."""
    lines = {line for line in text.split(b"\n") if len(line) > _SHORT}
    if len(lines) < _FEW:
        lines = {piece for line in lines for piece in _SENTENCES.split(line)} or {text}
    return tuple(sorted({xxhash.xxh3_64_intdigest(line) for line in lines})[:SKETCH])


class Clusters:
    """Groups sketches that share at least half of the smaller one's hashes with the group's first."""

    def __init__(self) -> None:
        self._groups: dict[int, list[int]] = {}
        self._firsts: list[frozenset[int]] = []
        self._known: dict[tuple[int, ...], int] = {}

    def place(self, item: tuple[int, ...]) -> int:
        """Return the group of a sketch, a new one when no group is near."""
        known = self._known.get(item)
        if known is None:
            known = self._known[item] = self._nearest(item)
        return known

    def _nearest(self, item: tuple[int, ...]) -> int:
        votes: dict[int, int] = {}
        for value in item:
            for group in self._groups.get(value, ()):
                votes[group] = votes.get(group, 0) + 1
        best = max(votes, key=lambda group: (votes[group], -group), default=-1)
        if best >= 0 and 2 * votes[best] >= min(len(item), len(self._firsts[best])):
            return best
        self._firsts.append(frozenset(item))
        for value in item:
            self._groups.setdefault(value, []).append(len(self._firsts) - 1)
        return len(self._firsts) - 1
