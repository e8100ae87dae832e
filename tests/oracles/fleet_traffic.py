"""Requests for engine caches, drawn by Hypothesis: prompts of a tree of runs, answers, and how requests overlap."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from cachelens.fleet.engines.base import Engine

SIZE = 16
"""Tokens of a block."""

Block = tuple[int, int]
"""A run and a place in it: what a chained hash would tell apart."""


@dataclasses.dataclass(frozen=True)
class Request:
    runs: tuple[int, ...]
    answer: tuple[int, ...]
    tokens: int
    need: int


@dataclasses.dataclass(frozen=True)
class Traffic:
    length: tuple[int, ...]
    events: tuple[Request | int, ...]
    """A request that comes, or which of those that run ends (modulo how many run)."""
    capacity: int

    def blocks(self, runs: tuple[int, ...]) -> list[Block]:
        return [(run, place) for run in runs for place in range(self.length[run])]

    @property
    def requests(self) -> list[Request]:
        return [event for event in self.events if isinstance(event, Request)]

    @property
    def lengths(self) -> npt.NDArray[np.int32]:
        return np.array(self.length, dtype=np.int32)


def chain(parent: list[int], run: int) -> tuple[int, ...]:
    path = []
    while run >= 0:
        path.append(run)
        run = parent[run]
    return tuple(reversed(path))


@st.composite
def traffics(
    draw: st.DrawFn, *, overlapping: bool = True, with_answers: bool = True, whole_last_blocks: bool = True
) -> Traffic:
    """Prompts repeat, extend and leave one another; answers may be what a later prompt goes on from; pools are small.

    A prompt that ends with a block has its last block as a run of its own.
    """
    count = draw(st.integers(1, 9))
    parent = [draw(st.integers(-1, run - 1)) for run in range(count)]
    length = [draw(st.integers(1, 4)) for _ in range(count)]
    events: list[Request | int] = []
    for number in range(draw(st.integers(1, 30))):
        if number and overlapping and draw(st.booleans()):
            events.append(draw(st.integers(0, 7)))
            continue
        runs = chain(parent, draw(st.integers(0, count - 1)))
        tail = draw(st.integers(0 if whole_last_blocks and length[runs[-1]] == 1 else 1, SIZE - 1))
        blocks = sum(length[run] for run in runs)
        answer: tuple[int, ...] = ()
        if with_answers:
            children = [run for run in range(count) if parent[run] == runs[-1]]
            if draw(st.booleans()) and children:
                answer = (draw(st.sampled_from(children)),)
            if draw(st.booleans()):
                length.append(draw(st.integers(1, 3)))
                answer += (len(length) - 1,)
        need = blocks + sum(length[run] for run in answer) + 1
        events.append(Request(runs, answer, blocks * SIZE + tail, need))
        if not overlapping:
            events.append(0)
    return Traffic(tuple(length), tuple(events), draw(st.integers(1, 30)))


class Driver:
    """An engine that is called as an event loop would call it."""

    def __init__(self, engine: Engine, traffic: Traffic, capacity: int = 0) -> None:
        self.engine, self.traffic = engine, traffic
        self.length = traffic.lengths
        capacity = capacity or traffic.capacity
        self.memory = np.zeros(engine.cells(capacity, len(self.length)), dtype=np.int32)
        engine.prepare(self.memory, capacity, len(self.length))
        self.time, self.step = 0, 1

    def match(self, request: Request) -> int:
        before = self.memory.copy()
        runs = np.array(request.runs, dtype=np.int32)
        blocks = int(self.engine.match(self.memory, runs, self.length, (request.tokens - 1) // SIZE))
        assert (self.memory == before).all(), "looking changes nothing"
        return blocks * SIZE

    def admit(self, request: Request) -> tuple[int, list[tuple[int, int]]]:
        evicted = np.zeros(4096, dtype=np.int32)
        before = self.memory.copy()
        self.time += self.step
        hit = int(
            self.engine.admit(
                self.memory,
                np.array(request.runs, dtype=np.int32),
                self.length,
                request.tokens,
                SIZE,
                request.need,
                self.time,
                evicted,
            )
        )
        assert hit >= 0 or (self.memory == before).all(), "a request that finds no room changes nothing"
        pairs = evicted[1 : evicted[0] + 1].reshape(-1, 2)
        return hit, [(int(run), int(blocks)) for run, blocks in pairs]

    def finish(self, request: Request) -> None:
        self.time += self.step
        self.engine.finish(
            self.memory,
            np.array(request.runs, dtype=np.int32),
            self.length,
            np.array(request.answer, dtype=np.int32),
            request.need,
            self.time,
        )


def play(traffic: Traffic, admit: Callable[[Request], bool], finish: Callable[[Request], None]) -> None:
    """Deal with each event in order; `admit` says whether the request runs from now on."""
    running: list[Request] = []
    for event in traffic.events:
        if isinstance(event, Request):
            if admit(event):
                running.append(event)
        elif running:
            finish(running.pop(event % len(running)))


def runs_of(blocks: list[Block]) -> list[tuple[int, int]]:
    """Say evicted blocks as pairs of a run and how many of it follow each other."""
    pairs: list[tuple[int, int]] = []
    for run, _ in blocks:
        if pairs and pairs[-1][0] == run:
            pairs[-1] = (run, pairs[-1][1] + 1)
        else:
            pairs.append((run, 1))
    return pairs
