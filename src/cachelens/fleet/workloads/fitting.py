"""A workload's description from a trace: how many groups, turns and tokens, and when.

What is kept: the rate over time, how long prompts, questions and answers are, how many requests a conversation has, how
many conversations share how long a beginning. What is lost: which lengths go together (that the longest conversations
ask the longest questions, say), forks, and when a group is popular. No content is kept, so a fitted file can be given
away.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.workloads.spec import (
    Arrivals,
    Number,
    Popularity,
    Population,
    Quantiles,
    Stage,
    Weights,
    Workload,
)

I64 = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_POINTS = 21
"""Quantiles kept of each length."""
_STAGES = 24
"""Stretches of equal length into which the time is cut."""
_BORDERS = (2, 3, 5, 9, 17, 33, 65, 129, 1025)
"""Groups of about as many conversations become one population."""
_TURNS = (1, 2, 3, 5, 9, 17, 33)
"""So do conversations of about as many requests, and groups by the longest of theirs."""
_SHARED_BY = 0.5
"""Part of all conversations that begin with what the workload has in common."""
_SURELY = 0.9
_COARSE_US = 1_000_000
"""A clock is coarse when all its steps are multiples of this or more."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shape:
    """What a trace repeats. All arrays have one entry a request."""

    kept: I64
    """Leading tokens, in whole blocks, that an earlier request had."""
    before: I64
    """The last earlier request with all of them; -1 where there are none."""
    place: I64
    """The last of them, as a run; -1 where there are none."""
    goes_on: BoolArray
    """Whether the request goes on from the one before: with all its prompt, but for the last block that the trace tells
    apart, and room for its answer."""


def shape(requests: FleetRequests) -> Shape:
    """Return what a trace repeats, as a cache would see it that never forgets."""
    start = requests.start
    runs = requests.runs[: start[-1]].astype(np.int64)
    owner = np.repeat(np.arange(len(requests)), np.diff(start))
    order = np.argsort(runs, kind="stable")
    previous = np.full(len(runs), -1, dtype=np.int64)
    again = runs[order[1:]] == runs[order[:-1]]
    previous[order[1:][again]] = owner[order[:-1][again]]
    blocks = requests.length[runs].astype(np.int64)
    kept = _sums(np.where(previous >= 0, blocks, 0), start)
    matched = _sums((previous >= 0).astype(np.int64), start)
    last = start[:-1] + matched - 1
    before = np.where(matched > 0, previous[np.maximum(last, 0)] if len(runs) else -1, -1)
    place = np.where(matched > 0, runs[np.maximum(last, 0)] if len(runs) else -1, -1)
    grown = requests.tokens >= requests.tokens[before] + np.maximum(requests.output[before], 1)
    grain = _grain(kept[kept > 0])
    same = (requests.session == requests.session[before]) | (requests.session[before] < 0)
    goes_on = (before >= 0) & grown & same & (kept > _sums(blocks, start)[before] - grain - 1)
    goes_on = _first_claim(np.where(goes_on, before, -1))
    return Shape(kept=kept * requests.block_size, before=before, place=place, goes_on=goes_on)


def token_hit_rate(requests: FleetRequests) -> float:
    """Return the part of all prompt tokens that one cache without end would hold."""
    size = requests.block_size
    most = (requests.tokens - 1) // size * size
    return float(np.minimum(shape(requests).kept, most).sum() / max(1, requests.tokens.sum()))


def fit(requests: FleetRequests, name: str = "fitted") -> Workload:
    """Return a workload that resembles a trace; `UsageError` for an empty one.

    Blocks should be small (16 tokens): what two prompts share is known to within one.
    """
    if not len(requests):
        raise UsageError("there is no request to fit a workload to", hint="give a trace with requests")
    found = shape(requests)
    starts = np.flatnonzero(~found.goes_on)
    common = _common(requests, starts)
    populations = tuple(_populations(requests, found, common))
    return Workload(
        name=name,
        source="fitted to a trace",
        note=f"{len(requests):,} requests, blocks of {requests.block_size} tokens",
        common=common,
        arrivals=_arrivals(requests.arrived, starts),
        populations=populations,
    )


