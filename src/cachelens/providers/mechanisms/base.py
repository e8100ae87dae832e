"""What every mechanism is given and what it returns."""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cachelens.model.prompt import SegmentKind
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.trace import SPLIT, START, Trace
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import ReadableFrom

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]

SECOND = 1_000_000


class Unavailable(Exception):  # noqa: N818 - an answer, not an error
    """The provider cannot do what the scenario asks; the text says why."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Requests of one trace that one cache profile serves.

    All per-request arrays cover the whole trace; `order` names the members.
    """

    trace: Trace
    profile: CacheProfile
    order: I64
    """Members, grouped by scope, by arrival within a scope (ties: input order)."""
    scope: I32
    """Requests with different scopes never share an entry."""
    basis: I32
    """Row of `ends` that counts each request's tokens."""
    ends: I64
    """Shape (bases, nodes): cumulative tokens."""
    minimum: I64
    """Cacheable minimum of each request's model at its time; 0 where none is published."""
    outside: I64
    """Tokens that each request is known to have read from entries written outside the log."""
    previous: I64
    """The request before in the same session and scope, -1 none."""
    neighbour: I64
    """The latest request before in the same workload and scope, -1 none."""
    marks: MarkPlan
    ttl: str
    """TTL label that replaces the marks' own; empty keeps them."""
    enabled: npt.NDArray[np.bool_]
    """False where the request does not meet the condition for caching (a missing cache key, batch without cache)."""

    def visible(self) -> I64:
        """Return when each request's entries can be read by others, -1 where the log does not say."""
        name = "end" if self.profile.visibility.readable_from is ReadableFrom.END_OF_RESPONSE else "first_token"
        return self.trace.column(name)

    def ttl_seconds(self, label: str) -> int:
        """Return the lifetime for a label, or raise `Unavailable`."""
        seconds = self.profile.ttl.options.get(label)
        if seconds is None and label and self.profile.ttl.any_duration:
            seconds = seconds_of(label)
        if seconds is None:
            offered = ", ".join(self.profile.ttl.options) or "none that is published"
            raise Unavailable(f"{self.profile.id} offers no TTL {label!r} (it has: {offered})")
        return seconds


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Token counts per request of the whole trace; only the members' entries mean anything."""

    read: I64
    write: dict[str, I64]
    """TTL label to written tokens, for classes that are billed apart."""
    unread: I64
    """Written tokens that nobody read again."""
    cause: I64
    """Miss cause, a number of `kernels.entries`."""
    missed: I64
    """Tokens that could have been read but for the cause."""
    where: I64
    """Node at which the prompt left its predecessor's path, 0 none."""
    stored: I64 | None = None
    """Tokens that a create call stored, billed apart from the request's own input."""
    stored_seconds: int = 0
    """Lifetime of a stored object."""
    bound: str = ""
    """Set when a rule is not published and the counts are the best that any value allows; says which."""


class Mechanism(Protocol):
    """Replays requests under one kind of cache."""

    def __call__(self, problem: Problem) -> Outcome:
        """Return what each request reads and writes; `Unavailable` if the provider cannot do it."""
        ...


def seconds_of(label: str) -> int | None:
    """Return the seconds that a label such as `90s`, `5m`, `1h` or `2d` means; `None` if it is none."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = label[:-1], label[-1:]
    return int(number) * units[unit] if unit in units and number.isdigit() and int(number) > 0 else None


def block_positions(trace: Trace, *, collapse: tuple[str, ...]) -> I64:
    """Return each node's look-back position: content blocks on its path, where a run of one of the
    `collapse` kinds counts once.
    """
    from cachelens.kernels.trees import accumulate

    nodes = trace.nodes
    counts = ((nodes.flags & SPLIT) == 0) & (nodes.kind != SegmentKind.PARAMS)
    for name in collapse:
        kind = SegmentKind[name.upper()]
        counts &= ~((nodes.kind == kind) & (_kind_above(trace) == kind))
    counts[0] = False
    result: I64 = accumulate(np.ascontiguousarray(nodes.parent), counts.astype(np.int64))
    return result


def _kind_above(trace: Trace) -> npt.NDArray[np.uint8]:
    """Return the kind of the segment before each node's own."""
    nodes = trace.nodes
    nearest = inherited(trace, (nodes.flags & SPLIT) == 0)
    result: npt.NDArray[np.uint8] = nodes.kind[nearest[nodes.parent]]
    return result


def message_positions(trace: Trace) -> I64:
    """Return each node's number of messages that have begun on its path."""
    from cachelens.kernels.trees import accumulate

    begun = ((trace.nodes.flags & (START | SPLIT)) == START).astype(np.int64)
    result: I64 = accumulate(np.ascontiguousarray(trace.nodes.parent), begun)
    return result


def inherited(trace: Trace, chosen: npt.NDArray[np.bool_]) -> I32:
    """Return for each node the last chosen node on its path, 0 for none."""
    from cachelens.kernels.trees import inherit

    result: I32 = inherit(np.ascontiguousarray(trace.nodes.parent), np.ascontiguousarray(chosen), False)
    return result
