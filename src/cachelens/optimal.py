"""The cheapest boundary policy that an application can deploy, found by trying all.

Every policy over the positions that matter to a workload is replayed; one replay tries one policy of each workload at
a time. What each costs is kept for the earlier and for the later half of a workload's requests, so that the policy
that is the cheapest on the one can be priced on the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.layouts.boundaries import boundary
from cachelens.layouts.policies import END, NAMED, RECORDED, Policy, Table, plan, policies, table
from cachelens.model.result import Status
from cachelens.model.scenario import AS_RECORDED, Scenario
from cachelens.prompts.columns import TTL_LABELS
from cachelens.prompts.marks import MarkPlan
from cachelens.providers.mechanisms.base import seconds_of
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import Mechanism
from cachelens.replay.bills import Ledger, tariff
from cachelens.replay.engine import Replayer
from cachelens.replay.sums import Replayed

I64 = npt.NDArray[np.int64]
_DEFAULT = TTL_LABELS[0]


class Cost(NamedTuple):
    """What requests of a workload cost in USD, without their output."""

    earlier: Decimal
    """Of the earlier half of them."""
    later: Decimal

    @property
    def total(self) -> Decimal:
        """Of all."""
        return self.earlier + self.later


_NEVER = Cost(Decimal("Infinity"), Decimal("Infinity"))
"""Of a policy that the provider refuses, or whose writes have no price."""


class Holdout(NamedTuple):
    """What the later half of a workload's requests costs."""

    recorded: Decimal
    """As recorded."""
    fitted: Decimal
    """With the marks that are the cheapest on the earlier half."""


class Found(NamedTuple):
    """The cheapest marks."""

    plan: MarkPlan
    policies: Mapping[int, Policy]
    """By number of the workload."""
    fitted: Mapping[int, Policy]
    """What is the cheapest on the earlier half."""
    holdout: Mapping[int, Holdout]
    """By number of the workload, where it has requests enough to be halved."""
    tried: int
    """Policies that were replayed, over all workloads."""
    fields: Mapping[int, tuple[str, ...]]
    """By number of the workload: request fields that say what is cached; none where its providers take no marks."""


class Pricer:
    """Prices replays of one trace, by workload and half."""

    def __init__(self, replayer: Replayer) -> None:
        trace = self._trace = replayer.trace
        self.workload = np.maximum(trace.column("workload"), 0)
        self._size = max(1, len(trace.strings["workload"]))
        count = np.bincount(self.workload, minlength=self._size)
        order = np.argsort(self.workload, kind="stable")
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
        self._subset = self.workload * 2 + (2 * rank >= count[self.workload])

    def costs(self, replayed: Replayed) -> list[Cost] | None:
        """Return what each workload costs, nothing where nothing has a price; `None` where no provider can do it.

        A workload with writes that have no price costs more than anything else.
        """
        if replayed.status is Status.IMPOSSIBLE:
            return None
        prices = tariff(self._trace, replayed.assignment, replayed.explicit, replayed.total)
        if not prices.rates:
            return []
        counts = {"plain": replayed.plain, "read": replayed.read, "stored": replayed.stored, **replayed.write}
        counts["stored_token_seconds"] = replayed.stored_token_seconds
        ledger = Ledger(prices.group, prices.rates, self._subset, 2 * self._size)
        bills = ledger.money({unit: tokens for unit, tokens in counts.items() if tokens.any()})
        return [
            _NEVER if earlier is None or later is None else Cost(earlier, later)
            for earlier, later in zip(bills[::2], bills[1::2], strict=True)
        ]


