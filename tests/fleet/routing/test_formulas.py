"""Formulas of routers, worked out by hand on loads and matches that small traces do not reach."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from cachelens.catalog import load_catalog
from cachelens.fleet.routing.base import Index, Load, Match, Policy


def asked(policy: Policy, rows: dict[str, list[int]] | None = None, /, *, tokens: int = 1000, **more: list[int]) -> int:
    """Return the choice among replicas with these loads (`inflight=...`) and matches (`engine=...`)."""
    rows = {**(rows or {}), **more}
    replicas = len(next(iter(rows.values())))
    load = np.zeros((len(Load), replicas), dtype=np.int64)
    load[Load.ALIVE], load[Load.CAPACITY] = 1, 100
    match = np.zeros((len(Match), replicas), dtype=np.int64)
    for name, values in rows.items():
        target, kind = (load, Load) if name.upper() in Load.__members__ else (match, Match)
        target[kind[name.upper()]] = values
    keys = np.zeros((1, 2), dtype=np.int64)
    parameters = np.array([*policy.parameters.values()], dtype=np.float64)
    memory = policy.fresh_memory(replicas, 1)
    return int(policy.choose(0, 0, tokens, keys, load, match, parameters, memory))


def policy(name: str, maker: str = "policy", **parameters: float) -> Policy:
    made = getattr(importlib.import_module(f"cachelens.fleet.routing.{name}"), maker)()
    assert isinstance(made, Policy)
    return made.having(**parameters)


def test_sglang_leaves_a_match_when_loads_drift_apart() -> None:
    command_line, rust = policy("sglang_cache_aware"), policy("sglang_cache_aware", "rust_policy")
    match = [400, 0]
    assert asked(command_line, inflight=[64, 0], router=match) == 0  # 64 apart is not more than 64
    assert asked(command_line, inflight=[65, 0], router=match) == 1
    assert asked(command_line, inflight=[200, 134], router=match) == 0  # 66 apart, but 200 <= 1.5 * 134
    assert asked(rust, inflight=[0, 0], router=[500, 0]) == 0
    assert asked(rust, inflight=[1, 0], router=[500, 0]) == 1  # 0.5 is not more than 0.5: the least loaded
    assert asked(rust, inflight=[1, 0], router=[501, 0]) == 0
    assert asked(rust, inflight=[33, 0], router=[501, 0]) == 1


def test_vllm_counts_a_queue_more_when_the_cache_is_full() -> None:
    # 0: max(1, 2 + 3) + 2 * 6 * (0.75 - 0.5) = 8; 1: max(7, 0) = 7; 2: max(1, 9) = 9
    loads = {"inflight": [1, 7, 1], "waiting": [2, 0, 0], "running": [3, 0, 9], "busy_blocks": [75, 99, 0]}
    assert asked(policy("vllm_dp"), loads) == 1
    # with four routers in front: 0 stays at 8, 1 rises to 28
    assert asked(policy("vllm_dp", clients=4), loads) == 0


def test_llm_d_precise_weighs_match_queue_and_room() -> None:
    # 0: 2 * 1 + 0 + 0.5 = 2.5; 1: 2 * 0.5 + 1 + 0.75 = 2.75; 2: 0 + 0.5 + 1 = 1.5
    state = {"engine": [600, 400, 200], "waiting": [4, 0, 2], "busy_blocks": [50, 25, 0]}
    assert asked(policy("llm_d_precise"), state) == 1
    # 3 : 2 : 2 of the capacity study: 4, 5, 3
    assert asked(policy("llm_d_precise", prefix=3, queue=2, kv=2), state) == 1
    # match alone
    assert asked(policy("llm_d_precise", queue=0, kv=0), state) == 0


def test_llm_d_approx_looks_at_4096_tokens_and_at_the_queue() -> None:
    # 2048 of 4096 looked at is 0.5, as much as load-aware gives for no queue against 128 waiting
    assert asked(policy("llm_d_approx"), tokens=50_000, router=[2064, 0], waiting=[128, 0]) == 0
    assert asked(policy("llm_d_approx"), tokens=50_000, router=[2032, 0], waiting=[128, 0]) == 1
    assert asked(policy("llm_d_approx"), tokens=50_000, router=[2032, 0], waiting=[120, 0]) == 0


def test_dynamo_adds_prefill_and_decoding() -> None:
    # 0: max(0, 300 + 1000 - 900) + 2000 + 1000 = 3400; 1: 1000 + 1300 + 1000 = 3300
    state = {"engine": [900, 0], "queued_tokens": [300, 0], "inflight_tokens": [2000, 1300], "inflight": [1, 4]}
    assert asked(policy("dynamo"), state) == 1
    assert asked(policy("dynamo", decode_active_request_weight=40), state) == 0  # 3440 against 3460
    assert asked(policy("dynamo", prefill_load_scale=2), state) == 0  # 3800 against 4300
    # credit 1 / (1 + 1 * 300 / 1000) leaves 692 of the 900: 3607.7 against 3300 + 240
    assert asked(policy("dynamo", overlap_score_credit_decay=1, decode_active_request_weight=60), state) == 1


def test_aibrix_passes_over_busy_replicas() -> None:
    # mean 3, deviation 2.45: the best match has 6 requests, more than 5.45
    assert asked(policy("aibrix"), router=[900, 500, 0], inflight=[6, 3, 0]) == 1
    assert asked(policy("aibrix", deviations=2), router=[900, 500, 0], inflight=[6, 3, 0]) == 0
    # more than 8 apart: only the least busy, match or not
    assert asked(policy("aibrix", deviations=9), router=[900, 500, 0], inflight=[9, 3, 0]) == 2
    # 905 and 901 of 1000 are both 90 %: the fewer requests
    assert asked(policy("aibrix", deviations=9), router=[905, 901, 0], inflight=[2, 1, 0]) == 1


def test_ray_sends_what_is_new_to_the_smallest_tree() -> None:
    assert asked(policy("ray"), router=[99, 0, 0], held=[900, 200, 100], inflight=[0, 0, 9]) == 2
    assert asked(policy("ray"), router=[100, 100, 0], held=[900, 900, 100], inflight=[5, 4, 0]) == 1
    # a threshold turns to two drawn replicas: with two, to the better one
    assert asked(policy("ray", imbalanced_threshold=3), router=[900, 0], inflight=[4, 0]) == 1


def test_preble_exploits_a_match_of_more_than_half() -> None:
    # explore: 50.3 * 500 + 247,500 against 50.3 * 1000
    assert asked(policy("preble"), router=[500, 0], inflight=[1, 0]) == 1
    # exploit: 501 are more than 499, whatever is in flight
    assert asked(policy("preble"), router=[501, 0], inflight=[9, 0]) == 0


def test_lmetric_multiplies() -> None:
    assert asked(policy("lmetric"), router=[700, 0], inflight=[2, 0]) == 0  # 300 * 3 < 1000 * 1
    assert asked(policy("lmetric"), router=[600, 0], inflight=[2, 0]) == 1  # 400 * 3
    assert asked(policy("lmetric"), router=[500, 0], inflight=[1, 0]) == 1  # 1000 both: the fewer requests


def test_production_stack_needs_nearly_all_of_a_prompt() -> None:
    stack = policy("production_stack_kv")
    elsewhere = asked(stack, tokens=5000, engine=[0, 0])
    match = [0, 0]
    match[1 - elsewhere] = 3000
    assert asked(stack, tokens=5000, engine=match) == 1 - elsewhere
    assert asked(stack, tokens=5001, engine=match) == elsewhere


@pytest.mark.parametrize("name", ["prefix_hash", "sglang_prefix_hash"])
def test_a_bounded_hash_spills_above_its_share(name: str) -> None:
    bounded = policy(name)
    home = asked(bounded, inflight=[0, 0, 0])
    loads = [5, 5, 5]
    loads[home] = 6  # 1.25 * (16 + 1) / 3 = 7.08
    assert asked(bounded, inflight=loads) == home
    loads[home] = 8  # 1.25 * (18 + 1) / 3 = 7.92
    assert asked(bounded, inflight=loads) != home


SOURCES: dict[str, tuple[list[float], Index | None, int, int]] = {
    "prefix-hash": ([1.25], None, 0, 0),
    "sglang-prefix-hash": ([1.25], None, 0, 0),
    "sglang-cache-aware": ([0.3, 64, 1.5], Index(tokens=2**24), 0, 0),
    "sglang-cache-aware-rust": ([0.5, 32, 1.1], Index(tokens=2_500), 0, 0),
    "vllm-dp": ([1, 6], None, 0, 100_000),
    "production-stack-session": ([60_000_000], None, 0, 0),
    "production-stack-prefix": ([0], Index(), 0, 0),
    "production-stack-kv": ([2_000, 60_000_000], None, 0, 0),
    "llm-d-approx": ([0, 1, 0, 0, 1], Index(tokens=500_000, most_tokens=4_096), 0, 50_000),
    "llm-d-precise": ([0, 2, 1, 1, 0], None, 50_000, 50_000),
    "dynamo": ([1, 0, 1, 0], None, 0, 0),
    "aibrix": ([8, 1, 0], Index(tokens=200_000, keep_us=1_200_000_000), 0, 0),
    "ray": ([float("inf"), 0.1, 0], Index(), 0, 0),
    "preble": ([50.3, 5_500, 45, 180_000_000, 1.5], Index(), 0, 0),
    "lmetric": ([], Index(tokens=2**24), 0, 0),
}
"""Parameters, record (4 characters a token), delay of events and age of load, as the sources have them."""


@pytest.mark.parametrize("identifier", SOURCES)
def test_the_defaults_are_those_of_the_source(identifier: str) -> None:
    made = load_catalog("fleet.routing").get(identifier)()
    assert ([*made.parameters.values()], made.index, made.event_lag_us, made.refresh_us) == SOURCES[identifier]
