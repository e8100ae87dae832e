"""The fast replay against slow models that were written from the published rules alone."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import msgspec
import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cachelens.providers.dates import day_us
from cachelens.providers.loading import load_pricing
from cachelens.providers.mechanisms import automatic, explicit, grid, objects
from cachelens.providers.profile import CacheProfile, RunCollapse
from cachelens.providers.vocabulary import Confidence, RefreshScope
from tests.oracles.provider_caches import automatic_boundary, explicit_breakpoints, prefix_grid, stored_object
from tests.oracles.traffic import OReq, OUse
from tests.problems import problem_of, recorded_plan, trace_of, uses
from tests.strategies import MIXED_TTLS, asked_for, traffic

BOOK = load_pricing()
SINCE = day_us("2026-11-10")


def changed(profile: CacheProfile, **parts: dict[str, object]) -> CacheProfile:
    """Return a profile with some fields of its parts replaced."""
    new = {name: msgspec.structs.replace(getattr(profile, name), **fields) for name, fields in parts.items()}
    return msgspec.structs.replace(profile, **new)


def drops_reasoning(profile: CacheProfile) -> CacheProfile:
    """Return a profile whose rule about old reasoning is followed."""
    rule = profile.key.thinking_strip
    assert rule is not None
    return changed(profile, key={"thinking_strip": msgspec.structs.replace(rule, confidence=Confidence.HIGH)})


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


@given(traffic(ttls=MIXED_TTLS), st.sampled_from((0, 40)), st.sampled_from((2, 20)))
@settings(max_examples=150)
def test_explicit_breakpoints_of_models_that_drop_old_reasoning(
    requests: list[OReq], minimum: int, lookback: int
) -> None:
    """Reasoning has no tokens here: what is dropped counts in lengths that no record corrects."""
    requests = [
        dataclasses.replace(
            r, segments=tuple(dataclasses.replace(s, tokens=0) if s.kind == "thinking" else s for s in r.segments)
        )
        for r in requests
    ]
    # Two conversations that differ in dropped reasoning alone are sent alike; the tree tells them apart.
    assume(not any("E" in s.content for r in requests for s in r.segments if s.kind == "thinking"))
    profile = drops_reasoning(changed(BOOK.profiles["anthropic_messages"], read={"lookback_positions": lookback}))
    trace = trace_of(requests, since_us=SINCE)
    expected = explicit_breakpoints(
        requests, ttls=profile.ttl.options, min_tokens=minimum, lookback=lookback, drops_reasoning=True
    )
    problem = problem_of(requests, trace, profile, minimum=minimum)
    model = np.zeros(len(trace), dtype=np.int64)
    outcome = explicit.replay(dataclasses.replace(problem, models=("claude-sonnet-4-5",), model=model))
    assert uses(requests, trace, outcome) == expected


@given(st.data(), st.sampled_from((1, 8, 32)), st.sampled_from((0, 64)), st.booleans(), st.sampled_from((None, 1800)))
@settings(max_examples=150)
def test_prefix_grid_with_two_lifetimes(
    data: st.DataObject, step: int, minimum: int, locked: bool, oldest: int | None
) -> None:
    drawn = data.draw(traffic(most_marks=0))
    requests = [dataclasses.replace(r, auto_ttl=data.draw(st.sampled_from(("", "1h")))) for r in drawn]
    profile = changed(
        BOOK.profiles["kimi_k3"],
        read={"grid_tokens": step, "exact_resend": None},
        ttl={"locked_at_first_write": locked, "platform_max_s": {} if oldest is None else {"somewhere": oldest}},
    )
    trace = trace_of(requests, by_token=True, platform="somewhere")
    expected = prefix_grid(
        requests,
        grid=step,
        first_step=step,
        min_tokens=minimum,
        ttls=profile.ttl.options,
        locked=locked,
        max_age_s=oldest,
    )
    outcome = grid.replay(problem_of(requests, trace, profile, minimum=minimum))
    assert uses(requests, trace, outcome) == expected


@given(traffic(most_marks=0), st.sampled_from((8, 32)), st.sampled_from((0, 1, 5, 31)), st.sampled_from((1, 4)))
@settings(max_examples=100)
def test_prefix_grid_behind_a_hidden_message(requests: list[OReq], step: int, hidden: int, rounding: int) -> None:
    profile = changed(
        BOOK.profiles["openai_55"],
        read={"grid_tokens": step, "hidden_tokens": hidden, "reported_rounding": rounding},
        ttl={"options": {"x": 300}, "default": "x"},
    )
    trace = trace_of(requests, by_token=True)
    expected = prefix_grid(
        requests,
        grid=step,
        first_step=step,
        min_tokens=40,
        ttl_s=300,
        hidden_tokens=hidden,
        reported_rounding=rounding,
    )
    outcome = grid.replay(problem_of(requests, trace, profile, minimum=40))
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
    recorded = recorded_plan(trace)
    plan = dataclasses.replace(recorded, recorded=False, follows_end=False, ttl=np.zeros_like(recorded.ttl))
    problem = dataclasses.replace(problem_of(requests, trace, profile, minimum=minimum, plan=plan), ttl=ttl)
    seconds = problem.ttl_seconds(ttl or profile.ttl.default)
    expected, token_hours = stored_object(requests, min_tokens=minimum, ttl_s=seconds)
    outcome = objects.replay(problem)
    assert outcome.stored is not None
    assert outcome.stored_seconds is not None
    ordered = sorted(range(len(requests)), key=lambda i: (requests[i].at_us, i))
    created = dict(zip(ordered, outcome.stored.tolist(), strict=True))
    found = [
        OUse(use.plain, use.read, {"object": created[i]} if created[i] else {})
        for i, use in enumerate(uses(requests, trace, outcome))
    ]
    assert found == expected
    assert Fraction(int((outcome.stored * outcome.stored_seconds).sum()), 3600) == token_hours
