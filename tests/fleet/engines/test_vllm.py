"""vLLM's cache against a plain model of its block pool, and the laws of any pool."""

from __future__ import annotations

import pytest
from hypothesis import given, reject

from cachelens.fleet.engines import pool, vllm
from cachelens.fleet.engines.base import BUSY, CACHED, EVICTED, Engine
from tests.oracles.fleet_traffic import SIZE, Block, Driver, Request, Traffic, play, runs_of, traffics
from tests.oracles.vllm_pool import PlainVllm


@pytest.fixture(scope="module")
def engine() -> Engine:
    return vllm.engine()


def present(driver: Driver, run: int) -> int:
    slot = pool.slot_of(driver.memory, run)
    return int(driver.memory[pool.at(slot, pool.PRESENT)]) if slot >= 0 else 0


def held(driver: Driver, run: int) -> bool:
    slot = pool.slot_of(driver.memory, run)
    return slot >= 0 and driver.memory[pool.at(slot, pool.HOLDERS)] > 0


def compare(engine: Engine, traffic: Traffic, *, copies: bool) -> None:
    driver = Driver(engine, traffic)
    plain = PlainVllm(traffic, traffic.capacity, copies=copies)
    dropped = 0

    def same() -> None:
        for run in range(len(traffic.length)):
            assert present(driver, run) == plain.present(run)
            assert held(driver, run) == plain.held(run)
        assert driver.memory[BUSY] == plain.busy
        assert driver.memory[CACHED] == len(plain.by_hash)
        assert driver.memory[EVICTED] == dropped

    def admit(request: Request) -> bool:
        nonlocal dropped
        foretold = driver.match(request)
        hit, evicted = driver.admit(request)
        expected, blocks = plain.admit(request)
        assert hit == expected
        assert evicted == runs_of(blocks)
        assert hit in (-1, foretold), "what is found is what is then given"
        dropped += len(blocks)
        same()
        return hit >= 0

    def finish(request: Request) -> None:
        if copies and plain.would_copy(request):
            reject()
        driver.finish(request)
        plain.finish(request)
        same()

    play(traffic, admit, finish)


@given(traffics())
def test_every_call_does_what_a_pool_with_one_copy_of_a_block_does(engine: Engine, traffic: Traffic) -> None:
    compare(engine, traffic, copies=False)


@given(traffics(whole_last_blocks=False))
def test_where_nothing_is_computed_twice_it_is_the_pool_itself(engine: Engine, traffic: Traffic) -> None:
    compare(engine, traffic, copies=True)


def hits(engine: Engine, traffic: Traffic, capacity: int) -> list[int]:
    driver = Driver(engine, traffic, capacity)
    result: list[int] = []

    def admit(request: Request) -> bool:
        result.append(driver.admit(request)[0])
        return result[-1] >= 0

    play(traffic, admit, driver.finish)
    return result


@given(traffics(overlapping=False))
def test_a_larger_pool_never_finds_less_when_requests_do_not_overlap(engine: Engine, traffic: Traffic) -> None:
    largest = max(request.need for request in traffic.requests)
    for capacity in range(largest, largest + 12):
        less, more = hits(engine, traffic, capacity), hits(engine, traffic, capacity + 1)
        assert all(one <= other for one, other in zip(less, more, strict=True))


@given(traffics(with_answers=False))
def test_a_pool_without_end_finds_all_that_was_ever_computed(engine: Engine, traffic: Traffic) -> None:
    seen: set[Block] = set()
    expected = []
    for request in traffic.requests:
        prompt = traffic.blocks(request.runs)
        known = sum(block in seen for block in prompt)
        expected.append(min(known, (request.tokens - 1) // SIZE) * SIZE)
        seen.update(prompt)
    assert hits(engine, traffic, 10_000) == expected


@given(traffics())
def test_what_is_held_and_what_is_kept_fit_into_the_pool(engine: Engine, traffic: Traffic) -> None:
    driver = Driver(engine, traffic)

    def fits() -> None:
        idle = sum(present(driver, run) for run in range(len(traffic.length)) if not held(driver, run))
        assert driver.memory[BUSY] + idle <= traffic.capacity
        assert driver.memory[BUSY] >= 0

    def admit(request: Request) -> bool:
        busy = {run for run in range(len(traffic.length)) if held(driver, run)}
        hit, evicted = driver.admit(request)
        assert not busy & {run for run, _ in evicted}, "nothing that is held is evicted"
        fits()
        return hit >= 0

    def finish(request: Request) -> None:
        driver.finish(request)
        fits()

    play(traffic, admit, finish)
    if not any(held(driver, run) for run in range(len(traffic.length))):
        assert driver.memory[BUSY] == 0
