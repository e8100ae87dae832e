"""The small parts: events, sizes, spreads, times that replicas are up."""

from __future__ import annotations

import numpy as np
import pytest

from cachelens.errors import UsageError
from cachelens.fleet.accounts import alive_for, imbalance, spread
from cachelens.fleet.events import change_of, rows_of
from cachelens.fleet.sizing import DEFAULT_LATENCY, sizing_of, speed_of
from cachelens.kernels.fleet_timed import COMES, FAILS
from cachelens.model.fleet import EVERY, NEW, Change, FleetChoices, Spread


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("fail@600:2", Change(kind="fail", at_us=600_000_000, replica=2)),
        ("add@0.5", Change(kind="add", at_us=500_000, replica=NEW)),
        ("add@9:1", Change(kind="add", at_us=9_000_000, replica=1)),
        ("restart@60+90:all", Change(kind="restart", at_us=60_000_000, replica=EVERY, down_us=90_000_000)),
    ],
)
def test_an_event_is_read(text: str, change: Change) -> None:
    assert change_of(text) == change


@pytest.mark.parametrize("text", ["", "fail", "fail@1", "fail@1:all", "fail@1+2:0", "add@-1", "stop@1:0", "fail@x:0"])
def test_what_is_no_event_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        change_of(text)
    assert "--event fail@600:2" in refused.value.hint


def test_a_rolling_restart_is_one_replica_after_the_other() -> None:
    rows, added = rows_of([change_of("restart@10+5:all"), change_of("add@12")], 2)
    assert added == 1
    assert (rows / [1_000_000, 1, 1]).tolist() == [
        [10, FAILS, 0],
        [12, COMES, 2],
        [15, COMES, 0],
        [15, FAILS, 1],
        [20, COMES, 1],
    ]


def test_time_up_ends_with_the_time_that_is_looked_at() -> None:
    rows, added = rows_of([change_of("fail@2:0"), change_of("add@4:0"), change_of("add@3")], 2)
    assert alive_for(rows, 2 + added, 10_000_000).tolist() == [8_000_000, 10_000_000, 7_000_000]
    assert alive_for(rows, 2 + added, 1_000_000).tolist() == [1_000_000, 1_000_000, 0]


def test_percentiles_are_times_that_were_seen() -> None:
    times = np.arange(1, 201, dtype=np.int64)[::-1]
    assert spread(times) == Spread(mean=100, p50=100, p95=190, p99=198)
    assert spread(times[:0]) is None


def test_imbalance_is_largest_over_mean() -> None:
    assert imbalance(np.array([4, 0, 0, 0], dtype=np.int64)) == 4.0
    assert imbalance(np.array([3, 3], dtype=np.int64)) == 1.0
    assert imbalance(np.zeros(2, dtype=np.int64)) is None


def test_sizes_are_blocks_and_each_is_tried_once() -> None:
    asked = FleetChoices(kv_blocks=(100, 200), kv_tokens=(1_600, 5_000))
    assert sizing_of(asked, 16).capacities == (100, 200, 312)
    assert sizing_of(FleetChoices(), 16).capacities == (None,)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (FleetChoices(kv_blocks=(0,)), "holds nothing"),
        (FleetChoices(kv_tokens=(15,)), "holds no block of 16"),
    ],
)
def test_a_cache_that_holds_nothing_is_refused(choices: FleetChoices, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        sizing_of(choices, 16)


def test_the_users_own_latency_comes_first() -> None:
    speed = speed_of(FleetChoices(latency=(1.0, 2.0, 3.0)))
    assert speed.latency == (1.0, 2.0, 3.0, *DEFAULT_LATENCY[3:])
    assert speed.source.startswith("as given; decode: default")
    assert speed_of(FleetChoices(latency=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0))).source == "as given"


@pytest.mark.parametrize("latency", [(1.0,), (1.0, 2.0), (1.0,) * 8, (1.0, -2.0, 3.0), (1.0, float("nan"), 3.0)])
def test_a_latency_that_is_none_is_refused(latency: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="latency"):
        speed_of(FleetChoices(latency=latency))


def test_gpu_and_model_go_together() -> None:
    with pytest.raises(UsageError, match="--gpu and --llm"):
        speed_of(FleetChoices(gpu="h100"))
