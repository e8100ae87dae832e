"""A second tier behind an engine against a plain list of blocks, and what it may and may not change."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given

from cachelens.fleet.engines import pool, radix, sglang_hicache, vllm_lmcache
from cachelens.fleet.engines.base import BUSY, CACHED, LOADED
from cachelens.kernels.fleet import loading
from cachelens.kernels.fleet_arrays import PER_LOADED
from tests.oracles.fleet_traffic import SIZE, Block, Driver, Request, Traffic, play, traffics
from tests.oracles.sglang_tree import PlainSglang
from tests.oracles.vllm_pool import PlainVllm

RATIO = 1.5
CHUNK = 2
"""Blocks of a chunk."""

lmcache = functools.cache(vllm_lmcache.engine)
hicache = functools.cache(sglang_hicache.engine)


class PlainHost:
    """Blocks in the order of their last use."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.kept: list[Block] = []

    def found(self, blocks: list[Block]) -> int:
        count = 0
        for block in blocks:
            if block not in self.kept:
                break
            count += 1
        return count

    def store(self, blocks: list[Block]) -> None:
        wanted = blocks[: self.capacity]
        others = [block for block in self.kept if block not in wanted]
        spare = self.capacity - len(wanted)
        self.kept = others[max(0, len(others) - spare) :] + wanted[::-1]


def compare(driver: Driver, plain: PlainVllm | PlainSglang, own: int, *, chunk: int, answers: bool) -> None:
    """Play the driver's traffic with the engine and with a plain one that has a plain host behind it."""
    traffic = driver.traffic
    host = PlainHost(int(RATIO * traffic.capacity))
    tier = driver.memory[own:]

    def same() -> None:
        for run in range(len(traffic.length)):
            slot = pool.slot_of(tier, run)
            present = tier[pool.at(slot, pool.PRESENT)] if slot >= 0 else 0
            assert present == sum(block[0] == run for block in host.kept)
        assert driver.memory[BUSY] == plain.busy
        assert tier[CACHED] == len(host.kept) <= host.capacity
        assert tier[BUSY] == 0, "nobody holds what the host keeps"

    def admit(request: Request) -> bool:
        prompt = traffic.blocks(request.runs)
        far = min(host.found(prompt) // chunk * chunk, (request.tokens - 1) // SIZE) * SIZE
        foretold = driver.match(request)
        hit, _ = driver.admit(request)
        near, _ = plain.admit(request)
        assert hit == (max(near, far) if near >= 0 else -1)
        if hit < 0:
            return False
        assert hit == foretold, "what is found is what is then given"
        assert driver.memory[LOADED] * SIZE == max(0, far - near)
        host.store(prompt[: len(prompt) // chunk * chunk])
        same()
        return True

    def finish(request: Request) -> None:
        driver.finish(request)
        plain.finish(request)
        if answers:
            host.store(traffic.blocks(request.runs + request.answer))
        same()

    play(traffic, admit, finish)


@given(traffics())
def test_lmcache_keeps_whole_chunks_of_prompts(traffic: Traffic) -> None:
    driver = Driver(lmcache(RATIO, CHUNK * SIZE), traffic)
    own = pool.cells(traffic.capacity, len(traffic.length))
    compare(driver, PlainVllm(traffic, traffic.capacity, copies=False), own, chunk=CHUNK, answers=False)


@given(traffics())
def test_hicache_keeps_what_is_inserted(traffic: Traffic) -> None:
    driver = Driver(hicache(RATIO), traffic)
    own = radix.cells(traffic.capacity, len(traffic.length))
    compare(driver, PlainSglang(traffic, traffic.capacity, "lru"), own, chunk=1, answers=True)


@pytest.mark.parametrize("engine", [lmcache(0.0), hicache(0.0)], ids=lambda engine: engine.id)
def test_a_tier_of_nothing_finds_nothing(engine: object) -> None:
    traffic = Traffic((4,), (), 6)
    driver = Driver(engine, traffic)  # type: ignore[arg-type] # parametrised
    request = Request((0,), (), 70, 5)
    for expected in (0, 64):
        assert driver.admit(request) == (expected, [])
        assert driver.memory[LOADED] == 0
        driver.finish(request)


def test_what_is_loaded_costs_time_by_the_token() -> None:
    latency = np.zeros(PER_LOADED + 1)
    latency[PER_LOADED] = 2.5
    pools = np.zeros(16, dtype=np.int32)
    assert loading(pools, SIZE, latency) == 0
    pools[LOADED] = 3
    assert loading(pools, SIZE, latency) == 3 * SIZE * 2.5
