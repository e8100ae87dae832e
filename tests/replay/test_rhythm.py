"""The hit rate over time and the pauses between uses, of worked traffic."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from cachelens.layouts.boundaries import boundary
from cachelens.model.result import Pauses
from cachelens.model.scenario import AS_RECORDED, Scenario
from cachelens.prompts.columns import NO_TIME
from cachelens.prompts.trace import Trace
from cachelens.providers.dates import day_us
from cachelens.replay.engine import Replayer
from cachelens.replay.rhythm import EDGES, MOST_POINTS, over_time, pauses
from cachelens.replay.sums import Replayed
from tests.oracles.traffic import US
from tests.problems import trace_of
from tests.replays import BOOK, DAY, HOUR, MINUTE, ask, block

MODEL = "claude-opus-5"
SYSTEM = block("rules", 3000, "system")


def sent(*at: int, **columns: Any) -> tuple[Trace, Replayed]:  # noqa: ANN401  arrays of any type
    """Send requests with one system prompt, that is marked, at these times."""
    requests = [ask(when, (SYSTEM, block(f"q{number}", 1000)), 0) for number, when in enumerate(at)]
    trace = trace_of(requests, model=MODEL, since_us=day_us(DAY))
    trace = dataclasses.replace(trace, requests={**trace.requests, **columns})
    return trace, Replayer(trace, BOOK).replay(Scenario(), boundary(AS_RECORDED).place(trace))


def counted(row: Pauses) -> dict[int | None, int]:
    return {one.up_to_us: one.pauses for one in row.bins if one.pauses}


def test_each_step_has_its_requests_and_their_rate() -> None:
    """The first request writes 3000 tokens; the second, two minutes later, reads them; the third comes too late."""
    (series,) = over_time(*sent(0, 2 * MINUTE, 90 * MINUTE))
    assert series.workload == ""
    assert series.step_us == MINUTE
    start = day_us(DAY)
    assert [
        (point.start_us - start, point.requests, point.input_tokens, point.read_tokens) for point in series.points
    ] == [
        (0, 1, 4000, 0),
        (2 * MINUTE, 1, 4000, 3000),
        (90 * MINUTE, 1, 4000, 0),
    ]
    assert [point.token_hit_rate for point in series.points] == [0.0, 0.75, 0.0]
    assert series.changes == ()


@pytest.mark.parametrize("span", [1, US, 95 * US, HOUR, 24 * HOUR, 1000 * 24 * HOUR])
def test_there_are_never_many_steps(span: int) -> None:
    (series,) = over_time(*sent(*(span * k // 200 for k in range(201))))
    assert sum(point.requests for point in series.points) == 201
    assert 1 <= len(series.points) <= MOST_POINTS


def test_a_pause_that_is_exactly_a_lifetime_counts_as_within_it() -> None:
    (prefix,) = pauses(*sent(0, 5 * MINUTE, 5 * MINUTE + HOUR, 5 * MINUTE + 2 * HOUR + 1))
    assert prefix.what == "prefix"
    assert prefix.pauses == 3
    assert counted(prefix) == {5 * MINUTE: 1, HOUR: 1, 2 * HOUR: 1}
    assert prefix.median_us == HOUR
    within = {one.up_to_us: one.share_so_far for one in prefix.bins}
    assert within[5 * MINUTE] == pytest.approx(1 / 3)
    assert within[HOUR] == pytest.approx(2 / 3)
    assert within[None] == 1.0


def test_what_hangs_on_a_pause_is_the_prefix_and_for_a_session_all_that_was_sent() -> None:
    of_one = np.zeros(3, dtype=np.int32)
    prefix, session = pauses(*sent(0, MINUTE, 2 * MINUTE, session=of_one))
    assert (prefix.what, session.what) == ("prefix", "session")
    assert [one.tokens for one in prefix.bins if one.pauses] == [2 * 3000]
    assert [one.tokens for one in session.bins if one.pauses] == [2 * 4000]


def test_pauses_are_those_of_a_slow_count() -> None:
    rng = np.random.default_rng(5)
    at = np.sort(rng.integers(0, 40 * HOUR, 60)).tolist()
    session = rng.integers(0, 6, 60).astype(np.int32)
    _, row = pauses(*sent(*at, session=session))
    expected: dict[int | None, int] = {}
    last: dict[int, int] = {}
    for when, own in zip(at, session.tolist(), strict=True):
        if own in last:
            length = when - last[own]
            edge = next((edge for edge in EDGES if length <= edge), None)
            expected[edge] = expected.get(edge, 0) + 1
        last[own] = when
    assert counted(row) == expected


def test_requests_without_a_time_have_neither() -> None:
    trace, replayed = sent(0, MINUTE, 2 * MINUTE)
    trace.requests["flags"] |= NO_TIME
    assert over_time(trace, replayed) == ()
    assert pauses(trace, replayed) == ()
