"""Requests from a workload's description, as paths of a prefix tree; no text is made."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.fleet.requests import FleetRequests, PromptTree, from_tree
from cachelens.fleet.workloads.draws import Draws, Stream
from cachelens.fleet.workloads.spec import MOST_REQUESTS, Arrivals, Popularity, Population, Process, Workload, load

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
_COMMON = 1
"""The node of what all prompts have in common; 0 is the root."""


def generated(path: Path, block_size: int) -> FleetRequests:
    """Return the requests that a workload file describes; the same for the same file.

    Raises `UsageError`, naming file and line, for a file that makes no sense.
    """
    return generate(load(path), block_size)


def generate(workload: Workload, block_size: int) -> FleetRequests:
    """Return a workload's requests in order of arrival; `UsageError` where there is none."""
    if block_size < 1:
        raise UsageError(f"{block_size} is no block size", hint="give 1 or more")
    begins = beginnings(workload.arrivals, workload.seed)
    owner = _owners(workload, len(begins))
    parts, nodes, conversations = [], _COMMON + 1, 0
    for number, population in enumerate(workload.populations):
        place = _Place(seed=workload.seed, number=number, common=workload.common, node=nodes, session=conversations)
        make = _conversations if population.prompts is None else _repeated
        own = make(population, begins[owner == number], place)
        parts.append(own)
        nodes += len(own.parent)
        conversations += own.conversations
    if not any(len(part.leaf) for part in parts):
        raise UsageError(f"the workload `{workload.name}` makes no request", hint="raise its rates or seconds")
    return _joined(workload, parts, block_size)


def beginnings(arrivals: Arrivals, seed: int) -> F64:
    """Return the seconds at which conversations begin, in order."""
    draws = Draws(seed, Stream.ARRIVALS)
    found, at = [np.empty(0)], 0.0
    for stage in arrivals.stages:
        rate = stage.rate / arrivals.burst
        if rate > 0:
            most = int(rate * stage.seconds + 8 * (rate * stage.seconds) ** 0.5 + 32)
            gaps = -np.log1p(-draws.uniform(most)) if arrivals.process is Process.POISSON else np.ones(most)
            times = np.cumsum(gaps) / rate
            if arrivals.process is Process.CONSTANT:
                times -= 1 / rate
            found.append(at + np.repeat(times[times < stage.seconds * (1 - 1e-12)], arrivals.burst))
        at += stage.seconds + stage.pause_s
    times = np.concatenate(found)
    if arrivals.tick_s:
        times = np.floor(times / arrivals.tick_s) * arrivals.tick_s
    return times


def _owners(workload: Workload, count: int) -> I64:
    """Return the population of each conversation: their shares to within one, mixed over the whole time."""
    edges = np.cumsum([population.share for population in workload.populations])
    counts = np.diff(np.rint(edges / edges[-1] * count).astype(np.int64), prepend=0)
    drawn = Draws(workload.seed, Stream.POPULATION).uniform(count)
    place = (np.concatenate([np.arange(each) for each in counts]) + drawn) / np.repeat(np.maximum(counts, 1), counts)
    owners: I64 = np.repeat(np.arange(len(counts)), counts)[np.argsort(place, kind="stable")]
    return owners


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Part:
    """One population's nodes, and its requests in no particular order."""

    parent: I64
    end: I64
    leaf: I64
    arrived: F64
    output: I64
    session: I64
    remembered: bool
    conversations: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a population's nodes and conversations begin to count, and how its numbers are drawn."""

    seed: int
    number: int
    common: int
    node: int
    session: int

    def draws(self, stream: Stream) -> Draws:
        return Draws(self.seed, stream, 1 + self.number)


def _repeated(population: Population, begins: F64, place: _Place) -> _Part:
    """Return a fixed set of prompts that is sent over and over in one shuffled order."""
    each = population.prompts or 0
    count = population.groups * each
    group = np.arange(count) // each
    system = place.common + place.draws(Stream.SYSTEM).whole(population.system, population.groups)
    question = place.draws(Stream.QUESTION).whole(population.question, count, 1)
    answer = place.draws(Stream.ANSWER).whole(population.answer, count)
    sent = place.draws(Stream.GROUP).order(count)[np.arange(len(begins)) % count]
    return _Part(
        parent=np.concatenate([np.full(population.groups, _COMMON), place.node + group]),
        end=np.concatenate([system, system[group] + question]),
        leaf=place.node + population.groups + sent,
        arrived=begins,
        output=answer[sent],
        session=place.session + sent,
        remembered=False,
        conversations=count,
    )


