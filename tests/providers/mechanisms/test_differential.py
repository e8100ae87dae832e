"""The fast replay against slow models that were written from the published rules alone."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.providers.loading import load_pricing
from cachelens.providers.mechanisms import automatic, explicit, grid, objects
from cachelens.providers.profile import CacheProfile, RunCollapse
from cachelens.providers.vocabulary import RefreshScope
from tests.oracles.provider_caches import automatic_boundary, explicit_breakpoints, prefix_grid, stored_object
from tests.oracles.traffic import OReq, OUse
from tests.problems import problem_of, recorded_plan, trace_of, uses
from tests.strategies import MIXED_TTLS, asked_for, traffic

BOOK = load_pricing()


def changed(profile: CacheProfile, **parts: dict[str, object]) -> CacheProfile:
    """Return a profile with some fields of its parts replaced."""
    new = {name: msgspec.structs.replace(getattr(profile, name), **fields) for name, fields in parts.items()}
    return msgspec.structs.replace(profile, **new)


@given(traffic(ttls=MIXED_TTLS), st.booleans(), st.sampled_from((0, 40, 120)), st.sampled_from((2, 3, 20)))
@settings(max_examples=150)
def test_explicit_breakpoints(requests: list[OReq], collapse: bool, minimum: int, lookback: int) -> None:
    profile = BOOK.profiles["anthropic_messages"]
    runs = RunCollapse(kinds=("tool_use", "tool_result")) if collapse else None
    profile = changed(profile, read={"lookback_positions": lookback, "run_collapse": runs})
    trace = trace_of(requests)
    expected = explicit_breakpoints(
        requests, ttls=profile.ttl.options, min_tokens=minimum, lookback=lookback, collapse_runs=collapse
    )
    outcome = explicit.replay(problem_of(requests, trace, profile, minimum=minimum))
    assert uses(requests, trace, outcome) == expected


@given(traffic(ttls=("30m",)), st.sampled_from((0, 40, 120)), st.sampled_from((0, 1, 20)))
@settings(max_examples=150)
def test_automatic_boundary(requests: list[OReq], minimum: int, ends: int) -> None:
    profile = changed(BOOK.profiles["openai_56_plus"], read={"earlier_message_ends": ends})
    trace = trace_of(requests)
    expected = automatic_boundary(
        requests,
        ttls=profile.ttl.options,
        default_ttl="30m",
        min_tokens=minimum,
        earlier_message_ends=ends,
        refresh_path=profile.ttl.refresh_scope is RefreshScope.PATH,
    )
    outcome = automatic.replay(problem_of(requests, trace, profile, minimum=minimum))
    assert uses(requests, trace, outcome) == expected


@given(traffic(most_marks=0), st.sampled_from((1, 8, 128)), st.sampled_from((0, 64)), st.sampled_from((300, 3600)))
@settings(max_examples=100)
def test_prefix_grid(requests: list[OReq], step: int, minimum: int, ttl: int) -> None:
    profile = changed(
        BOOK.profiles["openai_pre55"],
        read={"grid_tokens": step, "first_step": step, "reported_rounding": None},
        ttl={"options": {"x": ttl}, "default": "x", "default_history": ()},
    )
    trace = trace_of(requests, by_token=True)
    expected = prefix_grid(requests, grid=step, first_step=step, min_tokens=minimum, ttl_s=ttl)
    outcome = grid.replay(problem_of(requests, trace, profile, minimum=minimum))
    assert uses(requests, trace, outcome) == expected


@given(asked_for(traffic()), st.sampled_from((0, 40)))
@settings(max_examples=150)
def test_automatic_boundary_with_modes_and_two_lifetimes(requests: list[OReq], minimum: int) -> None:
    """What callers may say themselves: no marks of the service, or its marks for twelve hours."""
    profile = BOOK.profiles["openai_56_plus"]
    trace = trace_of(requests)
    expected = automatic_boundary(
        requests, ttls=profile.ttl.options, default_ttl="30m", min_tokens=minimum, refresh_path=False
    )
    outcome = automatic.replay(problem_of(requests, trace, profile, minimum=minimum))
    assert uses(requests, trace, outcome) == expected


@given(traffic(), st.sampled_from((0, 40, 120)), st.sampled_from(("", "5m", "10m", "30m")))
@settings(max_examples=100)
def test_stored_objects(requests: list[OReq], minimum: int, ttl: str) -> None:
    profile = BOOK.profiles["gemini_explicit"]
    trace = trace_of(requests)
    plan = dataclasses.replace(recorded_plan(trace), recorded=False, follows_end=False)
    problem = dataclasses.replace(problem_of(requests, trace, profile, minimum=minimum, plan=plan), ttl=ttl)
    seconds = problem.ttl_seconds(ttl or profile.ttl.default)
    expected, token_hours = stored_object(requests, min_tokens=minimum, ttl_s=seconds)
    outcome = objects.replay(problem)
    assert outcome.stored is not None
    ordered = sorted(range(len(requests)), key=lambda i: (requests[i].at_us, i))
    created = dict(zip(ordered, outcome.stored.tolist(), strict=True))
    found = [
        OUse(use.plain, use.read, {"object": created[i]} if created[i] else {})
        for i, use in enumerate(uses(requests, trace, outcome))
    ]
    assert found == expected
    assert Fraction(int(outcome.stored.sum()) * outcome.stored_seconds, 3600) == token_hours
