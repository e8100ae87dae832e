"""Runs one scenario: every profile's requests through its mechanism, into one set of counts per request."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.catalog import load_catalog
from cachelens.kernels import trees
from cachelens.model.scenario import AS_RECORDED, NO_CACHE, Scenario
from cachelens.prompts.calibrate import Calibration
from cachelens.prompts.columns import OPAQUE
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.providers.mechanisms.base import Mechanism, Outcome, Problem, Unavailable
from cachelens.providers.profile import CacheProfile
from cachelens.replay import assign
from cachelens.replay.as_sent import AsSent
from cachelens.replay.assign import Assignment
from cachelens.replay.bills import tariff, unpriced_writes
from cachelens.replay.sums import Replayed, Sums

I64 = npt.NDArray[np.int64]
UNNAMED = "unknown model"


class Replayer:
    """Replays one trace under many scenarios, keeping what they share."""

    def __init__(self, trace: Trace, book: PriceBook, *, outside: I64 | None = None) -> None:
        """Take a trace; `outside` as in the property where this is another arrangement of the recorded one."""
        self.trace = trace
        self.book = book
        self.recorded = assign.assign(trace, book, Scenario())
        names, of = _basis_names(trace, self.recorded)
        self._own_names, self._own_basis = names, of
        exact = {facts.id: _is_exact(book, facts.id) for facts in book.models.values()}
        default = {facts.id: ratio for facts in book.models.values() if (ratio := _ratio(book, facts.id)) is not None}
        self.calibration = Calibration(trace, of, names, exact=exact, default=default)
        self._perfect: dict[tuple[str, str], I64] = {}
        self._outside = outside
        basis, ends = self.counts(Scenario(), self.recorded)
        self.sent = AsSent(trace.column("input"), ends[basis, trace.requests["leaf"]])

    def counts(self, scenario: Scenario, assignment: Assignment) -> tuple[npt.NDArray[np.int32], I64]:
        """Return each request's row, and the cumulative tokens of the nodes in each row."""
        if scenario.model:
            ends = self.calibration.basis(assignment.facts[0].id).ends[None, :]
            return np.zeros(len(self.trace), dtype=np.int32), ends
        ends = np.stack([self.calibration.basis(name).ends for name in self._own_names])
        return self._own_basis.astype(np.int32), ends

    def assigned(self, scenario: Scenario) -> Assignment:
        """Return which model serves each request under a scenario."""
        if not (scenario.model or scenario.provider):
            return self.recorded
        return assign.assign(self.trace, self.book, scenario)

    def perfect(self, scenario: Scenario, assignment: Assignment) -> I64:
        """Return per request the tokens of its longest prefix seen before with the same model, at any time."""
        key = (scenario.model, scenario.provider)
        if key not in self._perfect:
            basis, ends = self.counts(scenario, assignment)
            total = ends[basis, self.trace.requests["leaf"]]
            seen = longest_seen(self.trace, assignment.of.astype(np.int32), basis, ends)
            warm = np.minimum(self.warm(scenario), self.sent.total(total))
            self._perfect[key] = np.maximum(self.sent.part(seen), warm)
        return self._perfect[key]

    @property
    def outside(self) -> I64:
        """Tokens per request that were read from entries written outside the log, as recorded.

        Known where the first request of a session reads more than the log's own earlier requests can explain.
        """
        if self._outside is None:
            basis, ends = self.counts(Scenario(), self.recorded)
            seen = self.sent.part(longest_seen(self.trace, self.recorded.of.astype(np.int32), basis, ends))
            read = self.trace.column("read")
            scope = self.recorded.of.astype(np.int32)
            everyone = np.arange(len(self.trace), dtype=np.int64)
            first = assign.predecessors(scope, self.trace.column("session"), everyone) < 0
            self._outside = np.where(first & (read > seen), read, 0)
        return self._outside

    def warm(self, scenario: Scenario) -> I64:
        """Return the outside reads that hold in a scenario: none with another model or provider."""
        if scenario.model or scenario.provider:
            return np.zeros(len(self.trace), dtype=np.int64)
        return self.outside

    def replay(self, scenario: Scenario, plan: MarkPlan) -> Replayed:
        """Replay all requests under one scenario; `plan` is its boundary on this trace."""
        trace = self.trace
        assignment = self.assigned(scenario)
        basis, ends = self.counts(scenario, assignment)
        total = ends[basis, trace.requests["leaf"]]
        sums = Sums(len(trace))
        fixed = ~(plan.follows | plan.as_sent) & (len(plan.node) > 0)
        used: list[CacheProfile] = []
        minimum = assign.minimums(trace, assignment)
        for profile, members, explicit in assign.profiles(trace, self.book, assignment, plan.as_sent, marks=fixed):
            used.append(profile)
            scope = assign.scopes(trace, profile, assignment)
            chosen = np.flatnonzero(members)
            problem = Problem(
                trace=trace,
                profile=profile,
                order=chosen[np.argsort(scope[chosen], kind="stable")],
                scope=scope,
                basis=basis,
                ends=ends,
                minimum=minimum,
                outside=self.sent.counted(self.warm(scenario)),
                previous=assign.predecessors(scope, trace.column("session"), chosen),
                neighbour=assign.predecessors(scope, trace.column("workload"), chosen),
                marks=plan,
                ttl=scenario.ttl,
                enabled=assign.enabled(trace, profile, assignment, members, recorded=plan.as_sent),
                models=tuple(facts.id for facts in assignment.facts),
                model=assignment.of,
                elsewhere=bool(scenario.model or scenario.provider),
            )
            outcome = self.sent.outcome(_run(problem, members, sums))
            sums.add(outcome, members, profile, explicit=explicit)
        kept, unknown = self._lengths_only(scenario)
        sums.keep(trace, kept)
        unnamed = assignment.of < 0
        if unnamed.any() and not (~unnamed).any():
            sums.add_unbounded(self.perfect(scenario, assignment), unnamed)
        return sums.result(scenario, assignment, self.sent.total(total), tuple(used), unnamed, kept, unknown)

    def bounded(self, scenario: Scenario, outcome: Outcome, reason: str) -> Replayed:
        """Return counts of all requests that no mechanism produced, as the best that could be."""
        assignment = self.assigned(scenario)
        basis, ends = self.counts(scenario, assignment)
        total = self.sent.total(ends[basis, self.trace.requests["leaf"]])
        sums = Sums(len(self.trace))
        sums.add_bound(self.sent.outcome(outcome), reason)
        kept, unknown = self._lengths_only(scenario)
        sums.keep(self.trace, kept)
        return sums.result(scenario, assignment, total, (), assignment.of < 0, kept, unknown)

    def _lengths_only(self, scenario: Scenario) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Say of which requests without text the recorded usage is kept, and of which nothing is known.

        What they share with others cannot be told, so they stay as they were billed wherever model and provider
        stay, and have no cache where there is none.
        """
        trace = self.trace
        opaque = (trace.requests["flags"] & OPAQUE) != 0
        if scenario.boundary == NO_CACHE:
            return np.zeros(len(trace), dtype=np.bool_), np.zeros(len(trace), dtype=np.bool_)
        kept = opaque & (trace.column("read") >= 0)
        if scenario.model or scenario.provider or (scenario.boundary != AS_RECORDED and bool(opaque.all())):
            kept = np.zeros(len(trace), dtype=np.bool_)
        if kept.any():
            nobody = np.zeros(len(trace), dtype=np.bool_)
            kept &= ~unpriced_writes(trace, tariff(trace, self.recorded, nobody, trace.column("input")))
        return kept, opaque & ~kept


def _run(problem: Problem, members: npt.NDArray[np.bool_], sums: Sums) -> Outcome:
    """Run a profile's mechanism; where it cannot do what is asked, once more as it was recorded, and say so.

    What a provider cannot do at all is no cache: that is what happened where it was recorded, and else impossible.
    """
    mechanism: Mechanism = load_catalog("providers.mechanisms").get(problem.profile.mechanism.value)
    try:
        outcome = mechanism(problem)
    except Unavailable as why:
        if problem.marks.as_sent[members].all() and not problem.ttl and not problem.elsewhere:
            sums.accepted += 1
        else:
            sums.refused.append(str(why))
            sums.default_ttl |= members
    else:
        sums.accepted += 1
        if problem.ttl:
            sums.default_ttl |= members & ~problem.offers(problem.ttl)
        return outcome
    try:
        return mechanism(dataclasses.replace(problem, ttl="", elsewhere=False))
    except Unavailable:
        nothing = np.zeros(len(problem.trace), dtype=np.int64)
        return Outcome(read=nothing, write={}, unread=nothing, cause=nothing, missed=nothing, where=nothing)


def longest_seen(trace: Trace, scope: npt.NDArray[np.int32], basis: npt.NDArray[np.int32], ends: I64) -> I64:
    """Return per request the tokens of the longest prefix that an earlier request of its scope had.

    `scope` may be -1 for requests without a model, which then form a scope of their own.
    """
    scope = scope + 1
    order = np.argsort(scope, kind="stable")
    leaf, parent = np.ascontiguousarray(trace.requests["leaf"]), np.ascontiguousarray(trace.nodes.parent)
    result: I64 = ends[basis, trees.deepest_seen(order, scope, leaf, parent)]
    return result


def _basis_names(trace: Trace, recorded: Assignment) -> tuple[list[str], I64]:
    """Name each request's token basis: its model's id, or the name in the log where no file knows it."""
    names = [facts.id for facts in recorded.facts]
    of = recorded.of.copy()
    models = trace.column("model")
    for number in np.unique(models[of < 0]).tolist():
        name = trace.strings["model"][number] if number >= 0 else UNNAMED
        if name not in names:
            names.append(name)
        of[(recorded.of < 0) & (models == number)] = names.index(name)
    return names, of


def _is_exact(book: PriceBook, model: str) -> bool:
    facts = book.models[model]
    tokenizer = facts.tokenizer or book.profiles[facts.profile].tokenizer
    return tokenizer is not None and tokenizer.basis == "exact"


def _ratio(book: PriceBook, model: str) -> float | None:
    facts = book.models[model]
    tokenizer = facts.tokenizer or book.profiles[facts.profile].tokenizer
    return float(tokenizer.ratio) if tokenizer is not None and tokenizer.ratio is not None else None