def _conversations(population: Population, begins: F64, place: _Place) -> _Part:
    """Return new conversations, each prompt of one the beginning of the next."""
    count, groups = len(begins), population.groups or len(begins)
    system = place.common + place.draws(Stream.SYSTEM).whole(population.system, groups)
    group = _groups(population, count, place.draws(Stream.GROUP))
    turns = place.draws(Stream.TURNS).whole(population.turns, count, 1)
    total = int(turns.sum())
    if total > MOST_REQUESTS:
        raise UsageError(
            f"population `{population.name}` makes {total:,} requests; {MOST_REQUESTS:,} are the most",
            hint="lower its rates, seconds or turns",
        )
    first, conversation = np.cumsum(turns) - turns, np.repeat(np.arange(count), turns)
    question = place.draws(Stream.QUESTION).whole(population.question, total, 1)
    if population.first_question is not None:
        question[first] = place.draws(Stream.FIRST).whole(population.first_question, count, 1)
    answer = place.draws(Stream.ANSWER).whole(population.answer, total)
    think = place.draws(Stream.THINK).numbers(population.think_s, total)
    think[first] = 0
    added = question.copy()
    if population.remembered:
        added[1:] += answer[:-1]
    added[first] = question[first] + system[group]
    own = place.node + groups + np.arange(total)
    parent = own - 1
    parent[first] = place.node + group
    return _Part(
        parent=np.concatenate([np.full(groups, _COMMON), parent]),
        end=np.concatenate([system, _within(added, first, conversation)]),
        leaf=own,
        arrived=begins[conversation] + _within(think, first, conversation),
        output=answer,
        session=place.session + conversation,
        remembered=population.remembered,
        conversations=count,
    )


def _groups(population: Population, count: int, draws: Draws) -> I64:
    """Return the group of each conversation."""
    groups = population.groups
    if not groups:
        return np.arange(count)
    if population.popularity is Popularity.EVEN:
        return draws.order(groups)[np.arange(count) % groups]
    if population.popularity is Popularity.UNIFORM:
        return (draws.uniform(count) * groups).astype(np.int64)
    edges = np.cumsum(np.arange(1, groups + 1) ** -float(population.skew))
    return np.minimum(np.searchsorted(edges / edges[-1], draws.uniform(count)), groups - 1)


def _within(values: npt.NDArray[Any], first: I64, conversation: I64) -> npt.NDArray[Any]:
    """Return the running sum of each conversation's values."""
    if not len(values):
        return values
    total: npt.NDArray[Any] = np.cumsum(values)
    sums: npt.NDArray[Any] = total - (total[first] - values[first])[conversation]
    return sums


def _joined(workload: Workload, parts: list[_Part], block_size: int) -> FleetRequests:
    """Sort all requests by arrival; ties keep the order of populations, conversations and turns."""
    arrived = np.concatenate([part.arrived for part in parts])
    order = np.argsort(arrived, kind="stable")
    if workload.arrivals.tick_s:
        arrived = np.floor(arrived / workload.arrivals.tick_s) * workload.arrivals.tick_s
        order = np.argsort(arrived, kind="stable")
    sizes = [len(part.leaf) for part in parts]
    microseconds = np.rint(arrived[order] * 1e6).astype(np.int64)
    tree = PromptTree(
        parent=np.concatenate([[0, 0], *(part.parent for part in parts)]).astype(np.int32),
        end=np.concatenate([[0, workload.common], *(part.end for part in parts)]).astype(np.int64),
        leaf=np.concatenate([part.leaf for part in parts])[order].astype(np.int32),
    )
    return from_tree(
        tree,
        block_size=block_size,
        arrived=microseconds - microseconds[0],
        output=np.concatenate([part.output for part in parts])[order],
        session=np.concatenate([part.session for part in parts])[order],
        workload=np.repeat(np.arange(len(parts)), sizes)[order],
        remembered=np.repeat([part.remembered for part in parts], sizes)[order],
        notes=(f"generated from the workload `{workload.name}`, seed {workload.seed}",),
    )
