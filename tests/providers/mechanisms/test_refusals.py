"""What a provider refuses or does not offer: `Unavailable` for another provider's traffic, a note on its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from cachelens.kernels.entries import DIVERGED, NONE
from cachelens.model.prompt import SegmentKind
from cachelens.providers.mechanisms import automatic, explicit, grid, objects
from cachelens.providers.mechanisms.base import Outcome, Problem, Unavailable
from cachelens.providers.profile import AutomaticMark, CacheProfile
from cachelens.providers.vocabulary import TtlRefresh
from tests.oracles.traffic import US, OReq, OSeg, OUse
from tests.problems import problem_of, trace_of, uses
from tests.providers.mechanisms.test_differential import changed, drops_reasoning
from tests.replays import BOOK, HOUR, MINUTE, ask, block, blocks

# Keyword arguments are fields of a problem, of any type.
# ruff: noqa: ANN401

ANTHROPIC = BOOK.profiles["anthropic_messages"]
PROMPT = blocks(*range(6), tokens=1_000)

Replay = Callable[[Problem], Outcome]


def problem(requests: Sequence[OReq], profile: CacheProfile, **fields: Any) -> Problem:
    """Put traffic before a mechanism; a request without a scope is in the first one."""
    requests = [dataclasses.replace(request, scope=request.scope or "key 0") for request in requests]
    trace = trace_of(requests, platform="vertex")
    return dataclasses.replace(problem_of(requests, trace, profile, minimum=0), **fields)


def both(requests: Sequence[OReq], profile: CacheProfile, replay: Replay = explicit.replay) -> tuple[Outcome, str]:
    """Return what recorded traffic gives, and why the same traffic cannot go to this provider from elsewhere."""
    asked = problem(requests, profile)
    with pytest.raises(Unavailable) as why:
        replay(dataclasses.replace(asked, elsewhere=True))
    return replay(asked), str(why.value)


def test_a_longer_ttl_behind_a_shorter_one_is_refused() -> None:
    """The page: an entry with a longer TTL must appear before shorter TTLs."""
    requests = [OReq(n * MINUTE, n * MINUTE + US, PROMPT, ((0, "5m"), (1, "1h"))) for n in range(2)]
    outcome, why = both(requests, ANTHROPIC)
    assert why == "anthropic_messages: 2 requests with a longer TTL behind a shorter one, which the provider refuses"
    assert outcome.notes == (f"{why}; replayed as the log has them",)
    assert outcome.read.tolist() == [0, 2_000]


def test_more_marks_than_slots_are_refused() -> None:
    outcome, why = both([ask(0, PROMPT, 0, 1, 2, 3, 4)], ANTHROPIC)
    assert "1 request with more than 4 marks" in why
    assert outcome.notes == (f"{why}; replayed as the log has them",)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ask(0, PROMPT, 5, ttl="5m", auto_ttl="1h"), "with two TTLs for the last block"),
        (ask(0, PROMPT, 0, 1, 2, 3, auto_ttl="5m"), "with a mark at the top level and no slot left for it"),
    ],
)
def test_an_automatic_mark_that_finds_no_place_is_refused(request_: OReq, words: str) -> None:
    outcome, why = both([request_], ANTHROPIC)
    assert words in why
    assert len(outcome.notes) == 1


@pytest.mark.parametrize(("given", "same"), [("5m", "5m"), ("default", "5m"), ("5m", "default")])
def test_an_automatic_mark_of_the_same_ttl_does_nothing(given: str, same: str) -> None:
    asked = problem([ask(0, PROMPT, 5, ttl=given, auto_ttl=same)], ANTHROPIC, elsewhere=True)
    assert explicit.replay(asked).notes == ()


def test_an_automatic_mark_does_nothing_where_the_provider_has_none() -> None:
    outcome = explicit.replay(problem([ask(0, PROMPT, auto_ttl="5m")], BOOK.profiles["qwen_explicit"]))
    assert outcome.write["5m"].tolist() == [0]
    assert outcome.notes == ("qwen_explicit: 1 request with a mark at the top level, which does nothing there",)


def test_a_mark_on_reasoning_is_passed_over() -> None:
    prompt = (block("q", 600), OSeg("thought", 70, "thinking"))
    outcome = explicit.replay(problem([ask(0, prompt, 0, 1)], ANTHROPIC))
    assert outcome.write["5m"].tolist() == [600]
    assert outcome.notes == ("anthropic_messages: 1 request with a mark on what cannot carry one; it is passed over",)


def test_a_recorded_ttl_that_is_not_offered_falls_to_the_default() -> None:
    asked = [ask(at, PROMPT, 5, ttl="1h") for at in (0, 5 * MINUTE, 11 * MINUTE)]
    outcome = explicit.replay(problem(asked, BOOK.profiles["qwen_explicit"]))
    assert outcome.read.tolist() == [0, 6_000, 0]
    assert outcome.notes == (
        "qwen_explicit: 3 requests with a TTL of 1h, which is not offered there; the default holds",
    )


MODELS = ("bedrock/us.anthropic.claude-sonnet-4-5", "bedrock/us.anthropic.claude-opus-4-1")


def test_an_hour_is_for_the_models_that_have_it() -> None:
    """Bedrock: one hour for Claude 4.5 and later."""
    requests = [ask(at, PROMPT, 5, ttl="1h", scope=scope) for at in (0, HOUR) for scope in ("key 0", "key 1")]
    served: dict[str, Any] = {"models": MODELS, "model": np.array([0, 1, 0, 1])}
    outcome = explicit.replay(problem(requests, BOOK.profiles["bedrock"], **served))
    assert outcome.read.tolist() == [0, 0, 6_000, 0]
    assert outcome.write["5m"].tolist() == [0, 6_000, 0, 6_000]
    assert outcome.notes == ("bedrock: 2 requests with a TTL of 1h, which is not offered there; the default holds",)
    asked = explicit.replay(problem(requests, BOOK.profiles["bedrock"], ttl="1h", **served))
    assert (asked.read.tolist(), asked.notes) == (outcome.read.tolist(), outcome.notes)


def test_an_hour_cannot_be_had_where_no_model_has_it() -> None:
    served: dict[str, Any] = {"models": MODELS, "model": np.array([1])}
    with pytest.raises(Unavailable, match="no TTL '1h' for these models"):
        explicit.replay(problem([ask(0, PROMPT, 5)], BOOK.profiles["bedrock"], ttl="1h", **served))


def test_an_object_lives_for_a_minute_at_least_on_vertex() -> None:
    """https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/context-cache/context-cache-overview ."""
    asked = problem([ask(0, PROMPT, 5)], BOOK.profiles["gemini_explicit"])
    fixed = dataclasses.replace(asked, marks=dataclasses.replace(asked.marks, recorded=False, follows_end=False))
    assert objects.replay(dataclasses.replace(fixed, ttl="60s")).read.tolist() == [6_000]
    with pytest.raises(Unavailable, match="less than 60 s on vertex"):
        objects.replay(dataclasses.replace(fixed, ttl="59s"))


def test_an_object_without_a_published_lifetime_is_not_given_one() -> None:
    profile = changed(BOOK.profiles["gemini_explicit"], ttl={"default": ""})
    asked = problem([ask(0, PROMPT, 5)], profile)
    fixed = dataclasses.replace(asked, marks=dataclasses.replace(asked.marks, recorded=False, follows_end=False))
    with pytest.raises(Unavailable, match="no default lifetime"):
        objects.replay(fixed)


def test_a_lifetime_that_says_nothing_is_refused_where_none_is_published() -> None:
    with pytest.raises(Unavailable, match="in_memory"):
        grid.replay(problem([ask(0, PROMPT)], BOOK.profiles["xai"], ttl="in_memory"))


@pytest.mark.parametrize("profile", ["bedrock_openai", "openai_56_plus"])
def test_a_service_marks_by_itself_only_where_it_does_so_by_default(profile: str) -> None:
    """Codex on Bedrock: no hits at all without a breakpoint, https://github.com/openai/codex/issues/35300 ."""
    unmarked = [ask(n * MINUTE, PROMPT) for n in range(2)]
    marked = [ask(n * MINUTE, PROMPT, 5) for n in range(2)]
    read = 6_000 if profile == "openai_56_plus" else 0
    rules = BOOK.profiles[profile]
    assert automatic.replay(problem(unmarked, rules)).read.tolist() == [0, read]
    assert automatic.replay(problem(marked, rules)).read.tolist() == [0, 6_000]


