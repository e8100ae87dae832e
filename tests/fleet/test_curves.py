"""One pass over the requests says what replaying each capacity would."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.fleet.curves import CapacityCurve, lru_curve
from cachelens.fleet.engines import vllm
from cachelens.fleet.requests import FleetRequests
from tests.oracles.fleet_traffic import SIZE, Block, Driver, Request, Traffic, traffics

engine = functools.cache(vllm.engine)


def as_requests(traffic: Traffic, requests: list[Request]) -> FleetRequests:
    """Lay requests out as the trace would be."""
    count = len(requests)
    prompts = [run for request in requests for run in request.runs]
    answers = [run for request in requests for run in request.answer]
    start = np.cumsum([0, *(len(request.runs) for request in requests)])
    ends = len(prompts) + np.cumsum([0, *(len(request.answer) for request in requests)])
    tokens = np.array([request.tokens for request in requests], dtype=np.int64)
    return FleetRequests(
        block_size=SIZE,
        arrived=np.arange(count),
        tokens=tokens,
        output=np.array([request.need for request in requests], dtype=np.int64) * SIZE - tokens,
        session=np.full(count, -1),
        workload=np.zeros(count, dtype=np.int64),
        start=start,
        runs=np.array(prompts + answers, dtype=np.int32),
        length=traffic.lengths,
        prompt_runs=len(traffic.length),
        answer_first=ends[:-1],
        answer_stop=ends[1:],
    )


def replayed(traffic: Traffic, requests: list[Request], capacity: int) -> int:
    """Return the tokens that a vLLM pool finds, one request at a time."""
    driver = Driver(engine(), traffic, capacity)
    total = 0
    for request in requests:
        total += driver.admit(request)[0]
        driver.finish(request)
    return total


def prompts_only(traffic: Traffic) -> list[Request]:
    return [
        Request(request.runs, (), request.tokens, len(traffic.blocks(request.runs))) for request in traffic.requests
    ]


@given(traffics(overlapping=False))
def test_a_curve_is_the_replay_of_every_capacity(traffic: Traffic) -> None:
    requests = prompts_only(traffic)
    curve = lru_curve(as_requests(traffic, requests))
    assert curve.longest <= max(request.need for request in requests)
    for capacity in range(max(request.need for request in requests), sum(traffic.length) + 2):
        assert curve.hit_tokens(capacity) == replayed(traffic, requests, capacity)


@given(traffics(overlapping=False))
def test_with_answers_it_is_the_replay_too_as_long_as_none_is_computed_twice(traffic: Traffic) -> None:
    seen: set[Block] = set()
    requests = []
    for request in traffic.requests:
        answer = traffic.blocks(request.answer)
        seen.update(traffic.blocks(request.runs))
        if not seen.isdisjoint(answer):
            break
        seen.update(answer)
        requests.append(request)
    if not requests:
        return
    curve = lru_curve(as_requests(traffic, requests), with_answers=True)
    assert curve.longest == max(request.need for request in requests)
    for capacity in range(curve.longest, sum(traffic.length) + 3):
        assert curve.hit_tokens(capacity) == replayed(traffic, requests, capacity)


@given(traffics(overlapping=False), st.integers(1, 4))
def test_replicas_that_are_chosen_blindly_are_caches_of_their_own(traffic: Traffic, replicas: int) -> None:
    requests = prompts_only(traffic)
    whole = lru_curve(as_requests(traffic, requests), replica=np.arange(len(requests)) % replicas)
    apart = [lru_curve(as_requests(traffic, requests[one::replicas])) for one in range(min(replicas, len(requests)))]
    for capacity in range(sum(traffic.length) + 2):
        assert whole.hit_tokens(capacity) == sum(curve.hit_tokens(capacity) for curve in apart)


@given(traffics(overlapping=False))
def test_more_room_never_finds_less_and_never_more_than_there_is(traffic: Traffic) -> None:
    curve = lru_curve(as_requests(traffic, traffic.requests))
    rates = [curve.token_hit_rate(capacity) for capacity in range(sum(traffic.length) + 5)]
    assert rates[0] == 0
    assert rates == sorted(rates)
    assert rates[-1] < 1, "the last token of every prompt is computed"


def test_a_curve_by_hand() -> None:
    """Prompts A (2 blocks), B (3 blocks), A: a cache of 3 + 2 finds both blocks of A, one of 4 its first."""
    traffic = Traffic((2, 3), (), 1)
    requests = [Request((run,), (), traffic.length[run] * SIZE + 1, 4) for run in (0, 1, 0)]
    curve = lru_curve(as_requests(traffic, requests))
    assert [curve.hit_tokens(capacity) for capacity in range(7)] == [0, 0, 0, 0, 16, 32, 32]
    assert curve.token_hit_rate(5) == pytest.approx(32 / 115)
    assert [curve.capacity_for(share) for share in (0, 0.5, 0.51, 1)] == [0, 4, 5, 5]


def test_no_requests_have_a_curve() -> None:
    curve = lru_curve(as_requests(Traffic((), (), 1), []))
    assert isinstance(curve, CapacityCurve)
    assert (curve.hit_tokens(5), curve.token_hit_rate(5), curve.longest) == (0, 0.0, 0)
