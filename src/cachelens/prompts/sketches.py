"""Sketches of a text's lines: small sets that similar texts share, for telling workloads apart."""

from __future__ import annotations

from collections.abc import Iterator

from xxhash import xxh3_64_intdigest

Sketch = tuple[int, ...]
SKETCH = 8
"""Hashes in a sketch: the smallest of all line hashes, so that similar line sets have similar sketches."""

_FEW = 8
_SHORT = 8
_SENTENCE_END = b". "
_LONGEST_RUN = 8
_CUT_EVERY = 5


def sketch(text: bytes) -> Sketch:
    """Return the smallest hashes of the distinct lines; of sentences where lines are few, of words where these are."""
    found = _distinct(text.split(b"\n"))
    if len(found) < _FEW:
        found = _distinct(text.replace(b"\n", _SENTENCE_END).split(_SENTENCE_END))
    if len(found) < _FEW:
        found = {xxh3_64_intdigest(run) for run in _runs(text.split())}
    return tuple(sorted(found)[:SKETCH])


def _distinct(pieces: list[bytes]) -> set[int]:
    return {xxh3_64_intdigest(piece) for piece in pieces if len(piece) > _SHORT}


def _runs(words: list[bytes]) -> Iterator[bytes]:
    """Cut words into runs at places that depend on the words alone, so that an insertion moves few of them."""
    run: list[bytes] = []
    for word in words:
        run.append(word)
        if len(run) == _LONGEST_RUN or xxh3_64_intdigest(word) % _CUT_EVERY == 0:
            yield b" ".join(run)
            run = []
    if run:
        yield b" ".join(run)


class Clusters:
    """Groups sketches that share at least half of the smaller one's hashes with the group's first."""

    def __init__(self) -> None:
        self._groups: dict[int, list[int]] = {}
        self._firsts: list[frozenset[int]] = []
        self._known: dict[Sketch, int] = {}

    def place(self, item: Sketch) -> int:
        """Return the group of a sketch, a new one when no group is near."""
        known = self._known.get(item)
        if known is None:
            known = self._known[item] = self._nearest(item)
        return known

    def _nearest(self, item: Sketch) -> int:
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
