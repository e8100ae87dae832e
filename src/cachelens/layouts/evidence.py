"""What is known of a slot: where it stands, how often its values change, and what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.layouts.alignment import Skeleton
from cachelens.layouts.sampling import spread
from cachelens.layouts.scopes import Evidence, scope_of
from cachelens.layouts.values import Kind, kind_of
from cachelens.prompts.trace import Trace

I64 = npt.NDArray[np.int64]
_CHARACTERS = 4
"""Characters to a token, for places within a text; whole segments are counted."""
_MOST_VALUES, _LEAST_VALUES, _MOST_CHARACTERS = 200, 12, 100_000
"""Values of a slot that are looked into: so many, fewer where they are long."""
_LABEL = 200
"""Characters in front of a slot that are kept to name it by."""
_TELLING = 6
"""Characters from which an id of the log, found in a value, is no accident."""


class Slot(NamedTuple):
    """A stretch of a place that changes while text around it does not."""

    number: int
    """Its number within the place, from 0."""
    kind: Kind
    evidence: Evidence
    before: str
    """The end of the literal in front of it, which names it."""
    samples: tuple[str, ...]
    """Some of its values; content, to be masked by whoever shows it."""
    tokens_before: int
    """Tokens from the start of the prompt to it, on average, in the reference tokenizer."""
    static_behind: int
    """Tokens of this place that never change and stand behind it, about."""
    length: int
    """Characters of its values, on average."""


class Seen(NamedTuple):
    """The requests whose segment is of a skeleton, in order of arrival, and what they have in its slots."""

    requests: I64
    values: Sequence[tuple[str, ...]]
    """Values of each segment that is of the skeleton."""
    number: I64
    """Which of these each request has."""

    @classmethod
    def of(cls, requests: I64, variants: I64, number: I64, values: Mapping[int, tuple[str, ...]]) -> Seen:
        """Leave out requests whose segment, `variants[number]`, has no values."""
        own = [values.get(segment) for segment in variants.tolist()]
        known = np.array([one is not None for one in own], dtype=np.bool_)
        at = np.cumsum(known) - 1
        mine = known[number]
        return cls(requests[mine], [one for one in own if one is not None], at[number[mine]])


def slot_of(trace: Trace, k: int, skeleton: Skeleton, seen: Seen, start: int) -> Slot:
    """Look into slot `k` of a place that begins at token `start`."""
    requests = seen.requests
    texts = [values[k] for values in seen.values]
    numbers = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    evidence = scope_of(
        np.array([numbers[text] for text in texts], dtype=np.int64)[seen.number],
        trace.column("arrived")[requests],
        trace.column("session")[requests],
        trace.column("tenant")[requests],
        timed=bool(trace.meta.get("timed", True)),
    )
    size = sum(map(len, numbers)) // max(1, len(numbers))
    some = spread(len(requests), min(_MOST_VALUES, max(_LEAST_VALUES, _MOST_CHARACTERS // max(1, size))))
    chosen = seen.number[some].tolist()
    shown = [texts[number] for number in chosen]
    rows = requests[some].tolist()
    kind = kind_of(
        shown,
        arrived_us=trace.column("arrived")[rows].tolist(),
        own=[_long_enough(trace.request_ids[row]) for row in rows],
        sessions=[_long_enough(_session(trace, row)) for row in rows],
        before=_before(skeleton, k, seen.values[chosen[0]] if chosen else ()),
    )
    return Slot(
        number=k,
        kind=kind,
        evidence=evidence,
        before=skeleton.literals[k][-_LABEL:],
        samples=tuple(dict.fromkeys(shown))[:5],
        tokens_before=start + sum(map(len, skeleton.literals[: k + 1])) // _CHARACTERS,
        static_behind=sum(map(len, skeleton.literals[k + 1 :])) // _CHARACTERS,
        length=sum(map(len, shown)) // max(1, len(shown)),
    )


def _before(skeleton: Skeleton, k: int, values: Sequence[str]) -> str:
    """Return the end of what stands in front of a slot in one of the texts."""
    pieces = [piece for pair in zip(skeleton.literals[:k], values[:k], strict=False) for piece in pair]
    return "".join([*pieces, skeleton.literals[k]])[-_LABEL:]


def _session(trace: Trace, request: int) -> str:
    number = int(trace.requests["session"][request])
    return trace.strings["session"][number] if number >= 0 else ""


def _long_enough(identifier: str) -> str:
    """Return an id that can be told from a word, else nothing."""
    return identifier if len(identifier) >= _TELLING else ""
