"""Versions of a place: texts that one deployment replaced by others, at one moment and for everybody.

Variants that share most of their sentences are of one family. A family that replaces another is a new version, not a
value that changes, and each version has a skeleton of its own. Families that are sent side by side are no versions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.layouts.scopes import DAY_US

I64 = npt.NDArray[np.int64]
_SENTENCES = re.compile(r"\n|[.;:!?]\s")
_MOSTLY = 0.5
"""Share of their text in common from which two variants are of one family."""
_EXCEPTIONS = 0.02
"""Share of requests that may have the old text after the new one came, or the new one before."""
_ENOUGH_SESSIONS = 4
"""Sessions that must have a family: texts that go by session are sorted in time by chance in 3% of cases (2 / 70)."""
_SOME = 4
"""Sampled variants from which a family may have enough sessions outside the sample."""
_TELLING = 8
"""Sentences of a family, the longest that no other has, that variants outside the sample are told by."""
_NEARLY_ALL = 0.9


class Uses(NamedTuple):
    """Requests of one place, in order of arrival."""

    variant: I64
    """Number of the text that each has, from 0."""
    arrived: I64
    session: I64
    """-1 where unknown."""


def versions_of(uses: Uses, sample: Sequence[int], text: Callable[[int], str]) -> I64:
    """Return the version of each variant, from 0 in order of time; all 0 where nothing was replaced.

    `sample` names the variants that are compared; `text` returns the text of one.
    """
    size = int(uses.variant.max()) + 1
    none = np.zeros(size, dtype=np.int64)
    sentences = [_sentences(text(variant)) for variant in sample]
    family_of_sample = _families(sentences)
    count = int(family_of_sample.max()) + 1
    whole = len(sample) == size
    strong = [
        number
        for number in range(count)
        for members in [np.array(sample)[family_of_sample == number]]
        if (not whole and len(members) >= _SOME) or _is_strong(np.isin(uses.variant, members), uses.session)
    ]
    if len(strong) < 2:  # noqa: PLR2004 - one to replace, one that replaces it
        return none
    numbers = np.full(count, -1, dtype=np.int64)
    numbers[strong] = np.arange(len(strong))
    family = _assigned(size, sample, numbers[family_of_sample], sentences, text)
    return _in_time(uses, family, len(strong))


def _sentences(text: str) -> frozenset[str]:
    return frozenset(part for part in map(str.strip, _SENTENCES.split(text)) if part)


def _families(sentences: Sequence[frozenset[str]]) -> I64:
    """Part variants into families: each shares most of its text with another of its own."""
    numbers: dict[str, int] = {}
    for one in sentences:
        for sentence in sorted(one):
            numbers.setdefault(sentence, len(numbers))
    has = np.zeros((len(sentences), len(numbers)), dtype=np.float64)
    for row, one in enumerate(sentences):
        has[row, [numbers[sentence] for sentence in one]] = 1.0
    weight = np.array([len(sentence) for sentence in numbers], dtype=np.float64)
    common = (has * weight) @ has.T
    own = np.diagonal(common)
    near = common > _MOSTLY * (own[:, None] + own[None, :] - common)
    family = np.full(len(sentences), -1, dtype=np.int64)
    count = 0
    for first in range(len(sentences)):
        if family[first] >= 0:
            continue
        members = np.arange(len(sentences)) == first
        while (grown := members | near[members].any(axis=0)).sum() > members.sum():
            members = grown
        family[members] = count
        count += 1
    return family


def _assigned(
    size: int,
    sample: Sequence[int],
    of_sample: I64,
    sentences: Sequence[frozenset[str]],
    text: Callable[[int], str],
) -> I64:
    """Return the family of every variant; -1 for those of none that can be a version."""
    family = np.full(size, -1, dtype=np.int64)
    family[list(sample)] = of_sample
    left = np.flatnonzero(family < 0).tolist()
    if not left:
        return family
    telling = _telling(of_sample, sentences)
    for variant in left:
        own = text(variant)
        found = [sum(sentence in own for sentence in some) for some in telling]
        if max(found):
            family[variant] = found.index(max(found))
    return family


def _telling(of_sample: I64, sentences: Sequence[frozenset[str]]) -> list[list[str]]:
    """Return for each family sentences that nearly all of its variants have and no other family."""
    result = []
    for number in range(int(of_sample.max()) + 1):
        mine = Counter(s for one, at in zip(sentences, of_sample.tolist(), strict=True) if at == number for s in one)
        others = {s for one, at in zip(sentences, of_sample.tolist(), strict=True) if at != number for s in one}
        enough = _NEARLY_ALL * int((of_sample == number).sum())
        some = [s for s, times in mine.items() if times >= enough and s not in others]
        result.append(sorted(some, key=lambda s: (-len(s), s))[:_TELLING])
    return result


def _in_time(uses: Uses, family: I64, count: int) -> I64:
    """Return versions of variants: families in the order of their sessions, as far as one replaces the other."""
    of_request = family[uses.variant]
    strong = [number for number in range(count) if _is_strong(of_request == number, uses.session)]
    _, first, at = np.unique(uses.session, return_index=True, return_inverse=True)
    began = first[at.reshape(-1)]
    middle = {number: float(np.median(began[of_request == number])) for number in strong}
    order = sorted(strong, key=lambda number: (middle[number], number))
    version = np.full(count, -1, dtype=np.int64)
    version[order[:1]] = 0
    cuts: list[int] = []
    for place in range(1, len(order)):
        cut = _cut(uses, np.isin(of_request, order[:place]), np.isin(of_request, order[place:]))
        if cut is not None:
            cuts.append(cut)
        version[order[place]] = len(cuts)
    if not cuts or _is_daily(uses.arrived, cuts):
        return np.zeros(len(family), dtype=np.int64)
    first_use = np.full(len(family), 0, dtype=np.int64)
    distinct, first = np.unique(uses.variant, return_index=True)
    first_use[distinct] = first
    by_time = np.searchsorted(np.array(cuts), first_use, side="right")
    known = np.where(family >= 0, version[np.maximum(family, 0)], -1)
    return np.where(known >= 0, known, by_time)


def _is_strong(mine: npt.NDArray[np.bool_], session: I64) -> bool:
    """Say whether requests of enough sessions have a family."""
    return len(np.unique(session[mine])) >= _ENOUGH_SESSIONS


def _cut(uses: Uses, old: npt.NDArray[np.bool_], new: npt.NDArray[np.bool_]) -> int | None:
    """Return the number of requests before the moment at which the new replaces the old; `None` where it does not.

    A session that began before that moment may keep the old.
    """
    too_early = np.concatenate([[0], np.cumsum(new)])
    too_late = int(old.sum()) - np.concatenate([[0], np.cumsum(old)])
    cut = int(np.argmin(too_early + too_late))
    late = np.arange(len(old)) >= cut
    begun = np.isin(uses.session, np.unique(uses.session[:cut])) & (uses.session >= 0)
    exceptions = int(too_early[cut]) + int((old & late & ~begun).sum())
    return cut if 0 < cut < len(old) and exceptions <= _EXCEPTIONS * int((old | new).sum()) else None


def _is_daily(arrived: I64, cuts: Sequence[int]) -> bool:
    """Say whether a new version comes with every new day: then it is the day that changes."""
    days = arrived // DAY_US
    return len(np.unique(days)) == len(cuts) + 1 and all(days[cut - 1] != days[cut] for cut in cuts)
