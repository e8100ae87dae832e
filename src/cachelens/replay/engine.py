"""Runs one scenario: every profile's requests through its mechanism, into one set of counts per request."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.catalog import load_catalog
from cachelens.kernels.grid import FOREVER, replay_grid
from cachelens.model.result import Status
from cachelens.model.scenario import AS_RECORDED, NO_CACHE, Scenario
from cachelens.model.usage import WRITE_TTLS
from cachelens.prompts.calibrate import Calibration
from cachelens.prompts.columns import OPAQUE
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.providers.mechanisms.base import Mechanism, Outcome, Problem, Unavailable
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import ProfileStatus
from cachelens.replay import assign
from cachelens.replay.as_sent import AsSent
from cachelens.replay.assign import Assignment
from cachelens.replay.bills import tariff, unpriced_writes

I64 = npt.NDArray[np.int64]
UNNAMED = "unknown model"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Replayed:
    """Counts per request under one scenario; `read + writes + plain = total` for each."""

    scenario: Scenario
    status: Status
    reasons: tuple[str, ...]
    """What must be said about the status, and about a TTL that was kept at its default."""
    default_ttl: npt.NDArray[np.bool_]
    """Requests whose provider does not offer the scenario's TTL."""
    bounded: npt.NDArray[np.bool_]
    """Requests whose provider publishes too little to predict; their reads are the most that could be."""
    assignment: Assignment
    explicit: npt.NDArray[np.bool_]
    """Requests billed under their model's explicit profile."""
    covered: npt.NDArray[np.bool_]
    """Requests whose model is known."""
    kept: npt.NDArray[np.bool_]
    """Requests that show only their length, whose recorded usage was taken as it stands."""
    unknown: npt.NDArray[np.bool_]
    """Requests of which nothing can be said under this scenario."""
    total: I64
    """Input tokens in the tokens of the scenario's model."""
    read: I64
    write: dict[str, I64]
    plain: I64
    unread: I64
    cause: I64
    missed: I64
    where: I64
    stored: I64
    stored_token_seconds: I64
    profiles: tuple[CacheProfile, ...]
    remarks: tuple[str, ...]
    """What the log holds that its provider does not offer or refuses, and how it was replayed."""

    @property
    def note(self) -> str:
        """All reasons in one line."""
        return "; ".join(self.reasons)


