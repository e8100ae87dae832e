"""Finds the facts for each request: model, cache profile, minimum, and what shares a cache."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt

from cachelens.model.scenario import Scenario
from cachelens.prompts.trace import Trace
from cachelens.providers.billing import Modifier
from cachelens.providers.book import PriceBook
from cachelens.providers.dates import day_us
from cachelens.providers.facts import ModelFacts
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import Activation, BatchCaching, Mechanism
from cachelens.replay.grouping import group_by

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
UNKNOWN = -1


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """Which model serves each request."""

    facts: tuple[ModelFacts, ...]
    of: I64
    """For each request an index into `facts`, -1 where no price file names its model."""
    unknown: tuple[tuple[str, int], ...]
    """Names of models without facts, and their requests."""


def assign(trace: Trace, book: PriceBook, scenario: Scenario) -> Assignment:
    """Resolve every request's model; a scenario that names a provider means what that provider itself sells.

    Raises `UnknownModelError` for a model that the scenario names and nobody sells.
    """
    if scenario.model:
        found = sold(book, scenario) or book.resolve(scenario.model)
        return Assignment(facts=(found,), of=np.zeros(len(trace), dtype=np.int64), unknown=())
    facts: list[ModelFacts] = []
    number: dict[str, int] = {}
    unknown: dict[str, int] = {}

    def resolve(names: tuple[str, ...]) -> int:
        model, provider, platform = names
        if scenario.provider:
            provider, platform = scenario.provider, ""
        found = book.try_resolve(model, provider=provider, platform=platform) if model else None
        if found is None or (scenario.provider and found.provider != scenario.provider):
            return UNKNOWN
        if found.id not in number:
            number[found.id] = len(facts)
            facts.append(found)
        return number[found.id]

    def count(names: tuple[str, ...], requests: int) -> None:
        unknown[names[0]] = unknown.get(names[0], 0) + requests

    of = _by_strings(trace, ("model", "provider", "platform"), resolve, count)
    return Assignment(facts=tuple(facts), of=of, unknown=tuple(sorted(unknown.items())))


def sold(book: PriceBook, scenario: Scenario) -> ModelFacts | None:
    """Return the model that a scenario names, at the provider that it names; `None` where that one does not sell it."""
    found = book.try_resolve(scenario.model, provider=scenario.provider)
    return None if found is None or (scenario.provider and found.provider != scenario.provider) else found


def _by_strings(
    trace: Trace,
    columns: Sequence[str],
    resolve: Callable[[tuple[str, ...]], int],
    count_unknown: Callable[[tuple[str, ...], int], None],
) -> I64:
    """Call `resolve` once for every combination of string columns that occurs."""
    groups = group_by(*(trace.requests[name] for name in columns))
    answers = np.zeros(len(groups.rows), dtype=np.int64)
    for place, (row, requests) in enumerate(zip(groups.rows, groups.sizes, strict=True)):
        names = tuple("" if value < 0 else trace.strings[name][value] for name, value in zip(columns, row, strict=True))
        answers[place] = resolve(names)
        if answers[place] == UNKNOWN:
            count_unknown(names, requests)
    return answers[groups.of]


def minimums(trace: Trace, assignment: Assignment) -> I64:
    """Return each request's cacheable minimum in tokens, by model, platform and date; 0 where none is published."""
    result = np.zeros(len(trace), dtype=np.int64)
    starts = {day_us(row.start) for facts in assignment.facts for row in facts.min_tokens if row.start}
    edges = np.array(sorted(starts), dtype=np.int64)
    arrived = trace.column("arrived")
    span = np.searchsorted(edges, arrived, side="right") if trace.dated else np.zeros(len(trace), dtype=np.int64)
    groups = group_by(assignment.of, trace.column("platform"), span)
    for number, (model, platform, _) in enumerate(groups.rows):
        if model >= 0:
            members = groups.of == number
            at_us = int(arrived[members][0]) if trace.dated else None
            name = trace.strings["platform"][platform] if platform >= 0 else ""
            result[members] = assignment.facts[model].min_tokens_at(at_us, name) or 0
    return result


def profiles(
    trace: Trace, book: PriceBook, assignment: Assignment, recorded: Mask, *, marks: Mask
) -> list[tuple[CacheProfile, npt.NDArray[np.bool_], bool]]:
    """Return the profiles in use, each with its members and whether it is the models' explicit one.

    `recorded` says which requests have the marks that the log holds; `marks` for which the boundary places fixed ones,
    which calls for the explicit profile where there is one.
    """
    has_marks = np.diff(trace.mark_start) > 0
    found: dict[str, tuple[CacheProfile, npt.NDArray[np.bool_], bool]] = {}
    for index, facts in enumerate(assignment.facts):
        members = assignment.of == index
        explicit = np.zeros(len(trace), dtype=np.bool_)
        if facts.explicit_profile:
            by_marks = book.profiles[facts.explicit_profile].mechanism is Mechanism.EXPLICIT_BREAKPOINTS
            explicit = members & np.where(recorded, has_marks & by_marks, marks)
        for name, chosen, is_explicit in (
            (facts.profile, members & ~explicit, False),
            (facts.explicit_profile, explicit, True),
        ):
            if name and chosen.any():
                before = found.get(name)
                merged = chosen if before is None else before[1] | chosen
                found[name] = (book.profiles[name], merged, is_explicit)
    return list(found.values())


def enabled(
    trace: Trace, profile: CacheProfile, assignment: Assignment, members: Mask, *, recorded: Mask
) -> npt.NDArray[np.bool_]:
    """Say which requests meet the provider's conditions for caching at all."""
    result = members.copy()
    if profile.activation.default is Activation.NEEDS_KEY:
        result &= ~recorded | (trace.column("cache_key") >= 0)
    for number, text in enumerate(trace.strings["modifiers"]):
        for name in text.split(","):
            modifier = profile.billing.modifiers.get(name)
            if modifier is not None:
                without = [i for i, facts in enumerate(assignment.facts) if not _cached_under(modifier, facts)]
                result &= (trace.column("modifiers") != number) | ~np.isin(assignment.of, without)
    return result


def _cached_under(modifier: Modifier, facts: ModelFacts) -> bool:
    """Say whether a model's requests under a price modifier use the cache."""
    name = facts.id.rpartition("/")[2]
    named = not modifier.caching_models or any(fnmatchcase(name, glob) for glob in modifier.caching_models)
    return named and modifier.caching is not BatchCaching.NONE


def scopes(trace: Trace, profile: CacheProfile, assignment: Assignment) -> npt.NDArray[np.int32]:
    """Number what cannot share a cache: model, the key that decides on the machine, users who are kept apart."""
    key = np.zeros(len(trace), dtype=np.int64)
    if profile.routing is not None and profile.routing.affinity_fields:
        key = trace.column("cache_key") + 1
    tenant = trace.column("tenant") + 1 if profile.isolation_field else np.zeros(len(trace), dtype=np.int64)
    return group_by(assignment.of, key, tenant).of.astype(np.int32)


def predecessors(scope: npt.NDArray[np.int32], group: I64, members: I64) -> I64:
    """Return for each request the one before it in the same group and scope, -1 for none."""
    result = np.full(len(group), -1, dtype=np.int64)
    order = members[np.lexsort((members, group[members], scope[members]))]
    same = (group[order[1:]] == group[order[:-1]]) & (scope[order[1:]] == scope[order[:-1]])
    result[order[1:][same]] = order[:-1][same]
    return result
