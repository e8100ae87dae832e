"""Variants of one place that are the same in another form, and the skeleton of what is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import NamedTuple

from cachelens.layouts.alignment import Skeleton, align
from cachelens.layouts.forms import NORMAL, Form, are_examples, by_items, by_lines, items_of, lines_of
from cachelens.layouts.values import DAY, MONTH, is_time

_TIMELY = re.compile(
    rf"(?:[\s,./:+-]|of|at|\d{{1,4}}(?:st|nd|rd|th)?|{MONTH}|{DAY}|[ap]\.?m\.?|utc|gmt|cest?|[tz])*", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_MOSTLY = 0.8
MOST_SLOTS = 32
"""Slots of one place."""
_LISTS: Mapping[Callable[[str], Hashable], Callable[[str], list[str]]] = {by_items: items_of, by_lines: lines_of}


class Variation(NamedTuple):
    """Variants that say the same in another form."""

    form: Form
    same_as: dict[int, int]
    """Segment to the one that it is taken for; those that stay are not named."""
    samples: tuple[str, ...]
    """Two texts that differ in form only; content."""


def variations(texts: Mapping[int, str], looked_at: Sequence[int]) -> list[Variation]:
    """Find the forms in which segments differ that say the same; a form must show among those `looked_at`."""
    found: list[Variation] = []
    left = list(texts)
    some = list(looked_at)
    for form, normal in NORMAL:
        if len(left) < 2 or not _merged({segment: texts[segment] for segment in some}, normal):  # noqa: PLR2004
            continue
        same_as = _merged({segment: texts[segment] for segment in left}, normal)
        first = next(iter(same_as))
        samples = texts[same_as[first]], texts[first]
        if form is Form.ITEMS and are_examples(_moved(*map(_LISTS[normal], samples))):
            form = Form.EXAMPLES  # noqa: PLW2901
        found.append(Variation(form, same_as, samples))
        left = [segment for segment in left if segment not in same_as]
        some = [segment for segment in some if segment not in same_as]
    return found


def _merged(texts: Mapping[int, str], normal: Callable[[str], Hashable]) -> dict[int, int]:
    """Return which segments are another one in this form."""
    groups: dict[Hashable, list[int]] = {}
    for segment, text in texts.items():
        groups.setdefault(normal(text), []).append(segment)
    listed = _LISTS.get(normal)
    same_as: dict[int, int] = {}
    for group in groups.values():
        if len(group) > 1 and (listed is None or len({tuple(listed(texts[segment])) for segment in group}) > 1):
            same_as.update(dict.fromkeys(group[1:], group[0]))
    return same_as


def _moved(a: Sequence[str], b: Sequence[str]) -> list[str]:
    """Return the items that stand elsewhere in the other list."""
    return [one for one, other in zip(a, b, strict=True) if one != other]


def skeleton_of(texts: Sequence[str]) -> Skeleton:
    """Return the skeleton of variants; the pieces of a written time, and those of an address, are one slot."""
    skeleton = _with_few_slots(align(texts))
    place = 1
    while place < skeleton.slots:
        rows = [values for text in texts if (values := skeleton.values(text)) is not None]
        between = skeleton.literals[place]
        joined = [values[place - 1] + between + values[place] for values in rows]
        if sum(map(_is_one, joined)) >= _MOSTLY * max(1, len(joined)):
            skeleton = Skeleton(skeleton.literals[:place] + skeleton.literals[place + 1 :])
        else:
            place += 1
    return skeleton


def _with_few_slots(skeleton: Skeleton) -> Skeleton:
    """Join slots across the shortest text between them until there are few: texts that differ so are other texts."""
    literals = list(skeleton.literals)
    while len(literals) > MOST_SLOTS + 1:
        _, place = min((len(literal), place) for place, literal in enumerate(literals[1:-1], start=1))
        del literals[place]
    return Skeleton(tuple(literals))


def _is_one(text: str) -> bool:
    if _ADDRESS.fullmatch(text):
        return True
    return len(text) <= 64 and is_time(text) and _TIMELY.fullmatch(text) is not None  # noqa: PLR2004
