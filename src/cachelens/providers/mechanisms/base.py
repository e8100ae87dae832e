"""What every mechanism is given and what it returns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cachelens.model.prompt import SegmentKind
from cachelens.prompts.columns import NO_TIME
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.trace import SPLIT, START, Trace
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import ReadableFrom

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]

Mask = npt.NDArray[np.bool_]

SECOND = 1_000_000

_READABLE: Mapping[ReadableFrom, str] = {
    ReadableFrom.FIRST_TOKEN: "first_token",
    ReadableFrom.END_OF_RESPONSE: "end",
    ReadableFrom.UNKNOWN: "first_token",
}
"""Column of the moment from which an entry can be read; where none is published, the earliest that others state."""


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
    enabled: Mask
    """False where the request does not meet the condition for caching (a missing cache key, batch without cache)."""
    models: tuple[str, ...] = ()
    """Ids of the models that serve the requests; rules for some models only hold for none where it is empty."""
    model: I64 = dataclasses.field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """For each request an index into `models`, -1 where its model is not known."""
    elsewhere: bool = False
    """True where the scenario sends the traffic to another model or provider than the log: that a request was
    accepted where it was sent says nothing about that one, so what it would refuse is `Unavailable`."""

    def visible(self) -> I64:
        """Return when each request's entries can be read by others, -1 where the log does not say.

        Of a request without a time the order is all that is known: what it writes can be read by the next one.
        """
        untimed = (self.trace.requests["flags"] & NO_TIME) != 0
        readable = self.trace.column(_READABLE[self.profile.visibility.readable_from])
        return np.where(untimed, self.trace.column("arrived"), readable)

    def requests(self) -> tuple[I64, I32, I32, I64, I64, I32, I64, I64, I64, I64]:
        """Return the arguments with which every loop over requests begins, in the words of `kernels.entries`."""
        return (
            self.order,
            self.scope,
            np.ascontiguousarray(self.trace.requests["leaf"]),
            self.trace.column("arrived"),
            self.visible(),
            self.basis,
            self.minimum,
            self.outside,
            self.previous,
            self.neighbour,
        )

    def of_models(self, globs: Iterable[str]) -> Mask:
        """Say which requests are served by a model whose id fits one of the globs."""
        patterns = tuple(globs)
        fitting = [i for i, name in enumerate(self.models) if any(fnmatchcase(name, glob) for glob in patterns)]
        return np.isin(self.model, fitting) if fitting else np.zeros(len(self.trace), dtype=np.bool_)

    def on_platform(self, name: str) -> Mask:
        """Say which requests the log places on a platform."""
        table = self.trace.strings["platform"]
        number = table.index(name) if name in table else -2
        return np.asarray(self.trace.requests["platform"] == number)

    def count(self, requests: Mask) -> int:
        """Return how many of the members are among some requests."""
        return int(np.count_nonzero(requests[self.order]))

    def breach(self, requests: Mask, what: str) -> list[str]:
        """Return a note on members that break a rule of the provider; `Unavailable` if the log cannot vouch for them.

        `what` goes on from "so many requests".
        """
        number = self.count(requests)
        if not number:
            return []
        text = f"{self.profile.id}: {said(number)} {what}, which the provider refuses"
        if self.elsewhere:
            raise Unavailable(text)
        return [f"{text}; replayed as the log has them"]

    def offers(self, label: str) -> Mask:
        """Say which requests are served by a model that has a TTL; all where the rule names no models."""
        globs = self.profile.ttl.models.get(label)
        return np.ones(len(self.trace), dtype=np.bool_) if globs is None or not self.models else self.of_models(globs)

    def ttl_seconds(self, label: str) -> int:
        """Return the lifetime for a label, or raise `Unavailable` if no model of a member has it."""
        rules = self.profile.ttl
        seconds = rules.options.get(label)
        if seconds is None and label and rules.any_duration:
            seconds = seconds_of(label)
        if seconds is None:
            offered = ", ".join(rules.options) or "none that is published"
            raise Unavailable(f"{self.profile.id} offers no TTL {label!r} (it has: {offered})")
        for platform, least in rules.platform_min_s.items():
            if seconds < least and self.count(self.on_platform(platform)):
                raise Unavailable(f"{self.profile.id} keeps nothing for less than {least} s on {platform}")
        if not self.offers(label)[self.order].any():
            raise Unavailable(f"{self.profile.id} offers no TTL {label!r} for these models")
        return seconds


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Token counts per request of the whole trace; only the members' entries mean anything."""

    read: I64
    write: dict[str, I64]
    """TTL label to written tokens, for classes that are billed apart."""
    unread: I64
    """Written tokens that nobody read again; 0 where no write is billed."""
    cause: I64
    """Miss cause, a number of `kernels.entries`."""
    missed: I64
    """Tokens that could have been read but for the cause."""
    where: I64
    """Node at which the prompt left its predecessor's path, 0 none."""
    stored: I64 | None = None
    """Tokens that a create call stored, billed apart from the request's own input."""
    stored_seconds: I64 | None = None
    """Lifetime of what each request stored."""
    bound: str = ""
    """Set when a rule is not published and the counts are the best that any value allows; says which."""
    notes: tuple[str, ...] = ()
    """What the log holds but the provider does not offer or refuses, how often, and how it was replayed."""


class Mechanism(Protocol):
    """Replays requests under one kind of cache."""

    def __call__(self, problem: Problem) -> Outcome:
        """Return what each request reads and writes; `Unavailable` if the provider cannot do it."""
        ...


def said(requests: int) -> str:
    """Return a number of requests in words."""
    return f"{requests:,} request{'' if requests == 1 else 's'}"


def seconds_of(label: str) -> int | None:
    """Return the seconds that a label such as `90s`, `5m`, `1h` or `2d` means; `None` if it is none."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = label[:-1], label[-1:]
    return int(number) * units[unit] if unit in units and number.isdigit() and int(number) > 0 else None


def block_positions(trace: Trace, *, collapse: tuple[str, ...], skip: tuple[SegmentKind, ...] = ()) -> I64:
    """Return each node's look-back position: content blocks on its path, where a run of one of the
    `collapse` kinds counts once and those of the kinds to `skip` not at all.
    """
    from cachelens.kernels.trees import accumulate

    nodes = trace.nodes
    counts = ((nodes.flags & SPLIT) == 0) & ~np.isin(nodes.kind, (SegmentKind.PARAMS, *skip))
    above = nodes.kind[inherited(trace, counts)[nodes.parent]] if collapse else nodes.kind
    for name in collapse:
        kind = SegmentKind[name.upper()]
        counts &= ~((nodes.kind == kind) & (above == kind))
    counts[0] = False
    result: I64 = accumulate(np.ascontiguousarray(nodes.parent), counts.astype(np.int64))
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
