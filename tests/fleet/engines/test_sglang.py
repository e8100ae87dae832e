"""SGLang's cache against a plain model of its radix tree, in every order of eviction."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given

from cachelens.errors import UsageError
from cachelens.fleet.engines import radix, sglang
from cachelens.fleet.engines.base import BUSY, CACHED, EVICTED
from tests.oracles.fleet_traffic import SIZE, Block, Driver, Request, Traffic, play, runs_of, traffics
from tests.oracles.sglang_tree import PlainSglang

engine = functools.cache(sglang.engine)


def told(driver: Driver, run: int) -> tuple[int, ...] | None:
    """Return how many requests hold a run, how often it was hit and its priority; nothing where it is not cached."""
    node = radix.node_of(driver.memory, run)
    if node < 0:
        return None
    return tuple(
        int(driver.memory[radix.of(driver.memory, node, field)]) for field in (radix.LOCKS, radix.HITS, radix.RANK)
    )


def borders(driver: Driver) -> set[tuple[int, ...]]:
    """Return the runs of each node."""
    nodes: dict[int, set[int]] = {}
    for run in range(len(driver.traffic.length)):
        node = radix.node_of(driver.memory, run)
        if node >= 0:
            nodes.setdefault(node, set()).add(run)
    return {tuple(sorted(runs)) for runs in nodes.values()}


@pytest.mark.parametrize("order", list(radix.EVICTIONS))
@given(traffic=traffics())
def test_every_call_does_what_the_tree_does(order: str, traffic: Traffic) -> None:
    driver = Driver(engine(order), traffic)
    plain = PlainSglang(traffic, traffic.capacity, order)
    dropped = 0

    def same() -> None:
        expected = {block: (node.locks, node.hits, node.priority) for node in plain.nodes() for block in node.key}
        for run in range(len(traffic.length)):
            for block in traffic.blocks((run,)):
                assert told(driver, run) == expected.get(block)
        assert borders(driver) == {tuple(sorted({run for run, _ in node.key})) for node in plain.nodes()}
        assert driver.memory[BUSY] == plain.busy
        assert driver.memory[CACHED] == plain.cached
        assert driver.memory[EVICTED] == dropped
        assert plain.private + plain.cached <= traffic.capacity

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
        driver.finish(request)
        plain.finish(request)
        same()

    play(traffic, admit, finish)


@given(traffics(with_answers=False))
def test_a_tree_without_end_finds_all_that_was_ever_computed(traffic: Traffic) -> None:
    driver = Driver(engine(), traffic, 10_000)
    seen: set[Block] = set()

    def admit(request: Request) -> bool:
        prompt = traffic.blocks(request.runs)
        known = sum(block in seen for block in prompt)
        assert driver.admit(request)[0] == min(known, (request.tokens - 1) // SIZE) * SIZE
        seen.update(prompt)
        return True

    play(traffic, admit, driver.finish)


def test_one_eviction_can_free_more_than_is_asked_for() -> None:
    traffic = Traffic((10, 1), (), 12)
    driver = Driver(engine(), traffic)
    first, second = Request((0,), (), 161, 11), Request((1,), (), 17, 2)
    driver.admit(first)
    driver.finish(first)
    assert driver.admit(second) == (0, []), "ten blocks are kept, two are free"
    driver.finish(second)
    assert driver.admit(Request((1,), (), 17, 3)) == (16, [(0, 10)]), "two more are needed, one is free, ten go"


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(UsageError, match="no order of eviction"):
        sglang.engine("belady")
