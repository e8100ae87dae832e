"""The semantic response cache: the answer to the nearest question, where that is near enough and the gates let it.

Requests are decided in order of arrival. A request that is not served is answered by the model and stored; one that
is served is not stored again. Among the entries that the gates let pass, the nearest that is alive answers.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cachelens.layers.embedders.base import Embedder
from cachelens.layers.gates import Lock
from cachelens.layers.neighbours import Neighbours, neighbours
from cachelens.layers.normal import Normal
from cachelens.layers.store import Store, Tally
from cachelens.layers.traffic import Traffic

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
NO_QUESTION = "the last message is no question of a user"
TOO_LONG = "the question is longer than 20,000 characters"
NO_VECTOR = "the log holds no vector of it that fits the others"
NO_WORDS = "the embedder knows no word of the question"
GATED = "no value for the gate"
"""Followed by the name of the gate."""
LONGEST = 20_000
"""Characters of a question; what is longer is a document."""
_NUMBER_BYTES = 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class Space:
    """The questions of some traffic and what is near to each."""

    unit: Sequence[int]
    """For each request the number of its question; -1 where it has none that can be compared."""
    near: Neighbours
    refused: Sequence[str]
    """For each request why it has none; empty where it has."""
    width: int
    """Numbers in a vector."""

    @property
    def units(self) -> int:
        """Distinct questions."""
        return len(self.near.start) - 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hits:
    """What the semantic cache does with the requests that pass it."""

    source: I64
    """For each request the earlier one whose answer it is given; -1 where it passes on."""
    similarity: F64
    tally: Tally
    not_eligible: Mapping[str, int]

    def pairs(self) -> list[tuple[int, int]]:
        """Return (request, whose answer it is given) of every hit, in order of arrival."""
        served = np.flatnonzero(self.source >= 0)
        return list(zip(served.tolist(), self.source[served].tolist(), strict=True))


def space_of(traffic: Traffic, normal: Normal, embedder: Embedder | None, floor: float) -> Space:
    """Embed the questions and find what is at least `floor` near; without an embedder by the log's own vectors."""
    refused, identities = [], []
    width = _width(traffic) if embedder is None else 0
    for number, question in enumerate(traffic.questions):
        vector = traffic.calls[number].vector
        why = NO_QUESTION if question is None else TOO_LONG if len(question.text) > LONGEST else ""
        if not why and embedder is None and (vector is None or len(vector) != width or not any(vector)):
            why = NO_VECTOR
        refused.append(why)
        identities.append(
            None if why or question is None else (normal.text(question.text), None if embedder else vector)
        )
    numbers: dict[object, int] = {}
    unit = [-1 if one is None else numbers.setdefault(one, len(numbers)) for one in identities]
    distinct = [one for one in dict.fromkeys(identities) if one is not None]
    if embedder is not None:
        rows = embedder.embed([text for text, _ in distinct])
    else:
        rows = np.array([vector for _, vector in distinct], dtype=np.float32).reshape(len(distinct), width)
    blank = np.count_nonzero(rows, axis=1) == 0
    for number, one in enumerate(unit):
        if one >= 0 and blank[one]:
            refused[number], unit[number] = NO_WORDS, -1
    return Space(unit=unit, near=neighbours(rows, floor), refused=refused, width=rows.shape[1])


def _width(traffic: Traffic) -> int:
    """Return the commonest length of the log's vectors, the longer of two that are as common."""
    lengths = Counter(len(call.vector) for call in traffic.calls if call.vector)
    return max(lengths, key=lambda length: (lengths[length], length), default=0)


def run_semantic(
    traffic: Traffic,
    space: Space,
    lock: Lock,
    passing: Sequence[bool],
    threshold: float,
    limits: tuple[int | None, int | None],
) -> Hits:
    """Replay the requests that pass the layers before through a cache; `limits` are lifetime and capacity."""
    store = Store(
        ttl_us=limits[0],
        capacity=limits[1],
        size_of=traffic.answer_bytes.__getitem__,
        key_bytes=_NUMBER_BYTES * space.width,
    )
    source = np.full(len(traffic), -1, dtype=np.int64)
    similarity = np.zeros(len(traffic))
    refused: Counter[str] = Counter()
    for number, (unit, key) in enumerate(zip(space.unit, lock.key, strict=True)):
        if not passing[number]:
            continue
        if unit < 0 or key < 0:
            refused[space.refused[number] or f"{GATED} {lock.lacking[number]}"] += 1
            continue
        found, cosine, entry = _nearest(traffic, space, store, lock, number, threshold)
        if found >= 0:
            source[number], similarity[number] = found, cosine
            store.touch(entry)
        else:
            store.put(key * space.units + unit, number, traffic.answered[number])
    return Hits(source=source, similarity=similarity, tally=store.tally, not_eligible=dict(sorted(refused.items())))


def _nearest(
    traffic: Traffic, space: Space, store: Store, lock: Lock, number: int, threshold: float
) -> tuple[int, float, int]:
    """Return the request whose answer is nearest, how near, and its entry; -1 without one."""
    key, oldest, now = lock.key[number], lock.oldest_us[number], traffic.arrived[number]
    near, unit, units = space.near, space.unit[number], space.units
    for place in range(near.start[unit], near.start[unit + 1]):
        cosine = near.similarity[place]
        if cosine < threshold:
            break
        entry = key * units + near.other[place]
        found = store.find(entry, now)
        if found >= 0 and (oldest is None or now - traffic.answered[found] <= oldest):
            return found, cosine, entry
    return -1, 0.0, -1