def test_every_lifetime_is_a_write_class_of_its_own() -> None:
    """The longest first, as in the published formula, whatever their number and length."""
    profile = changed(ANTHROPIC, ttl={"options": {"5m": 300, "1h": 3_600, "12h": 43_200}})
    requests = [OReq(0, US, PROMPT, ((0, "12h"), (2, "1h"), (4, "5m")))]
    asked = problem(requests, profile)
    (bill,) = uses(requests, asked.trace, explicit.replay(asked))
    assert bill == OUse(plain=1_000, read=0, writes={"12h": 1_000, "1h": 2_000, "5m": 2_000})


@pytest.mark.parametrize(
    ("refresh", "read"), [(TtlRefresh.ON_READ, [0, 6_000, 6_000]), (TtlRefresh.NEVER, [0, 6_000, 0])]
)
@pytest.mark.parametrize(("name", "replay"), [("anthropic_messages", explicit.replay), ("kimi_k3", grid.replay)])
def test_a_read_restarts_the_clock_only_where_the_rules_say_so(
    name: str, replay: Replay, refresh: TtlRefresh, read: list[int]
) -> None:
    profile = changed(BOOK.profiles[name], ttl={"refresh": refresh})
    outcome = replay(problem([ask(at, PROMPT, 5) for at in (0, 4 * MINUTE, 8 * MINUTE)], profile))
    assert outcome.read.tolist() == read


