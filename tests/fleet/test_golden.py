"""Fleets worked out by hand: what is found, what is lost to whom, and when the first token is out."""

from __future__ import annotations

import pytest

from cachelens.errors import UsageError
from cachelens.fleet.events import change_of
from cachelens.model.fleet import FleetChoices, FleetRun, Losses, Spread, Timing
from tests.fleet.traces import Ask, fleet, only

A, B, OTHER = (1, 2, 3), (1, 2, 4), (9, 8, 7)
STEPS = (1000.0, 10.0, 0.0, 100.0, 0.0, 0.0)
"""A prefill step takes 1,000 microseconds and 10 a token, a decode step 100."""


def choices(
    replicas: int, *, kv_blocks: int | None = None, policy: str = "round-robin", timed: bool = False, events: str = ""
) -> FleetChoices:
    return FleetChoices(
        replicas=(replicas,),
        policies=(policy,),
        kv_blocks=() if kv_blocks is None else (kv_blocks,),
        timed=timed,
        latency=STEPS,
        changes=tuple(map(change_of, events.split())),
    )


def split(run: FleetRun) -> tuple[int, int, int, int]:
    assert run.losses is not None
    return run.hit_tokens, run.losses.routing, run.losses.eviction, run.losses.workload


def timing(run: FleetRun) -> Timing:
    assert run.timing is not None
    return run.timing


def test_any_replica_can_fail() -> None:
    """The second of two replicas is down from the start: round robin has only the first."""
    run = only([Ask(0, A), Ask(1, A)], choices(2, timed=True, events="fail@0:1"))
    assert [row.requests for row in run.per_replica] == [2, 0]


def test_of_a_prompt_that_is_cached_whole_the_last_block_is_computed_again() -> None:
    """48 tokens each: B finds the 32 that it shares with A, and A finds min(3, 47 // 16) blocks of its own three."""
    run = only([Ask(0, A), Ask(1, B), Ask(2, A)], choices(1))
    assert (run.input_tokens, split(run)) == (144, (64, 0, 0, 80))
    assert run.token_hit_rate == 64 / 144
    assert run.request_hit_rate == 2 / 3


def test_what_another_replica_has_is_lost_to_routing() -> None:
    """A and A meet on replica 0; B on replica 1 finds nothing of the two blocks that replica 0 has."""
    run = only([Ask(0, A), Ask(1, B), Ask(2, A)], choices(2))
    assert split(run) == (32, 32, 0, 80)
    assert [row.requests for row in run.per_replica] == [2, 1]
    assert [row.uncached_tokens for row in run.per_replica] == [64, 48]
    assert run.uncached_imbalance == 64 / 56
    assert (run.held_blocks, run.duplicate_blocks) == (6, 2)
    assert run.duplicate_share == 2 / 6


def test_what_gave_way_to_others_is_lost_to_eviction() -> None:
    run = only([Ask(0, A), Ask(1, OTHER), Ask(2, A)], choices(1, kv_blocks=3))
    assert split(run) == (0, 0, 32, 112)
    assert (run.evicted_blocks, run.utilisation) == (6, 1.0)
    assert [(row.by, row.of, row.blocks, row.share) for row in run.interference] == [
        ("block-trace", "block-trace", 6, 1.0)
    ]


def test_a_tail_without_an_id_is_computed_and_lets_the_blocks_before_it_be_found() -> None:
    run = only([Ask(0, A, tail=5), Ask(1, A, tail=7)], choices(1))
    assert (run.input_tokens, split(run)) == (108, (48, 0, 0, 60))


def test_blocks_of_an_answer_are_found_by_the_next_turn_unless_told_otherwise() -> None:
    """The first answer fills block 4 of the second prompt, of which 64 of 80 tokens are then found, else 48.

    Its last token is never computed, so an answer of 16 tokens leaves the block one short.
    """
    turns = [Ask(0, A, output=17), Ask(1, (1, 2, 3, 4, 5))]
    assert only(turns, choices(1)).hit_tokens == 64
    assert only([Ask(0, A, output=16), turns[1]], choices(1)).hit_tokens == 48
    without = FleetChoices(replicas=(1,), policies=("round-robin",), cache_answers=False)
    assert only(turns, without).hit_tokens == 48