class Replayer:
    """Replays one trace under many scenarios, keeping what they share."""

    def __init__(self, trace: Trace, book: PriceBook) -> None:
        self.trace = trace
        self.book = book
        self.recorded = assign.assign(trace, book, Scenario())
        names, of = _basis_names(trace, self.recorded)
        self._own_names, self._own_basis = names, of
        exact = {facts.id: _is_exact(book, facts.id) for facts in book.models.values()}
        default = {facts.id: ratio for facts in book.models.values() if (ratio := _ratio(book, facts.id)) is not None}
        self.calibration = Calibration(trace, of, names, exact=exact, default=default)
        self._perfect: dict[tuple[str, str], I64] = {}
        self._outside: I64 | None = None
        basis, ends = self.counts(Scenario(), self.recorded)
        self._sent = AsSent(trace.column("input"), ends[basis, trace.requests["leaf"]])

    def counts(self, scenario: Scenario, assignment: Assignment) -> tuple[npt.NDArray[np.int32], I64]:
        """Return each request's row, and the cumulative tokens of the nodes in each row."""
        if scenario.model:
            ends = self.calibration.basis(assignment.facts[0].id).ends[None, :]
            return np.zeros(len(self.trace), dtype=np.int32), ends
        ends = np.stack([self.calibration.basis(name).ends for name in self._own_names])
        return self._own_basis.astype(np.int32), ends

    def perfect(self, scenario: Scenario, assignment: Assignment) -> I64:
        """Return per request the tokens of its longest prefix seen before with the same model, at any time."""
        key = (scenario.model, scenario.provider)
        if key not in self._perfect:
            basis, ends = self.counts(scenario, assignment)
            total = ends[basis, self.trace.requests["leaf"]]
            seen = longest_seen(self.trace, assignment.of.astype(np.int32), basis, ends)
            warm = np.minimum(self._warm(scenario), self._sent.total(total))
            self._perfect[key] = np.maximum(self._sent.part(seen), warm)
        return self._perfect[key]

    @property
    def outside(self) -> I64:
        """Tokens per request that were read from entries written outside the log, as recorded.

        Known where the first request of a session reads more than the log's own earlier requests can explain.
        """
        if self._outside is None:
            basis, ends = self.counts(Scenario(), self.recorded)
            seen = self._sent.part(longest_seen(self.trace, self.recorded.of.astype(np.int32), basis, ends))
            read = self.trace.column("read")
            scope = self.recorded.of.astype(np.int32)
            everyone = np.arange(len(self.trace), dtype=np.int64)
            first = assign.predecessors(scope, self.trace.column("session"), everyone) < 0
            self._outside = np.where(first & (read > seen), read, 0)
        return self._outside

    def _warm(self, scenario: Scenario) -> I64:
        """Return the outside reads that hold in a scenario: none with another model or provider."""
        if scenario.model or scenario.provider:
            return np.zeros(len(self.trace), dtype=np.int64)
        return self.outside

    def replay(self, scenario: Scenario, plan: MarkPlan) -> Replayed:
        """Replay all requests under one scenario; `plan` is its boundary on this trace."""
        trace = self.trace
        assignment = (
            self.recorded if not (scenario.model or scenario.provider) else assign.assign(trace, self.book, scenario)
        )
        basis, ends = self.counts(scenario, assignment)
        total = ends[basis, trace.requests["leaf"]]
        sums = _Sums(len(trace))
        fixed = not (plan.recorded or plan.follows_end) and len(plan.node) > 0
        used: list[CacheProfile] = []
        minimum = assign.minimums(trace, assignment)
        for profile, members, explicit in assign.profiles(trace, self.book, assignment, scenario, marks=fixed):
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
                outside=self._sent.counted(self._warm(scenario)),
                previous=assign.predecessors(scope, trace.column("session"), chosen),
                neighbour=assign.predecessors(scope, trace.column("workload"), chosen),
                marks=plan,
                ttl=scenario.ttl,
                enabled=assign.enabled(trace, profile, assignment, members, recorded=plan.recorded),
                models=tuple(facts.id for facts in assignment.facts),
                model=assignment.of,
                elsewhere=bool(scenario.model or scenario.provider),
            )
            outcome = self._sent.outcome(_run(problem, members, sums))
            sums.add(outcome, members, profile, explicit=explicit)
        kept, unknown = self._lengths_only(scenario)
        sums.keep(trace, kept)
        unnamed = assignment.of < 0
        if unnamed.any() and not (~unnamed).any():
            sums.add_unbounded(self.perfect(scenario, assignment), unnamed)
        return sums.result(scenario, assignment, self._sent.total(total), tuple(used), unnamed, kept, unknown)

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


def _run(problem: Problem, members: npt.NDArray[np.bool_], sums: _Sums) -> Outcome:
    """Run a profile's mechanism; where it cannot do what is asked, once more as it was recorded, and say so.

    What a provider cannot do at all is no cache: that is what happened where it was recorded, and else impossible.
    """
    mechanism: Mechanism = load_catalog("providers.mechanisms").get(problem.profile.mechanism.value)
    try:
        outcome = mechanism(problem)
    except Unavailable as why:
        if problem.marks.recorded and not problem.ttl and not problem.elsewhere:
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


