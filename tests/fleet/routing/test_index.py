"""A router's own record, and what late events tell it, against plain lists of blocks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.router import Router, router_of
from cachelens.fleet.routing.base import CHOOSE, Index, Policy
from cachelens.fleet.routing.round_robin import choose
from cachelens.kernels import fleet_index
from cachelens.kernels.shim import handed

SIZE, REPLICAS = 16, 3
PATHS = ((0,), (0, 1), (0, 1, 2), (0, 3), (4,), (4, 5, 6))
"""Prompts as runs; equal runs have equal runs before them."""
LENGTHS = (2, 1, 3, 4, 1, 2, 5)


def requests(paths: list[tuple[int, ...]]) -> FleetRequests:
    start = np.cumsum([0, *(len(path) for path in paths)]).astype(np.int64)
    none = np.zeros(len(paths), dtype=np.int64)
    return FleetRequests(
        block_size=SIZE,
        arrived=none,
        tokens=none,
        output=none,
        session=none,
        workload=none,
        start=start,
        runs=np.array([run for path in paths for run in path], dtype=np.int32),
        length=np.array(LENGTHS, dtype=np.int32),
        prompt_runs=len(LENGTHS),
        answer_first=none,
        answer_stop=none,
    )


def router(paths: list[tuple[int, ...]], **settings: object) -> Router:
    policy = Policy(id="x", summary="", source="", choose=handed(choose, CHOOSE), **settings)  # type: ignore[arg-type]
    return router_of(policy, requests(paths), REPLICAS)


def seen(router: Router, path: tuple[int, ...], now: int) -> npt.NDArray[np.int64]:
    matched = np.zeros((3, REPLICAS), dtype=np.int64)
    runs, length = np.array(path, dtype=np.int32), np.array(LENGTHS, dtype=np.int32)
    fleet_index.see(runs, length, SIZE, now, router.record, router.mirror, matched)
    return matched


def blocks_of(path: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(run, block) for run in path for block in range(LENGTHS[run])]


def leading(there: list[tuple[int, int]], path: tuple[int, ...], most: int) -> int:
    found = 0
    wanted = blocks_of(path)[:most] if most else blocks_of(path)
    while found < len(wanted) and wanted[found] in there:
        found += 1
    return found * SIZE


steps = st.lists(
    st.tuples(st.sampled_from(PATHS), st.integers(0, REPLICAS - 1), st.integers(0, 5)), min_size=1, max_size=30
)


@given(steps=steps, limit=st.sampled_from([0, 1, 4, 7, 9]), most=st.sampled_from([0, 1, 3, 5]), keep=st.integers(0, 9))
def test_a_record_forgets_by_size_and_age(
    steps: list[tuple[tuple[int, ...], int, int]], limit: int, most: int, keep: int
) -> None:
    index = Index(tokens=limit * SIZE, most_tokens=most * SIZE, keep_us=keep)
    own = router([path for path, _, _ in steps], index=index)
    used: list[list[tuple[int, int]]] = [[] for _ in range(REPLICAS)]
    when: list[dict[tuple[int, int], int]] = [{} for _ in range(REPLICAS)]
    now = 0
    for path, replica, pause in steps:
        now += pause
        length = np.array(LENGTHS, dtype=np.int32)
        fleet_index.sent(own.record, replica, np.array(path, dtype=np.int32), length, now)
        here = used[replica]
        for block in reversed(blocks_of(path)[:most] if most else blocks_of(path)):
            if block in here:
                here.remove(block)
            here.append(block)
            when[replica][block] = now
        while here and ((limit and len(here) > limit) or (keep and now - when[replica][here[0]] > keep)):
            here.pop(0)
        for question in PATHS:
            fresh = [[b for b in used[r] if not keep or now - when[r][b] <= keep] for r in range(REPLICAS)]
            matched = seen(own, question, now)
            assert matched[1].tolist() == [leading(fresh[r], question, most) for r in range(REPLICAS)]
            assert matched[2].tolist() == [len(used[r]) * SIZE for r in range(REPLICAS)]


events = st.lists(
    st.tuples(st.sampled_from(PATHS), st.integers(0, REPLICAS - 1), st.integers(0, 5), st.integers(0, 7)),
    min_size=1,
    max_size=30,
)


@given(events=events, lag=st.integers(1, 8))
def test_events_are_seen_late_and_in_order(events: list[tuple[tuple[int, ...], int, int, int]], lag: int) -> None:
    """A cache drops blocks from the end of the run it has had longest, then has a prompt whole."""
    told = router([path for path, _, _, _ in events], sees_caches=True, event_lag_us=lag)
    assert not told.sees_caches
    caches: list[dict[int, int]] = [{} for _ in range(REPLICAS)]
    history: list[tuple[int, list[dict[int, int]]]] = [(-(1 << 40), [dict(cache) for cache in caches])]
    now = 0
    for path, replica, pause, gone in events:
        now += pause
        cache = caches[replica]
        pairs: list[int] = []
        left = gone
        for run in [run for run in cache if run not in path]:
            lost = min(left, cache[run])
            if lost:
                pairs += [run, lost]
                left -= lost
                cache[run] -= lost
                if not cache[run]:
                    del cache[run]
        for run in path:
            cache[run] = LENGTHS[run]
        evicted = np.array([len(pairs), *pairs], dtype=np.int32)
        runs, length = np.array(path, dtype=np.int32), np.array(LENGTHS, dtype=np.int32)
        fleet_index.told(told.mirror, now, replica, evicted, runs, length)
        history.append((now, [dict(cache) for cache in caches]))
        then = next(state for time, state in reversed(history) if time + lag <= now)
        for question in PATHS:
            there = [[(run, b) for run, count in then[r].items() for b in range(count)] for r in range(REPLICAS)]
            assert seen(told, question, now)[0].tolist() == [leading(t, question, 0) for t in there]


def test_what_went_down_is_forgotten_and_comes_back_empty() -> None:
    both = router(list(PATHS), index=Index(), sees_caches=True, event_lag_us=5)
    runs, length = np.array([0, 1], dtype=np.int32), np.array(LENGTHS, dtype=np.int32)
    nothing = np.zeros(1, dtype=np.int32)
    for replica in range(REPLICAS):
        fleet_index.sent(both.record, replica, runs, length, 0)
        fleet_index.told(both.mirror, 0, replica, nothing, runs, length)
    fleet_index.forget(both.record, both.mirror, 1)
    assert seen(both, (0, 1), 9).tolist() == [[48, 0, 48]] * 3


def test_what_no_policy_asks_for_is_not_kept() -> None:
    blind = router(list(PATHS))
    assert len(blind.record) == len(blind.mirror) == 0
    assert not blind.sees_caches
