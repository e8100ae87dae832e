"""Counts per request under one scenario, collected from the profiles that serve them."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.model.result import Status
from cachelens.model.scenario import Scenario
from cachelens.model.usage import WRITE_TTLS
from cachelens.prompts.trace import Trace
from cachelens.providers.mechanisms.base import Outcome
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import ProfileStatus
from cachelens.replay.assign import Assignment

I64 = npt.NDArray[np.int64]


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


class Sums:
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
        if outcome.stored is not None and outcome.stored_seconds is not None:
            self.stored[members] = outcome.stored[members]
            self.token_seconds[members] = (outcome.stored * outcome.stored_seconds)[members]
        self.explicit |= members & explicit
        self.remarks += outcome.notes
        if outcome.bound:
            self.bounded |= members
            self.bounds.append(outcome.bound)
        if profile.status is ProfileStatus.PREVIEW:
            self.previews.append(f"{profile.id}: {profile.leaves_out}")

    def add_bound(self, outcome: Outcome, reason: str) -> None:
        """Take over the counts of all requests."""
        self.read, self.write = outcome.read, dict(outcome.write)
        self.bounds.append(reason)
        self.accepted += 1

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