class Search:
    """Searches the policies of one trace; every layout has a trace of its own."""

    def __init__(self, replayer: Replayer) -> None:
        self._replayer = replayer
        self._pricer = Pricer(replayer)
        self._table: Table = table(replayer.trace)
        self._recorded = boundary(AS_RECORDED).place(replayer.trace)
        workload = self._pricer.workload
        self._members = {number: np.flatnonzero(workload == number) for number in np.unique(workload).tolist()}

    def cheapest(self, scenario: Scenario, recorded: Sequence[Cost], known: Found | None = None) -> Found | None:
        """Return the cheapest marks under a scenario's model, provider and TTL; `None` where nothing has a price.

        `recorded` is what each workload cost, nothing where that is not known. `known` was found for workloads that
        are the same in another layout: those that it holds are not searched again.
        """
        candidates = self._candidates(scenario)
        if known is not None:
            for number, policy in known.policies.items():
                candidates[number] = list(dict.fromkeys((policy, known.fitted[number])))
        costs: dict[int, list[Cost]] = {number: [] for number in candidates}
        for row in itertools.zip_longest(*candidates.values()):
            chosen = dict(zip(candidates, row, strict=True))
            found = self._costs(scenario, chosen)
            if found == []:
                return None
            for number, policy in chosen.items():
                if policy is not None:
                    costs[number].append(found[number] if found else _NEVER)
        best = {number: _least(candidates[number], costs[number], _total) for number in candidates}
        fitted = {number: _least(candidates[number], costs[number], _earlier) for number in candidates}
        best = self._not_dearer(scenario, best)
        return Found(
            plan=self._plan(best),
            policies=best,
            fitted=fitted,
            holdout=self._holdout(scenario, fitted, recorded),
            tried=sum(map(len, candidates.values())),
            fields={number: self._fields(scenario, members) for number, members in self._members.items()},
        )

    def _not_dearer(self, scenario: Scenario, best: dict[int, Policy]) -> dict[int, Policy]:
        """Return a named boundary for all where that is cheaper: workloads that share a prefix share its cache."""
        result, least = best, _sum(self._costs(scenario, best))
        for policy in NAMED.values():
            everywhere = dict.fromkeys(best, policy)
            cost = _sum(self._costs(scenario, everywhere))
            if cost < least:
                result, least = everywhere, cost
        return result

    def _holdout(
        self, scenario: Scenario, fitted: Mapping[int, Policy], recorded: Sequence[Cost]
    ) -> dict[int, Holdout]:
        later = self._costs(scenario, fitted) or []
        return {
            number: Holdout(recorded[number].later, later[number].later)
            for number, members in self._members.items()
            if len(members) > 1 and later and recorded
            if recorded[number].later.is_finite() and later[number].later.is_finite()
        }

    def _costs(self, scenario: Scenario, chosen: Mapping[int, Policy | None]) -> list[Cost] | None:
        return self._pricer.costs(self._replayer.replay(scenario, self._plan(chosen)))

    def _plan(self, chosen: Mapping[int, Policy | None]) -> MarkPlan:
        policy_of = [(self._members[number], policy or ()) for number, policy in chosen.items()]
        return plan(self._table, self._recorded, policy_of)

    def _candidates(self, scenario: Scenario) -> dict[int, list[Policy]]:
        """Return the policies that can be told apart, by workload."""
        found: dict[int, list[Policy]] = {}
        for number, members in self._members.items():
            profiles = self._profiles(scenario, members)
            most = max((profile.marks.max if profile.marks is not None else 1 for profile in profiles), default=0)
            positions = self._table.distinct(members) if any(map(_is_placed, profiles)) else (END,)
            found[number] = [RECORDED, *policies(positions, _ttls(profiles, scenario.ttl), most)]
        return found

    def _profiles(self, scenario: Scenario, members: I64) -> list[CacheProfile]:
        """Return the profiles under which some requests can be replayed."""
        assignment, book = self._replayer.assigned(scenario), self._replayer.book
        facts = [assignment.facts[model] for model in np.unique(assignment.of[members]).tolist() if model >= 0]
        names = {name: None for one in facts for name in (one.profile, one.explicit_profile) if name}
        return [book.profiles[name] for name in names]

    def _fields(self, scenario: Scenario, members: I64) -> tuple[str, ...]:
        placed = [profile for profile in self._profiles(scenario, members) if _is_placed(profile)]
        return tuple(dict.fromkeys(field for profile in placed for field in profile.activation.fields))


def _is_placed(profile: CacheProfile) -> bool:
    """Say whether the caller says what is cached; else the provider looks at the whole prompt."""
    return profile.marks is not None or profile.mechanism is Mechanism.STORED_OBJECT


def _ttls(profiles: Sequence[CacheProfile], asked: str) -> tuple[str, ...]:
    """Return the lifetimes to choose from, the longest first; a scenario that names one leaves no choice."""
    if asked:
        return (_DEFAULT,)
    labels = {label for profile in profiles for label in profile.ttl.options}
    if any(profile.ttl.any_duration for profile in profiles):
        labels.update(TTL_LABELS[1:])
    known = sorted(labels.intersection(TTL_LABELS[1:]), key=lambda label: (-(seconds_of(label) or 0), label))
    return tuple(known) if len(known) > 1 else (_DEFAULT,)


def _least(candidates: Sequence[Policy], costs: Sequence[Cost], part: Callable[[Cost], Decimal]) -> Policy:
    """Return the cheapest policy; of equal ones the first: the recorded one, then that with the fewest marks."""
    return min(zip(candidates, costs, strict=True), key=lambda pair: part(pair[1]))[0]


def _total(cost: Cost) -> Decimal:
    return cost.total


def _earlier(cost: Cost) -> Decimal:
    return cost.earlier


def _sum(costs: Sequence[Cost] | None) -> Decimal:
    return sum(map(_total, costs), Decimal(0)) if costs else Decimal("Infinity")
