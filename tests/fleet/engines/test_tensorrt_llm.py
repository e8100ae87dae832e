"""TensorRT-LLM's cache against a plain model of its block manager, with and without retention and a host."""

from __future__ import annotations

import pytest
from hypothesis import given

from cachelens.errors import UsageError
from cachelens.fleet.engines import pool, tensorrt_llm
from cachelens.fleet.engines.base import BUSY, CACHED, EVICTED, LOADED
from tests.oracles.fleet_traffic import Driver, Request, Traffic, play, runs_of, traffics
from tests.oracles.tensorrt_pool import PlainTensorrt, Retention

CASES = {
    "plain": (0.0, 35, 0, 0),
    "host": (0.5, 35, 0, 0),
    "answers first": (0.0, 10, 0, 0),
    "answers first, to the host": (1.0, 31, 0, 0),
    "answers first, not to the host": (1.0, 10, 0, 0),
    "beginnings last": (0.0, 35, 16, 0),
    "beginnings last, for a time": (0.0, 20, 48, 4),
    "all": (0.7, 20, 48, 6),
}


@pytest.mark.parametrize("case", list(CASES))
@given(traffic=traffics())
def test_every_call_does_what_the_block_manager_does(case: str, traffic: Traffic) -> None:
    ratio, answers, tokens, lasts = CASES[case]
    engine = tensorrt_llm.engine(ratio=ratio, answer_priority=answers, head_tokens=tokens, head_ms=lasts)
    driver = Driver(engine, traffic)
    driver.step = 1000
    host = int(ratio * traffic.capacity)
    plain = PlainTensorrt(traffic, traffic.capacity, Retention(host, answers, tokens, 100, lasts))
    dropped = 0
    tier = driver.memory[pool.cells(traffic.capacity, len(traffic.length)) :]

    def same() -> None:
        for memory, blocks in ((driver.memory, list(plain.holders)), (tier, plain.hosted)):
            for run in range(len(traffic.length)):
                slot = pool.slot_of(memory, run) if len(memory) else -1
                present = memory[pool.at(slot, pool.PRESENT)] if slot >= 0 else 0
                assert present == sum(block[0] == run for block in blocks)
        assert not set(plain.holders) & set(plain.hosted), "a block is in one place"
        assert driver.memory[BUSY] == plain.busy
        assert driver.memory[CACHED] == len(plain.holders)
        assert driver.memory[EVICTED] == dropped

    def admit(request: Request) -> bool:
        nonlocal dropped
        foretold = driver.match(request)
        hit, evicted = driver.admit(request)
        expected, loaded, blocks = plain.admit(request, driver.time // 1000)
        assert hit == expected
        assert evicted == runs_of(blocks)
        assert hit in (-1, foretold), "what is found is what is then given"
        assert hit < 0 or driver.memory[LOADED] == loaded
        dropped += len(blocks)
        same()
        return hit >= 0

    def finish(request: Request) -> None:
        driver.finish(request)
        plain.finish(request, driver.time // 1000)
        same()

    play(traffic, admit, finish)


@pytest.mark.parametrize(("answers", "head"), [(36, 100), (35, 34), (-1, 100), (35, 101)])
def test_priorities_that_would_lose_what_stands_behind_are_refused(answers: int, head: int) -> None:
    with pytest.raises(UsageError, match="cannot be replayed"):
        tensorrt_llm.engine(answer_priority=answers, head_priority=head)
