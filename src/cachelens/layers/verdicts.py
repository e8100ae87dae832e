"""Whether the answer that a cache would have given means the same as the one that was given: same, different, unsure.

The rules, the first that fits decides:

1. `no answer`: one of the two is not recorded: unsure.
2. `label`: a labelled pair says so.
3. `identical`: the same text and calls: same. `normalised`: the same but for blanks, case and punctuation: same.
4. `tool calls`: other calls or arguments: different.
5. `JSON`: both are JSON and hold other values: different.
6. `yes or no`, `numbers`, `codes`, `names`: each states what the other does not: different.
7. `close`: nothing stated differs, and the embedder has them near each other: same.
8. `far`: the embedder has them far from each other: different.
9. `between`: none of these: unsure.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from cachelens.layers.embedders.base import F32, Embedder
from cachelens.layers.facts import Facts, contradiction, facts_in
from cachelens.layers.intervals import wilson
from cachelens.layers.labels import Labels
from cachelens.layers.neighbours import cosines, quantised
from cachelens.model.call import RecordedCall
from cachelens.model.stack import Safety, Verdict

Pair = tuple[int, int]
LONGEST = 20_000
"""Characters of an answer that are compared by meaning."""
_WORDS = re.compile(r"(?<!\w)[-−]?\d+(?:[.,:/]\d+)*|\w+")


class Judged(NamedTuple):
    """A verdict, and the rule that decided it."""

    verdict: Verdict
    reason: str


_NO_ANSWER = Judged(Verdict.UNSURE, "no answer")


class Judge:
    """Compares recorded answers; each pair once."""

    def __init__(self, calls: Sequence[RecordedCall], embedder: Embedder, labels: Labels) -> None:
        self._calls = calls
        self._embedder = embedder
        self._labels = labels
        self._known: dict[Pair, Judged] = {}
        self._vectors: dict[str, F32] = {}
        self._facts: dict[str, Facts] = {}
        self.labels_used: set[Pair] = set()

    def judge(self, pairs: Iterable[Pair]) -> list[Judged]:
        """Return the verdict on each (request, request whose answer it is given)."""
        ordered = [(min(pair), max(pair)) for pair in pairs]
        fresh = [pair for pair in dict.fromkeys(ordered) if pair not in self._known]
        open_ones = []
        for pair in fresh:
            decided = self._at_once(pair)
            if decided is None:
                open_ones.append(pair)
            else:
                self._known[pair] = decided
        for pair, cosine in zip(open_ones, self._cosines(open_ones), strict=True):
            self._known[pair] = self._by_meaning(pair, cosine)
        return [self._known[pair] for pair in ordered]

    def _at_once(self, pair: Pair) -> Judged | None:
        """Decide a pair by what its answers state; `None` where their meaning must be compared."""
        label = self._labels.get(*pair)
        if label is not None:
            self.labels_used.add(pair)
            return Judged(Verdict.SAME if label else Verdict.DIFFERENT, "label")
        one, other = self._calls[pair[0]], self._calls[pair[1]]
        if one.answer is None or other.answer is None:
            return _NO_ANSWER
        if (one.answer, one.tool_calls) == (other.answer, other.tool_calls):
            return Judged(Verdict.SAME, "identical")
        if one.tool_calls != other.tool_calls:
            return Judged(Verdict.DIFFERENT, "tool calls")
        structured = _json(one.answer), _json(other.answer)
        if None not in structured:
            return Judged(Verdict.SAME if structured[0] == structured[1] else Verdict.DIFFERENT, "JSON")
        if bare(one.answer) == bare(other.answer):
            return Judged(Verdict.SAME, "normalised")
        against = contradiction(self._stated(one.answer), self._stated(other.answer))
        return Judged(Verdict.DIFFERENT, against) if against else None

    def _by_meaning(self, pair: Pair, cosine: float) -> Judged:
        one, other = (self._stated(self._calls[number].answer or "") for number in pair)
        if cosine < self._embedder.far:
            return Judged(Verdict.DIFFERENT, "far")
        if cosine >= self._embedder.close and one == other:
            return Judged(Verdict.SAME, "close")
        return Judged(Verdict.UNSURE, "between")

    def _stated(self, text: str) -> Facts:
        if text not in self._facts:
            self._facts[text] = facts_in(text[:LONGEST])
        return self._facts[text]

    def _cosines(self, pairs: Sequence[Pair]) -> list[float]:
        texts = [self._calls[number].answer or "" for pair in pairs for number in pair]
        fresh = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if fresh:
            rows = quantised(self._embedder.embed([text[:LONGEST] for text in fresh]))
            self._vectors.update(zip(fresh, rows, strict=True))
        if not pairs:
            return []
        rows = np.stack([self._vectors[text] for text in texts])
        found: list[float] = cosines(rows[::2], rows[1::2]).tolist()
        return found


def bare(text: str) -> str:
    """Return the words and numbers of a text without case; the text itself where it has none."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORDS.findall(folded)) or folded


def _json(text: str) -> object | None:
    """Return the object or list that a text is; `None` for other text."""
    body = text.strip()
    if body[:1] not in ("{", "["):
        return None
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def safety(judged: Sequence[Judged]) -> Safety:
    """Count verdicts."""
    counts = dict.fromkeys(Verdict, 0)
    reasons: dict[str, int] = {}
    for one in judged:
        counts[one.verdict] += 1
        reasons[one.reason] = reasons.get(one.reason, 0) + 1
    sure = counts[Verdict.SAME] + counts[Verdict.DIFFERENT]
    ends = wilson(counts[Verdict.DIFFERENT], sure)
    return Safety(
        hits=len(judged),
        same=counts[Verdict.SAME],
        different=counts[Verdict.DIFFERENT],
        unsure=counts[Verdict.UNSURE],
        false_hit_rate=counts[Verdict.DIFFERENT] / sure if sure else None,
        low=ends[0] if ends else None,
        high=ends[1] if ends else None,
        reasons=dict(sorted(reasons.items())),
    )