def test_ttft_is_queueing_and_prefill() -> None:
    """The first step takes 1,000 + 480; the second request waits 980 for it, then 1,480 and a decode step of 100."""
    run = only([Ask(0, A, output=3), Ask(0.5, OTHER, output=1)], choices(1, timed=True))
    assert timing(run).ttft == Spread(mean=(1480 + 2560) // 2, p50=1480, p95=2560, p99=2560)
    assert timing(run).queueing == Spread(mean=490, p50=0, p95=980, p99=980)
    assert timing(run).prefill == Spread(mean=1530, p50=1480, p95=1580, p99=1580)
    assert timing(run).duration_us == 3060
    assert timing(run).offered_load == 3060 / 500
    assert timing(run).is_saturated


def test_requests_that_come_slowly_enough_do_not_saturate() -> None:
    run = only([Ask(0, A), Ask(10, OTHER)], choices(1, timed=True))
    assert (timing(run).offered_load, timing(run).is_saturated) == (2960 / 10_000, False)
    assert timing(run).queueing == Spread(mean=0, p50=0, p95=0, p99=0)


def test_waiting_for_room_counts_as_load() -> None:
    """Three blocks hold one request at a time: the second waits until the answer of the first is out, at 10,380."""
    run = only([Ask(0, A[:2], output=16), Ask(1, OTHER)], choices(1, kv_blocks=3, timed=True))
    first = 1000 + 32 * 10
    freed = first + 15 * 100
    assert timing(run).ttft == Spread(mean=(first + freed - 1000 + 1480) // 2, p50=first, p95=3300, p99=3300)
    assert freed - 1000 + 1480 == 3300
    assert timing(run).offered_load == (first + (freed - first) + 1480) / 1000


def test_an_answer_holds_half_of_its_room_while_it_grows_and_is_cached_if_the_rest_is_there_at_its_end() -> None:
    """Two of (32 + 96) / 16 = 8 blocks in ten: each holds 2 + 3 at first, so the second starts with the next step.

    The first answer ends while the second holds five, and finds no room for three more: the next turn finds its prompt,
    two blocks. In 13 blocks there is room, but the second answer's rest takes two of the seven that the first one left
    (of its last block a token was never computed); in 15 it takes none.
    """
    turns = [Ask(0, (1, 2), output=96), Ask(1, (8, 9), output=96)]
    first = 1000 + 32 * 10
    run = only(turns, choices(1, kv_blocks=10, timed=True))
    assert timing(run).queueing == Spread(mean=(first - 1000) // 2, p50=0, p95=first - 1000, p99=first - 1000)
    turns.append(Ask(100, (1, 2, 3, 4, 5, 6, 7, 50)))
    assert only(turns, choices(1, kv_blocks=10, timed=True)).hit_tokens == 2 * 16
    assert only(turns, choices(1, kv_blocks=13, timed=True)).hit_tokens == 5 * 16
    assert only(turns, choices(1, kv_blocks=15, timed=True)).hit_tokens == 7 * 16


def test_what_a_failed_replica_was_at_starts_again_elsewhere() -> None:
    """Replica 0 fails at 1,000; its request joins replica 1, which is at work until 1,980, and is out at 3,560."""
    asks = [Ask(0, A, output=9), Ask(0.5, OTHER, output=9)]
    run = only(asks, choices(2, timed=True, events="fail@0.001:0"))
    assert timing(run).restarted == 1
    assert [row.requests for row in run.per_replica] == [0, 2]
    assert timing(run).ttft == Spread(mean=(3560 + 1480) // 2, p50=1480, p95=3560, p99=3560)
    assert timing(run).gpu_hours == pytest.approx((1000 + timing(run).duration_us) / 3.6e9)


def test_a_replica_comes_back_cold() -> None:
    """Without the restart the second request finds 32 tokens; what the first had left there is lost to eviction."""
    asks = [Ask(0, A), Ask(5, A)]
    assert only(asks, choices(1, timed=True)).hit_tokens == 32
    run = only(asks, choices(1, timed=True, events="restart@0.003+0:0"))
    assert split(run) == (0, 0, 32, 64)


def test_what_arrives_while_all_are_down_is_rejected() -> None:
    run = only([Ask(0, A), Ask(5, A), Ask(9, B)], choices(1, timed=True, events="restart@0.004+0.002:0"))
    assert (run.served, run.rejected, run.rejected_tokens, run.input_tokens) == (2, 1, 48, 96)


def test_an_added_replica_takes_part_from_its_time_on() -> None:
    asks = [Ask(at, (10 * at + 1, 10 * at + 2)) for at in range(0, 40, 10)]
    run = only(asks, choices(1, timed=True, events="add@0.015"))
    assert run.replicas == 1
    assert [row.requests for row in run.per_replica] == [3, 1]


def test_a_rolling_restart_takes_one_replica_after_the_other() -> None:
    asks = [Ask(at, (at + 1,)) for at in range(30)]
    run = only(asks, choices(2, timed=True, events="restart@0.010+0.005:all"))
    assert run.rejected == 0
    assert sum(row.requests for row in run.per_replica) == 30


def test_a_request_larger_than_the_pool_is_rejected_and_not_counted() -> None:
    run = only([Ask(0, A), Ask(1, tuple(range(20, 30))), Ask(2, A)], choices(1, kv_blocks=4))
    assert (run.served, run.rejected, run.rejected_tokens) == (2, 1, 160)
    assert split(run) == (32, 0, 0, 64)


def test_a_fleet_in_which_nothing_can_be_served_says_so() -> None:
    run = only([Ask(0, A)], choices(1, kv_blocks=2, timed=True))
    assert (run.served, run.token_hit_rate, run.losses, timing(run).ttft) == (0, None, None, None)


def test_an_event_for_a_replica_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="no replica 2"):
        only([Ask(0, A)], choices(2, timed=True, events="fail@1:2"))


def test_the_smallest_fleet_for_a_target_is_found() -> None:
    """Nine requests at once, each 1,480: with five replicas two take turns, and 2,960 is met; with four it is 4,440."""
    asks = [Ask(0, (10 * n, 10 * n + 1, 10 * n + 2)) for n in range(9)]
    asks.append(Ask(100, A))
    wanted = FleetChoices(
        replicas=(1,),
        policies=("round-robin",),
        latency=(*STEPS[:3], 0.0, 0.0, 0.0),
        prefill_budget=48,
        ttft_target_us=2960,
    )
    (row,) = fleet(asks, wanted).targets
    assert (row.replicas, row.gpus, row.ttft_us) == (5, 5, 2960)


def test_losses_are_named_with_their_shares() -> None:
    run = only([Ask(0, A), Ask(1, B), Ask(2, A)], choices(2))
    assert run.losses == Losses(
        routing=32,
        computing=0,
        eviction=0,
        workload=80,
        routing_share=32 / 144,
        computing_share=0.0,
        eviction_share=0.0,
        workload_share=80 / 144,
    )


def test_what_another_request_is_still_computing_is_not_evicted() -> None:
    """The answer that fills block 4 is out at 1,480 + 16 * 100; who is admitted at 1,480 finds three blocks of four."""
    first, again = Ask(0, A, output=17), (1, 2, 3, 4, 5)
    for kv_blocks in (None, 100):
        early = only([first, Ask(1, again)], choices(1, kv_blocks=kv_blocks, timed=True)).losses
        late = only([first, Ask(4, again)], choices(1, kv_blocks=kv_blocks, timed=True)).losses
        assert early is not None
        assert late is not None
        assert (early.computing, early.eviction, early.workload) == (16, 0, 48 + 16)
        assert (late.computing, late.eviction, late.workload) == (0, 0, 48 + 16)
