"""One request as it was replayed: under which rules, next to which others, and how long its parts are."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import numpy.typing as npt

from cachelens.model.scenario import Scenario
from cachelens.prompts.columns import BLOCK_TRACE, NO_TIME, OPAQUE, TTL_LABELS
from cachelens.prompts.trace import Trace
from cachelens.providers.facts import ModelFacts
from cachelens.providers.mechanisms.base import inherited
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import ReadableFrom
from cachelens.replay import assign
from cachelens.replay.sums import Replayed
from cachelens.traffic.bench import Bench

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class Case:
    """The request that is explained, in the replay of its whole log."""

    bench: Bench
    index: int

    @property
    def trace(self) -> Trace:
        """The log."""
        return self.bench.trace

    @property
    def replayed(self) -> Replayed:
        """The log as it was replayed, as recorded."""
        return self.bench.recorded

    @property
    def leaf(self) -> int:
        """Where its path ends."""
        return int(self.trace.requests["leaf"][self.index])

    @property
    def opaque(self) -> bool:
        """Whether the log shows only how long it was."""
        return bool(self.trace.requests["flags"][self.index] & OPAQUE)

    @property
    def has_text(self) -> bool:
        """Whether its text is there."""
        flags = self.trace.requests["flags"][self.index]
        return bool(len(self.trace.segments.text_start)) and not flags & (OPAQUE | BLOCK_TRACE)

    @property
    def timed(self) -> bool:
        """Whether its start is known."""
        known = not self.trace.requests["flags"][self.index] & NO_TIME
        return bool(self.trace.meta.get("timed", True)) and known

    @property
    def facts(self) -> ModelFacts | None:
        """Its model; `None` where no price file knows it."""
        number = int(self.replayed.assignment.of[self.index])
        return None if number < 0 else self.replayed.assignment.facts[number]

    @functools.cached_property
    def rules(self) -> tuple[CacheProfile, Mask] | None:
        """The rules under which it was replayed, and the requests that they hold for."""
        everyone = np.ones(len(self.trace), dtype=np.bool_)
        found = assign.profiles(self.trace, self.bench.book, self.replayed.assignment, everyone, marks=~everyone)
        return next(((profile, members) for profile, members, _ in found if members[self.index]), None)

    @property
    def profile(self) -> CacheProfile | None:
        """The rules under which it was replayed."""
        return None if self.rules is None else self.rules[0]

    @functools.cached_property
    def scope(self) -> I64:
        """What each request can share a cache with, by number; -1 for those under other rules."""
        if self.rules is None:
            return np.where(self.trace.column("model") == self.trace.column("model")[self.index], 0, -1)
        profile, members = self.rules
        return np.where(members, assign.scopes(self.trace, profile, self.replayed.assignment), -1)

    @functools.cached_property
    def peers(self) -> Mask:
        """Earlier requests that can share a cache with it."""
        earlier = np.arange(len(self.trace)) < self.index
        found: Mask = earlier & (self.scope == self.scope[self.index])
        return found

    @functools.cached_property
    def shared(self) -> npt.NDArray[np.int32]:
        """For each request the last node that its path shares with this one's."""
        on_path = np.zeros(len(self.trace.nodes.parent), dtype=np.bool_)
        on_path[self.trace.path(self.leaf)] = True
        found: npt.NDArray[np.int32] = inherited(self.trace, on_path)[self.trace.requests["leaf"]]
        return found

    @functools.cached_property
    def _ends(self) -> I64:
        basis, ends = self.bench.replayer.counts(Scenario(), self.replayed.assignment)
        row: I64 = ends[basis[self.index]]
        return row

    def tokens_at(self, node: int) -> int:
        """Return the tokens from the start of the prompt to a node, in those of the request as it was sent."""
        return int(self._ends[node]) * self.total // max(1, int(self._ends[self.leaf]))

    @property
    def total(self) -> int:
        """Its input tokens."""
        return int(self.replayed.total[self.index])

    @property
    def recorded_read(self) -> int | None:
        """Tokens that it read by the record; `None` where the log does not say."""
        read = int(self.trace.requests["read"][self.index])
        return None if read < 0 else read

    @property
    def predicted_read(self) -> int:
        """Tokens that it read by the replay."""
        return int(self.replayed.read[self.index])

    @property
    def minimum(self) -> int:
        """The shortest prefix that is cached, in tokens; 0 where none is published."""
        return int(assign.minimums(self.trace, self.replayed.assignment)[self.index])

    @functools.cached_property
    def visible(self) -> I64:
        """When others can read what each request writes, -1 unknown."""
        late = self.profile is not None and self.profile.visibility.readable_from is ReadableFrom.END_OF_RESPONSE
        return self.trace.column("end" if late else "first_token")

    def marks(self, request: int) -> list[tuple[int, str]]:
        """Return the marks that a request carries by itself: node and label of the lifetime."""
        plan = self.bench.plan
        rows = range(int(plan.start[request]), int(plan.start[request + 1]))
        return [(int(plan.node[row]), TTL_LABELS[int(plan.ttl[row])]) for row in rows]

    def automatic_label(self, request: int) -> str:
        """Return the lifetime that a request asked for as a whole; empty for none."""
        number = int(self.trace.requests["auto_mark"][request])
        return TTL_LABELS[number] if number >= 0 else ""
