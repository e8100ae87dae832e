"""Every policy against a plain-Python version of it, and what holds for all of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.catalog import load_catalog
from cachelens.fleet.routing.base import Key, Load, Policy
from cachelens.fleet.routing.keys import hashed
from cachelens.kernels.fleet_timed import COMES, FAILS
from tests.fleets import outcome, replayed, requests_of
from tests.oracles.routers import ROUTERS, ORequest, replay

IDS = load_catalog("fleet.routing").ids
EXAMPLES = settings(max_examples=40)


def policy_of(identifier: str) -> Policy:
    policy = load_catalog("fleet.routing").get(identifier)()
    assert isinstance(policy, Policy)
    return policy


@st.composite
def traffic(draw: st.DrawFn) -> list[ORequest]:
    """Prompts that share beginnings, in bursts and with pauses, some of known sessions."""
    rows = []
    now = 0
    for _ in range(draw(st.integers(1, 25))):
        now += draw(st.sampled_from([0, 1, 10_000, 50_000, 61_000_000, 200_000_000]))
        stem = draw(st.sampled_from(["", "a", "ab", "abcd", "xyxyxyxy", "abcdefgh" * 3]))
        own = draw(st.text("pq", max_size=4))
        tail = draw(st.integers(0, 15))
        blocks = tuple(stem + own)
        rows.append(
            ORequest(
                arrived=now,
                blocks=blocks,
                tail=tail if blocks or tail else 1,
                output=draw(st.sampled_from([0, 1, 40])),
                session=draw(st.integers(-1, 3)),
            )
        )
    return rows


def test_the_plain_version_has_every_policy() -> None:
    assert list(ROUTERS) == list(IDS)


@pytest.mark.parametrize("identifier", IDS)
@EXAMPLES
@given(rows=traffic(), replicas=st.sampled_from([1, 2, 3, 5, 9]))
def test_a_policy_is_its_plain_version(identifier: str, rows: list[ORequest], replicas: int) -> None:
    requests, names = requests_of(rows)
    keys = {prefix: int(hashed(np.array([run]), 2)[0]) for prefix, run in names.items()}
    chosen = replayed(policy_of(identifier), requests, replicas).replica
    assert chosen.tolist() == replay(identifier, rows, replicas, keys)


@pytest.mark.parametrize("identifier", IDS)
@settings(max_examples=15)
@given(rows=traffic(), timed=st.booleans())
def test_with_one_replica_every_policy_has_the_same_hits(identifier: str, rows: list[ORequest], timed: bool) -> None:
    requests, _ = requests_of(rows)
    plain = replayed(policy_of("round-robin"), requests, 1, blocks=40, timed=timed)
    assert outcome(replayed(policy_of(identifier), requests, 1, blocks=40, timed=timed)) == outcome(plain)


@pytest.mark.parametrize("identifier", IDS)
@settings(max_examples=15)
@given(rows=traffic(), timed=st.booleans())
def test_a_replay_can_be_repeated(identifier: str, rows: list[ORequest], timed: bool) -> None:
    requests, _ = requests_of(rows)
    policy = policy_of(identifier)
    first = replayed(policy, requests, 3, blocks=40, timed=timed)
    assert outcome(replayed(policy, requests, 3, blocks=40, timed=timed)) == outcome(first)


@pytest.mark.parametrize("identifier", IDS)
@settings(max_examples=25)
@given(rows=traffic(), down=st.sets(st.integers(0, 4), min_size=1, max_size=4), timed=st.booleans())
def test_nothing_is_sent_to_a_replica_that_is_down(
    identifier: str, rows: list[ORequest], down: set[int], timed: bool
) -> None:
    requests, _ = requests_of(rows)
    chosen = replayed(policy_of(identifier), requests, 5, down=tuple(sorted(down)), timed=timed).replica
    assert not down & set(chosen.tolist())
    assert (chosen >= 0).all()


@pytest.mark.parametrize("identifier", IDS)
@settings(max_examples=15)
@given(rows=traffic(), when=st.lists(st.integers(0, 300_000), min_size=1, max_size=4), lost=st.integers(0, 2))
def test_what_fails_comes_back_empty_and_nothing_is_lost(
    identifier: str, rows: list[ORequest], when: list[int], lost: int
) -> None:
    """A router asked more than once for a request keeps its wits, and its record of what went down."""
    requests, _ = requests_of(rows)
    kinds = (FAILS, COMES, FAILS, COMES)
    changes = tuple((time, kind, lost) for time, kind in zip(sorted(when), kinds, strict=False))
    run = replayed(policy_of(identifier), requests, 3, blocks=60, changes=changes, timed=True)
    assert (run.replica >= 0).all()
    assert (run.hit < requests.tokens).all()
    again = replayed(policy_of(identifier), requests, 3, blocks=60, changes=changes, timed=True)
    assert outcome(again) == outcome(run)


@pytest.mark.parametrize("identifier", IDS)
@settings(max_examples=25)
@given(data=st.data())
def test_any_load_gives_a_living_replica(identifier: str, data: st.DataObject) -> None:
    """Whatever engines report, and however often it is asked."""
    policy = policy_of(identifier)
    replicas = data.draw(st.integers(1, 6))
    numbers = st.lists(st.integers(0, 5000), min_size=replicas, max_size=replicas)
    load = np.array([data.draw(numbers) for _ in Load], dtype=np.int64)
    alive = data.draw(st.sets(st.integers(0, replicas - 1), min_size=1))
    load[Load.ALIVE] = [replica in alive for replica in range(replicas)]
    match = np.array([data.draw(numbers) for _ in range(3)], dtype=np.int64)
    keys = np.array([[data.draw(st.integers(-(2**62), 2**62 - 1)) for _ in range(2)] for _ in range(3)])
    memory = policy.fresh_memory(replicas, 3)
    parameters = np.array([*policy.parameters.values()], dtype=np.float64)
    for request in range(3):
        chosen = policy.choose(request, request, 5000, keys, load, match, parameters, memory)
        assert int(chosen) in alive


@pytest.mark.parametrize("identifier", IDS)
def test_a_policy_that_is_blind_to_load_is_just_that(identifier: str) -> None:
    """Its choices are the same whatever is in flight, so that replicas may be replayed one by one."""
    policy = policy_of(identifier)
    if not policy.is_load_blind:
        assert policy.sees_caches or policy.index or load_matters(policy), "it may be called blind"
        return
    assert not policy.sees_caches
    assert policy.index is None
    assert not load_matters(policy)


def load_matters(policy: Policy) -> bool:
    """Whether the choices change between an even load and some uneven ones."""
    keys = hashed(np.arange(40), 1).reshape(20, 2)
    even = np.ones((len(Load), 4), dtype=np.int64)
    seen = {tuple(choices(policy, keys, even))}
    for busy in range(4):
        uneven = even.copy()
        uneven[1:, busy] = 900
        seen.add(tuple(choices(policy, keys, uneven)))
    return len(seen) > 1


def choices(policy: Policy, keys: npt.NDArray[np.int64], load: npt.NDArray[np.int64]) -> list[int]:
    memory = policy.fresh_memory(4, len(keys))
    parameters = np.array([*policy.parameters.values()], dtype=np.float64)
    match = np.zeros((3, 4), dtype=np.int64)
    return [int(policy.choose(i, i, 4000, keys, load, match, parameters, memory)) for i in range(len(keys))]


@pytest.mark.parametrize("identifier", IDS)
def test_a_policy_says_what_it_is(identifier: str) -> None:
    policy = policy_of(identifier)
    assert policy.id == identifier
    assert policy.summary
    assert policy.source
    assert all(tokens > 0 for kind, tokens in zip(policy.keys, policy.key_tokens, strict=True) if kind is Key.PREFIX)