class _Sums:
    """Collects the outcomes of several profiles."""

    def __init__(self, size: int) -> None:
        self.read = np.zeros(size, dtype=np.int64)
        self.unread = np.zeros(size, dtype=np.int64)
        self.cause = np.zeros(size, dtype=np.int64)
        self.missed = np.zeros(size, dtype=np.int64)
        self.where = np.zeros(size, dtype=np.int64)
        self.stored = np.zeros(size, dtype=np.int64)
        self.token_seconds = np.zeros(size, dtype=np.int64)
        self.write: dict[str, I64] = {}
        self.explicit = np.zeros(size, dtype=np.bool_)
        self.default_ttl = np.zeros(size, dtype=np.bool_)
        self.bounded = np.zeros(size, dtype=np.bool_)
        self.refused: list[str] = []
        self.bounds: list[str] = []
        self.previews: list[str] = []
        self.remarks: list[str] = []
        self.accepted = 0

    def add(self, outcome: Outcome, members: npt.NDArray[np.bool_], profile: CacheProfile, *, explicit: bool) -> None:
        """Take over the members' counts."""
        for name in ("read", "unread", "cause", "missed", "where"):
            getattr(self, name)[members] = getattr(outcome, name)[members]
        for label, tokens in outcome.write.items():
            self.write.setdefault(label, np.zeros(len(members), dtype=np.int64))[members] = tokens[members]
        if outcome.stored is not None:
            self.stored[members] = outcome.stored[members]
            self.token_seconds[members] = outcome.stored[members] * outcome.stored_seconds
        self.explicit |= members & explicit
        self.remarks += outcome.notes
        if outcome.bound:
            self.bounded |= members
            self.bounds.append(outcome.bound)
        if profile.status is ProfileStatus.PREVIEW:
            self.previews.append(f"{profile.id}: {profile.leaves_out}")

    def keep(self, trace: Trace, kept: npt.NDArray[np.bool_]) -> None:
        """Give requests the reads and writes that were recorded for them."""
        if not kept.any():
            return
        self.read[kept] = trace.column("read")[kept]
        for array in (self.unread, self.cause, self.missed, self.where):
            array[kept] = 0
        for label in WRITE_TTLS:
            recorded = trace.column(f"write_{label}")
            if label in self.write or recorded[kept].any():
                self.write.setdefault(label, np.zeros(len(kept), dtype=np.int64))[kept] = recorded[kept]

    def add_unbounded(self, seen: I64, members: npt.NDArray[np.bool_]) -> None:
        """Give requests without a known model what an endless cache would read."""
        self.read[members] = seen[members]
        self.bounds.append("no model with known rules: what an endless cache would read; choose one with --model")
        self.accepted += 1

    def result(
        self,
        scenario: Scenario,
        assignment: Assignment,
        total: I64,
        profiles: tuple[CacheProfile, ...],
        unnamed: npt.NDArray[np.bool_],
        kept: npt.NDArray[np.bool_],
        unknown: npt.NDArray[np.bool_],
    ) -> Replayed:
        """Return everything, with the plain tokens as what remains."""
        write = {label: self.write[label] for label in WRITE_TTLS if label in self.write}
        plain = total - self.read - sum(write.values(), np.zeros(len(total), dtype=np.int64))
        status, reasons = self._status()
        return Replayed(
            scenario=scenario,
            status=status,
            reasons=reasons,
            default_ttl=self.default_ttl,
            bounded=self.bounded,
            assignment=assignment,
            explicit=self.explicit,
            covered=~unnamed if (~unnamed).any() else np.ones(len(total), dtype=np.bool_),
            kept=kept,
            unknown=unknown,
            total=total,
            read=self.read,
            write=write,
            plain=plain,
            unread=self.unread,
            cause=self.cause,
            missed=self.missed,
            where=self.where,
            stored=self.stored,
            stored_token_seconds=self.token_seconds,
            profiles=profiles,
            remarks=tuple(dict.fromkeys(self.remarks)),
        )

    def _status(self) -> tuple[Status, tuple[str, ...]]:
        if self.refused and not self.accepted:
            return Status.IMPOSSIBLE, tuple(dict.fromkeys(self.refused))
        reasons = [f"not offered, kept at the default: {text}" for text in self.refused]
        reasons += self.bounds + self.previews
        status = Status.PREVIEW if self.previews else Status.BOUND if self.bounds else Status.OK
        return status, tuple(dict.fromkeys(reasons))


def longest_seen(trace: Trace, scope: npt.NDArray[np.int32], basis: npt.NDArray[np.int32], ends: I64) -> I64:
    """Return per request the tokens of the longest prefix that an earlier request of its scope had.

    `scope` may be -1 for requests without a model, which then form a scope of their own.
    """
    size = len(trace)
    scope = scope + 1
    nobody = np.full(size, -1, dtype=np.int64)
    nothing = np.zeros(size, dtype=np.int64)
    rows = replay_grid(
        np.argsort(scope, kind="stable"),
        scope,
        np.ascontiguousarray(trace.requests["leaf"]),
        trace.column("arrived"),
        trace.column("arrived"),
        basis,
        nothing,
        nothing,
        nobody,
        nobody,
        np.ones(size, dtype=np.bool_),
        nobody,
        np.full(size, FOREVER, dtype=np.int64),
        1,
        1,
        1,
        1,
        np.ascontiguousarray(trace.nodes.parent),
        ends,
        trace.system_end,
    )
    result: I64 = rows[:, 0]
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
