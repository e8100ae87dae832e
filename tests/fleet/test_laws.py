"""What holds for every trace, policy and fleet."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.catalog import load_catalog
from cachelens.fleet.events import change_of
from cachelens.model.fleet import FleetChoices
from tests.fleet.traces import Ask, fleet

PATHS = st.lists(st.integers(0, 2), min_size=1, max_size=6)
"""Ways down a tree with three branches a node: prefixes are shared often."""


@st.composite
def traces(draw: st.DrawFn) -> list[Ask]:
    asks, at = [], 0
    for _ in range(draw(st.integers(1, 25))):
        at += draw(st.integers(0, 4))
        path = draw(PATHS)
        ids = [sum((step + 1) * 4**depth for depth, step in enumerate(path[: end + 1])) for end in range(len(path))]
        asks.append(Ask(at, ids, output=draw(st.integers(0, 40)), session=draw(st.sampled_from(["", "s", "t"]))))
    return asks


@settings(max_examples=60)
@given(
    asks=traces(),
    replicas=st.integers(1, 4),
    kv_blocks=st.sampled_from([(), (4,), (9,), (20,)]),
    timed=st.booleans(),
    events=st.sampled_from([(), ("restart@0.010+0.004:all",), ("fail@0.006:0", "add@0.02:0"), ("add@0.005",)]),
)
def test_hits_and_losses_make_up_the_input(
    asks: list[Ask], replicas: int, kv_blocks: tuple[int, ...], timed: bool, events: tuple[str, ...]
) -> None:
    choices = FleetChoices(
        replicas=(replicas,), kv_blocks=kv_blocks, timed=timed, changes=tuple(map(change_of, events if timed else ()))
    )
    for run in fleet(asks, choices).runs:
        assert run.served + run.rejected == len(asks)
        if run.losses is None:
            assert run.served == 0
            continue
        lost = run.losses
        parts = (run.hit_tokens, lost.routing, lost.computing, lost.eviction, lost.workload)
        assert sum(parts) == run.input_tokens
        assert min(parts) >= 0
        assert timed or not lost.computing
        assert sum(row.input_tokens for row in run.per_replica) == run.input_tokens
        assert sum(row.hit_tokens for row in run.per_replica) == run.hit_tokens
        assert 0 <= run.duplicate_blocks <= run.held_blocks
        if run.timing is not None and run.timing.ttft is not None and run.timing.queueing and run.timing.prefill:
            assert abs(run.timing.ttft.mean - run.timing.queueing.mean - run.timing.prefill.mean) <= 1


@settings(max_examples=30)
@given(asks=traces(), kv_blocks=st.sampled_from([(), (12,), (40,)]))
def test_with_one_replica_all_policies_are_equal(asks: list[Ask], kv_blocks: tuple[int, ...]) -> None:
    result = fleet(asks, FleetChoices(replicas=(1,), kv_blocks=kv_blocks))
    assert len(result.runs) == len(load_catalog("fleet.routing").ids)
    assert len({(run.hit_tokens, run.evicted_blocks, run.rejected) for run in result.runs}) == 1


@settings(max_examples=30)
@given(asks=traces())
def test_without_limit_nothing_is_evicted_and_one_replica_is_the_ceiling(asks: list[Ask]) -> None:
    result = fleet(asks, FleetChoices(replicas=(1, 3)))
    for run in result.runs:
        assert run.losses is not None
        assert (run.losses.eviction, run.evicted_blocks) == (0, 0)
        if run.replicas == 1:
            assert run.token_hit_rate == result.single_token_hit_rate
            assert run.losses.routing == 0


@settings(max_examples=30)
@given(asks=traces(), engine=st.sampled_from(["vllm", "sglang"]))
def test_what_is_still_computed_is_not_evicted(asks: list[Ask], engine: str) -> None:
    """A cache without limit that is never emptied loses nothing to eviction, however long requests take."""
    slow = (1000.0, 50.0, 0.0, 500.0, 0.0, 0.0)
    for run in fleet(asks, FleetChoices(replicas=(1, 3), engine=engine, timed=True, latency=slow)).runs:
        assert run.losses is not None
        assert (run.losses.eviction, run.evicted_blocks) == (0, 0)


@settings(max_examples=30)
@given(asks=traces())
def test_rules_of_thumb_agree_with_the_replay(asks: list[Ask]) -> None:
    """Round robin on caches without limit is also a run; both are worked out by different loops."""
    result = fleet(asks, FleetChoices(replicas=(1, 2, 3), policies=("round-robin",)))
    assert [row.token_hit_rate for row in result.checks.round_robin] == [run.token_hit_rate for run in result.runs]