def _populations(requests: FleetRequests, found: Shape, common: int) -> Iterator[Population]:
    """Yield one population for groups of about one size, and one for conversations that share nothing."""
    head = _heads(found)
    starts = np.flatnonzero(~found.goes_on)
    group, system = _grouped(found, starts, common)
    sizes = np.bincount(group) if len(group) else np.empty(0, dtype=np.int64)
    turns = np.bincount(head, minlength=len(requests))[starts]
    talkative = np.zeros(len(sizes), dtype=np.int64)
    np.maximum.at(talkative, group, turns)
    kinds = len(_TURNS) * np.searchsorted(_BORDERS, sizes[group], side="right")
    kinds += np.searchsorted(_TURNS, talkative[group], side="right") - 1
    follows = np.flatnonzero(found.goes_on)
    think = np.maximum(requests.arrived[follows] - requests.arrived[found.before[follows]], 0) / 1e6
    for kind in np.unique(kinds):
        own = starts[kinds == kind]
        groups = np.unique(group[kinds == kind])
        later = follows[np.isin(head[follows], own)]
        asked = requests.tokens[later] - requests.tokens[found.before[later]] - requests.output[found.before[later]]
        alone, least, most = kind < len(_TURNS), sizes[groups].min(), sizes[groups].max()
        yield Population(
            name=("alone" if alone else f"shared by {least} to {most}") + f", up to {talkative[groups].max()} requests",
            share=float(len(own)),
            groups=0 if alone else len(groups),
            popularity=Popularity.EVEN,
            system=0 if alone else _quantiles(system[groups] - common),
            turns=_weights(turns[kinds == kind]),
            first_question=_quantiles(requests.tokens[own] - system[group[kinds == kind]]),
            question=_quantiles(asked) if len(later) else 1,
            answer=_quantiles(requests.output[np.isin(head, own)]),
            think_s=_quantiles(think[np.isin(follows, later)], whole=False) if len(later) else 0,
        )


def _grouped(found: Shape, starts: I64, common: int) -> tuple[I64, I64]:
    """Return the group of each conversation, and the tokens that each group shares.

    A conversation that repeats more than what all have in common belongs with those that repeat up to the same place;
    the first of them repeats nothing, so each group takes one of those that share nothing.
    """
    shares = found.kept[starts] > common
    _, member = np.unique(found.place[starts[shares]], return_inverse=True)
    groups = int(member.max()) + 1 if len(member) else 0
    system = np.zeros(groups, dtype=np.int64)
    system[member] = found.kept[starts[shares]]
    alone = np.flatnonzero(~shares)
    group = np.empty(len(starts), dtype=np.int64)
    group[shares] = member
    group[alone[:groups]] = np.arange(min(groups, len(alone)))
    group[alone[groups:]] = groups + np.arange(max(0, len(alone) - groups))
    rest = np.full(max(0, len(alone) - groups), common)
    return group, np.concatenate([system, rest])


def _heads(found: Shape) -> I64:
    """Return the first request of each request's conversation."""
    head = np.arange(len(found.before))
    for request in np.flatnonzero(found.goes_on):
        head[request] = head[found.before[request]]
    return head


def _common(requests: FleetRequests, starts: I64) -> int:
    """Return the leading tokens that most conversations have in common."""
    counts = np.zeros(len(requests.length), dtype=np.int64)
    for request in starts:
        counts[requests.runs[requests.start[request] : requests.start[request + 1]]] += 1
    shared = counts > max(1, _SHARED_BY * len(starts))
    return int(requests.length[shared].sum()) * requests.block_size


def _arrivals(arrived: I64, starts: I64) -> Arrivals:
    """Return the rate of new conversations over time."""
    begins = arrived[starts]
    steps = np.diff(np.unique(arrived))
    tick = int(np.gcd.reduce(steps)) if len(steps) else 0
    width = max(1.0, (float(arrived[-1]) + 1) / _STAGES)
    counts = np.bincount((begins // width).astype(np.int64), minlength=_STAGES)
    seconds = round(width / 1e6, 6)
    return Arrivals(
        tick_s=tick / 1e6 if tick >= _COARSE_US else 0,
        stages=tuple(Stage(rate=round(float(count) / seconds, 6), seconds=seconds) for count in counts),
    )


def _quantiles(values: npt.NDArray[Any], *, whole: bool = True) -> Number:
    """Return quantiles whose straight lines have the mean of the values, or the value where all are one."""
    numbers = np.maximum(values.astype(np.float64), 0)
    if numbers.min() == numbers.max():
        return float(numbers[0])
    found = np.quantile(numbers, np.linspace(0, 1, _POINTS))
    mean = (found[:-1] + found[1:]).mean() / 2
    found = found * (numbers.mean() / mean) if mean > 0 else found
    return Quantiles(values=tuple(float(round(value)) if whole else round(float(value), 3) for value in found))


def _weights(values: I64) -> Number:
    """Return how often each value stands, or the value where all are one."""
    found, counts = np.unique(values, return_counts=True)
    if len(found) == 1:
        return int(found[0])
    return Weights(values=tuple(float(value) for value in found), weights=tuple(float(count) for count in counts))


def _grain(kept: I64) -> int:
    """Return how many blocks a trace tells apart at least: a power of two that most matches are made of."""
    grain = 1
    while len(kept) and np.mean(kept % (2 * grain) == 0) >= _SURELY:
        grain *= 2
    return grain


def _first_claim(before: I64) -> BoolArray:
    """Return whether a request is the first that comes after the one before; a conversation does not fork."""
    claims = np.zeros(len(before), dtype=np.bool_)
    known = np.flatnonzero(before >= 0)
    _, first = np.unique(before[known], return_index=True)
    claims[known[first]] = True
    return claims


def _sums(values: I64, start: I64) -> I64:
    """Return the sum of each request's values; requests without runs have 0."""
    total: I64 = np.concatenate([[0], np.cumsum(values)])
    sums: I64 = total[start[1:]] - total[start[:-1]]
    return sums
