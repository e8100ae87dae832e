"""The embedder that needs nothing: words, pairs of words and letter triples, hashed into signed buckets.

Feature hashing after Weinberger et al. 2009. It sees spelling, not meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import xxhash

from cachelens.layers.embedders.base import F32

SIZE = 256
_WORD = re.compile(r"\w+")
_WHOLE, _PAIR, _TRIPLE = 1.0, 0.5, 0.3
"""Weight of a word, of a pair of neighbouring words, and of all letter triples of a word together."""
_BATCH = 4_096
_MOST_KNOWN = 500_000
_Feature = tuple[int, float]


class Hashing:
    """Hashed words."""

    id = "hashing"
    about = "hashed words and letters, 256 numbers, no model"
    limits = (
        "It compares spelling, not meaning: it misses paraphrases in other words, and it scores questions that differ "
        "in one word (a city, a number, a not) almost as high as equal ones."
    )
    close = 0.80
    far = 0.20

    def __init__(self) -> None:
        self._words: dict[str, tuple[_Feature, ...]] = {}

    def embed(self, texts: Sequence[str]) -> F32:
        """Return one row a text."""
        rows = [self._rows(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, SIZE), dtype=np.float32)

    def _rows(self, texts: Sequence[str]) -> F32:
        places: list[int] = []
        weights: list[float] = []
        for number, text in enumerate(texts):
            for place, weight in self._features(text):
                places.append(number * SIZE + place)
                weights.append(weight)
        at: npt.NDArray[np.int64] = np.array(places, dtype=np.int64)
        sums = np.bincount(at, weights=np.array(weights), minlength=len(texts) * SIZE)
        return sums.reshape(len(texts), SIZE).astype(np.float32)

    def _features(self, text: str) -> Iterator[_Feature]:
        before = ""
        for word in _WORD.findall(text.casefold()):
            yield from self._word(word)
            if before:
                yield _hashed(f"{before} {word}", _PAIR)
            before = word

    def _word(self, word: str) -> tuple[_Feature, ...]:
        known = self._words.get(word)
        if known is None:
            padded = f" {word} "
            triples = [padded[start : start + 3] for start in range(len(padded) - 2)]
            share = _TRIPLE / max(1, len(triples)) ** 0.5
            known = (_hashed(word, _WHOLE), *(_hashed(f"3{triple}", share) for triple in triples))
            if len(self._words) < _MOST_KNOWN:
                self._words[word] = known
        return known


def _hashed(feature: str, weight: float) -> _Feature:
    """Return the bucket of a feature and its weight, signed so that features that share a bucket cancel on average."""
    value = xxhash.xxh3_64_intdigest(feature.encode("utf-8", "surrogatepass"))
    return value % SIZE, weight if value >> 63 else -weight


def load(_path: str = "") -> Hashing:
    """Return the embedder."""
    return Hashing()
