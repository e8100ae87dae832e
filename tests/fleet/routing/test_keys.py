"""What a policy hashes: sessions, beginnings of prompts, and requests alone."""

from __future__ import annotations

import numpy as np
import pytest

from cachelens.errors import UsageError
from cachelens.fleet.routing import prefix_hash, session_affinity, two_tier
from cachelens.fleet.routing.keys import hashed, keys_of, prefix_runs
from cachelens.fleet.routing.ring import place_ring
from cachelens.kernels.routing import draw
from tests.fleets import requests_of
from tests.oracles.routers import ORequest


def rows(*prompts: str, sessions: tuple[int, ...] = ()) -> list[ORequest]:
    known = sessions or (-1,) * len(prompts)
    return [ORequest(0, tuple(prompt), 1, 0, session) for prompt, session in zip(prompts, known, strict=True)]


def test_equal_beginnings_have_one_key_and_others_their_own() -> None:
    requests, _ = requests_of(rows("abcX", "abcY", "abZZ", "a", "a", "", ""))
    keys = prefix_runs(requests, 40)  # ends in the third block of 16
    assert keys[0] == keys[1] != keys[2]
    assert keys[3] == keys[4]
    assert keys[5] == keys[6] == -1
    assert len(set(keys_of(requests, two_tier.policy())[:, 0].tolist())) == 6, "empty prompts stand alone"


def test_the_last_block_of_a_prefix_counts_whole() -> None:
    requests, _ = requests_of(rows("abX", "abY"))
    assert len(set(prefix_runs(requests, 32).tolist())) == 1
    assert len(set(prefix_runs(requests, 33).tolist())) == 2


def test_a_session_has_one_key_and_a_request_without_one_its_own() -> None:
    requests, _ = requests_of(rows("a", "b", "c", "d", sessions=(3, 3, -1, -1)))
    keys = keys_of(requests, session_affinity.policy())[:, 0]
    assert keys[0] == keys[1] >= 0
    assert keys[2] != keys[3]
    assert (keys[2:] < 0).all()


def test_hashes_are_the_same_on_every_machine() -> None:
    """Golden numbers: results of a replay hang on them."""
    assert hashed(np.array([0, 1, 2]), 1).tolist() == [splitmix(number, 2) >> 2 for number in range(3)]
    assert [draw(0, 0, 0), draw(0, 1, 0), draw(0, 0, 1)] == [2199399949, 1807139747, 587744494]
    assert draw(1, 0, 0) == 1239623302


def splitmix(state: int, steps: int) -> int:
    """The generator of Steele, Lea and Flood, from its definition."""
    low = (1 << 64) - 1
    x = (state + steps * 0x9E3779B97F4A7C15) & low
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & low
    x = (x ^ x >> 27) * 0x94D049BB133111EB & low
    return x ^ x >> 31


def test_draws_are_even() -> None:
    """Within five deviations of 10,000 draws into 8; nothing is tuned, a hash with a flaw misses by far."""
    for seed, by in ((0, "request"), (1, "request"), (0, "replica")):
        drawn = [draw(seed, i, 0) if by == "request" else draw(seed, 7, i) for i in range(10_000)]
        counts = np.bincount([lot * 8 >> 32 for lot in drawn], minlength=8)
        assert abs(counts - 1250).max() < 5 * (10_000 * 7 / 64) ** 0.5


def test_one_replica_more_takes_only_its_share_of_the_ring() -> None:
    keys = hashed(np.arange(4000), 1)
    owners = []
    for replicas in (8, 9):
        memory = np.zeros(1 + 2 * 150 * replicas, dtype=np.int64)
        place_ring(150)(memory, replicas)
        points, replica = memory[1 : 1 + memory[0]], memory[1 + memory[0] :]
        owners.append(replica[np.searchsorted(points, keys) % len(points)])
    changed = owners[0] != owners[1]
    assert (owners[1][changed] == 8).all()
    assert 0 < changed.sum() < 4000 / 9 * 1.5


def test_a_parameter_that_a_policy_lacks_is_refused() -> None:
    policy = prefix_hash.policy()
    assert policy.having(load_factor=2).parameters == {"load_factor": 2}
    with pytest.raises(UsageError, match="`prefix-hash` has no parameter `factor`"):
        policy.having(factor=2)
