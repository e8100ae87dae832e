"""Answers that take the rest of their room when they end: for every engine, whatever it evicts by."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given

from cachelens.catalog import load_catalog
from cachelens.fleet.engines.base import BUSY, CACHED, CAPACITY, EVICTED, Engine
from tests.oracles.fleet_traffic import Driver, Request, Traffic, play, traffics

ENGINES: dict[str, Engine] = {
    name: load_catalog("fleet.engines").get(name)() for name in load_catalog("fleet.engines").ids
}
STATED = (BUSY, CACHED, EVICTED)
POOLS = [name for name in ENGINES if not name.startswith("sglang")]


def grow(driver: Driver, blocks: int) -> tuple[bool, list[int]]:
    evicted = np.zeros(4096, dtype=np.int32)
    before = driver.memory.copy()
    grown = bool(driver.engine.grow(driver.memory, driver.length, blocks, evicted))
    assert grown or (driver.memory == before).all(), "an answer that finds no room changes nothing"
    return grown, evicted[1 : evicted[0] + 1].tolist()


def later(driver: Driver, request: Request) -> int:
    """Return the blocks that the request does not ask for at first: a part of those behind its prompt."""
    return (request.need - len(driver.traffic.blocks(request.runs)) + 1) // 2


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@given(traffics())
def test_what_grows_fits_and_is_given_back(engine: Engine, traffic: Traffic) -> None:
    driver = Driver(engine, traffic)

    def admit(request: Request) -> bool:
        return driver.admit(dataclasses.replace(request, need=request.need - later(driver, request)))[0] >= 0

    def finish(request: Request) -> None:
        if grow(driver, later(driver, request))[0]:
            driver.finish(request)
        else:
            driver.finish(dataclasses.replace(request, need=request.need - later(driver, request), answer=()))
        assert 0 <= driver.memory[BUSY] <= driver.memory[CAPACITY]
        assert 0 <= driver.memory[CACHED] <= driver.memory[CAPACITY]

    running = sum(isinstance(event, Request) for event in traffic.events)
    play(dataclasses.replace(traffic, events=(*traffic.events, *[0] * running)), admit, finish)
    assert driver.memory[BUSY] == 0


@pytest.mark.parametrize("name", POOLS)
@given(traffics())
def test_a_pool_makes_room_in_two_steps_as_in_one(name: str, traffic: Traffic) -> None:
    one, two = Driver(ENGINES[name], traffic), Driver(ENGINES[name], traffic)

    def admit(request: Request) -> bool:
        whole, gone = one.admit(request)
        if whole < 0:
            two.time += two.step
            return False
        part, first = two.admit(dataclasses.replace(request, need=request.need - later(one, request)))
        grown, second = grow(two, later(one, request))
        assert grown
        assert part == whole
        assert blocks_of([*first, *zip(second[::2], second[1::2], strict=True)]) == blocks_of(gone)
        assert [one.memory[cell] for cell in STATED] == [two.memory[cell] for cell in STATED]
        assert list(map(one.match, traffic.requests)) == list(map(two.match, traffic.requests))
        return True

    def finish(request: Request) -> None:
        one.finish(request)
        two.finish(request)

    play(traffic, admit, finish)


def blocks_of(pairs: list[tuple[int, int]]) -> list[int]:
    return [run for run, blocks in pairs for _ in range(blocks)]