def test_without_a_rule_of_their_own_automatic_caches_leave_the_callers_the_slots_that_are_left() -> None:
    profile = BOOK.profiles["openai_56_plus"]
    silent = changed(profile, marks={"implicit_latest_marks": None}, read={"candidate_marks": None})
    requests = [ask(0, PROMPT, 0, 1, 2, 3), ask(MINUTE, (*PROMPT[:1], block("other")), 0)]
    for rules in (profile, silent):
        assert automatic.replay(problem(requests, rules)).read.tolist() == [0, 0]
    unslotted = changed(silent, marks={"automatic": AutomaticMark(consumes_slot=False)})
    assert automatic.replay(problem(requests, unslotted)).read.tolist() == [0, 1_000]


def test_an_automatic_mark_that_does_not_walk_back_is_lost_on_a_block_that_cannot_carry_it() -> None:
    profile = changed(ANTHROPIC, marks={"automatic": AutomaticMark(walk_back_if_ineligible=False)})
    prompt = (*PROMPT, OSeg("thought", 70, "thinking", message_end=True))
    assert explicit.replay(problem([ask(0, prompt, auto_ttl="5m")], ANTHROPIC)).write["5m"].tolist() == [6_000]
    assert explicit.replay(problem([ask(0, prompt, auto_ttl="5m")], profile)).write["5m"].tolist() == [0]


def test_where_callers_cannot_mark_there_is_nothing_to_replay() -> None:
    with pytest.raises(Unavailable, match="takes no marks"):
        explicit.replay(problem([ask(0, PROMPT, 5)], msgspec.structs.replace(ANTHROPIC, marks=None)))


def test_a_default_that_is_not_published_is_not_made_up() -> None:
    with pytest.raises(Unavailable, match="publishes no default TTL"):
        explicit.replay(problem([ask(0, PROMPT, 5)], changed(ANTHROPIC, ttl={"default": ""})))


def test_dropped_reasoning_is_where_a_prompt_leaves_the_one_before() -> None:
    """Published, but contradicted by recorded sessions and so followed from a higher confidence on only."""
    start = (block("q1", 1_000), OSeg("thought", 70, "thinking"), block("result", kind="tool_result"))
    requests = [ask(0, start[:1], 0), ask(MINUTE, start, 2), ask(2 * MINUTE, (*start, block("q2")), 3)]
    served: dict[str, Any] = {"models": ("claude-sonnet-4-5",), "model": np.zeros(3, dtype=np.int64)}
    asked = problem(requests, ANTHROPIC, previous=np.array([-1, 0, 1]), **served)
    drops = dataclasses.replace(asked, profile=drops_reasoning(ANTHROPIC))
    kept, dropped = explicit.replay(asked), explicit.replay(drops)
    assert (kept.read.tolist(), dropped.read.tolist()) == ([0, 1_000, 1_170], [0, 1_000, 1_000])
    assert (kept.cause[2], dropped.cause[2], dropped.missed[2]) == (NONE, DIVERGED, 170)
    assert asked.trace.nodes.kind[dropped.where[2]] == SegmentKind.THINKING
