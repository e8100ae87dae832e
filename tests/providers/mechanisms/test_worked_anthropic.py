"""Anthropic's cache, sequence by sequence, on the real engine with the real rules.

Source of every rule, unless another one is named:
https://platform.claude.com/docs/en/build-with-claude/prompt-caching
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelens.layouts.boundaries import boundary
from cachelens.model.result import Status
from cachelens.model.scenario import Scenario
from cachelens.providers.dates import day_us
from cachelens.providers.loading import load_pricing
from cachelens.replay.engine import Replayer
from tests.oracles.traffic import US, OReq, OSeg, OUse
from tests.problems import trace_of
from tests.replays import BOOK, DAY, HOUR, MINUTE, ask, bills, block, blocks, reads, replayed

OPUS = "claude-opus-5"
"""Caches from 512 tokens on."""


def test_a_growing_conversation_reads_what_it_wrote_and_writes_what_is_new() -> None:
    system = block("system", 2_000, "system")
    turns = [system, *(block(f"turn {n}", 300, by_model=n % 2 == 1) for n in range(5))]
    asked = [ask(n * MINUTE, tuple(turns[: 2 * n + 2]), 2 * n + 1) for n in range(3)]
    assert bills(asked, OPUS) == [
        OUse(plain=0, read=0, writes={"5m": 2_300}),
        OUse(plain=0, read=2_300, writes={"5m": 600}),
        OUse(plain=0, read=2_900, writes={"5m": 600}),
    ]


def test_a_mark_at_block_15_finds_the_entry_that_was_written_at_block_10() -> None:
    first, second = ask(0, blocks(*range(1, 11)), 9), ask(MINUTE, blocks(*range(1, 16)), 14)
    assert bills([first, second], OPUS)[1] == OUse(plain=0, read=1_000, writes={"5m": 500})


def test_a_mark_on_a_block_that_always_changes_writes_each_time_and_never_reads() -> None:
    asked = [ask(n * MINUTE, (*blocks(*range(5), tokens=200), block(f"now {n}")), 5) for n in range(4)]
    assert bills(asked, OPUS) == [OUse(plain=0, read=0, writes={"5m": 1_100})] * 4


def test_a_mark_on_the_last_stable_block_is_read() -> None:
    asked = [ask(n * MINUTE, (*blocks(*range(5), tokens=200), block(f"now {n}")), 4) for n in range(3)]
    assert bills(asked, OPUS) == [
        OUse(plain=100, read=0, writes={"5m": 1_000}),
        OUse(plain=100, read=1_000),
        OUse(plain=100, read=1_000),
    ]


@pytest.mark.parametrize("kind", ["text", "system", "tool"])
def test_a_marked_block_is_read_when_more_of_the_same_message_follows_it(kind: str) -> None:
    """The cache is cumulative by content block: that nothing stood behind a block is no part of it."""
    last, inner = OSeg("document", 600, kind, message_end=True), OSeg("document", 600, kind)
    asked = [ask(0, (last,), 0), ask(MINUTE, (inner, OSeg("more", 50, kind, message_end=True)), 0)]
    assert reads(asked, OPUS) == [0, 600]


def test_two_blocks_of_one_message_are_not_two_messages() -> None:
    one = (OSeg("a", 600, "text"), block("b", 400))
    two = (block("a", 600), block("b", 400))
    assert reads([ask(0, one, 0, 1), ask(MINUTE, two, 1)], OPUS)[1] == 600


@pytest.mark.parametrize(("added", "read"), [(19, 600), (20, 0)])
def test_the_window_is_20_positions_with_the_marked_block_as_the_first(added: int, read: int) -> None:
    old = blocks("old", tokens=600)
    assert reads([ask(0, old, 0), ask(MINUTE, (*old, *blocks(*range(added))), added)], OPUS)[1] == read


def test_beyond_one_window_checking_resumes_at_the_next_earlier_mark() -> None:
    old = blocks("old", tokens=600)
    longer = (*old, *blocks(*range(30)))
    assert reads([ask(0, old, 0), ask(MINUTE, longer, 30)], OPUS)[1] == 0
    assert reads([ask(0, old, 0), ask(MINUTE, longer, 12, 30)], OPUS)[1] == 600


@pytest.mark.parametrize(("day", "read"), [("2026-08-31", 0), ("2026-09-01", 600)])
def test_a_run_of_parallel_calls_takes_one_position_since_september(day: str, read: int) -> None:
    """Thirty calls at once and their thirty results: sixty positions, or two as readers of the page report."""
    old = blocks("old", tokens=600)
    run = (*blocks(*range(30), kind="tool_use"), *blocks(*range(30), kind="tool_result"))
    assert reads([ask(0, old, 0), ask(MINUTE, (*old, *run), 60)], OPUS, day=day)[1] == read


def test_eleven_sequential_calls_outrun_the_look_back_and_a_second_mark_rescues() -> None:
    """Measured in public on Sonnet 5.5: 1,693 tokens read without a mark on the question, 5,810 with it."""
    system, question = block("system", 1_693, "system"), block("question", 4_117)
    pairs = [block(f"{kind} {n}", 400, kind) for n in range(11) for kind in ("tool_use", "tool_result")]
    grown = (system, question, *pairs)
    first = ask(0, (system, question), 0, 1)
    model = "claude-sonnet-5-5"
    assert bills([first, ask(MINUTE, grown, 0, 23)], model)[1] == OUse(
        plain=0, read=1_693, writes={"5m": 4_117 + 8_800}
    )
    assert bills([first, ask(MINUTE, grown, 0, 1, 23)], model)[1] == OUse(plain=0, read=5_810, writes={"5m": 8_800})


MINIMUMS = [
    ("claude-opus-5", "2026-11-10", 512),
    ("claude-fable-5", "2026-11-10", 512),
    ("claude-haiku-5-5", "2026-11-10", 512),
    ("claude-opus-4-8", "2026-11-10", 1_024),
    ("claude-sonnet-5", "2026-11-10", 1_024),
    ("claude-sonnet-4-5", "2026-11-10", 1_024),
    ("claude-opus-4-1", "2026-11-10", 1_024),
    ("claude-haiku-3-5", "2026-11-10", 2_048),
    ("claude-opus-4-6", "2026-11-10", 4_096),
    ("claude-haiku-4-5", "2026-11-10", 4_096),
    ("claude-sonnet-4-6", "2026-02-18", 1_024),
    ("claude-sonnet-4-6", "2026-02-27", 2_048),
    ("claude-sonnet-4-6", "2026-05-13", 2_048),
    ("claude-sonnet-4-6", "2026-05-14", 1_024),
    ("claude-opus-4-7", "2026-01-01", 4_096),
    ("claude-opus-4-7", "2026-06-08", 4_096),
    ("claude-opus-4-7", "2026-06-09", 2_048),
]


@pytest.mark.parametrize(("model", "day", "least"), MINIMUMS)
def test_the_minimum_is_the_models_own_and_that_of_the_day(model: str, day: str, least: int) -> None:
    """Below it nothing is cached and nothing is said. The dates are those of the page's history,
    https://github.com/thevibeworks/claude-code-docs .
    """
    small, enough = (block("s", least - 1),), (block("s", least - 1), block("t", 1))
    asked = [ask(0, small, 0), ask(MINUTE, small, 0), ask(2 * MINUTE, enough, 1), ask(3 * MINUTE, enough, 1)]
    assert bills(asked, model, day=day) == [
        OUse(plain=least - 1, read=0),
        OUse(plain=least - 1, read=0),
        OUse(plain=0, read=0, writes={"5m": least}),
        OUse(plain=0, read=least),
    ]


def test_the_minimum_counts_the_whole_prefix_not_the_marked_block() -> None:
    prompt = (block("tools", 400, "tool"), block("system", 200, "system"), block("question", 50))
    assert bills([ask(0, prompt, 1)], OPUS) == [OUse(plain=50, read=0, writes={"5m": 600})]


def test_mixed_ttls_are_billed_by_the_published_formula() -> None:
    """A = 50,000 read, B = 80,000 the last 1h mark, C = 100,000 the last mark, 5,000 behind it."""
    shared = (block("shared", 50_000),)
    whole = (*shared, block("hour", 30_000), block("minutes", 20_000), block("rest", 5_000))
    first = OReq(0, US, shared, ((0, "1h"),))
    second = OReq(MINUTE, None, whole, ((0, "1h"), (1, "1h"), (2, "5m")))
    assert bills([first, second], OPUS)[1] == OUse(plain=5_000, read=50_000, writes={"1h": 30_000, "5m": 20_000})


def test_each_mark_keeps_its_own_ttl() -> None:
    """After ten minutes the hour's entry is there and the five minutes' is not."""
    prompt = (block("system", 1_000, "system"), block("question", 500))
    marks = ((0, "1h"), (1, "5m"))
    asked = [OReq(at, at + US, prompt, marks) for at in (0, 10 * MINUTE)]
    assert bills(asked, OPUS) == [
        OUse(plain=0, read=0, writes={"1h": 1_000, "5m": 500}),
        OUse(plain=0, read=1_000, writes={"5m": 500}),
    ]


@pytest.mark.parametrize(("after_the_end_s", "read"), [(60, 1_000), (61, 0)])
def test_a_response_that_streams_for_four_minutes_leaves_one(after_the_end_s: int, read: int) -> None:
    """The clock starts with the request, not with the end of its response 240 s later."""
    prompt = blocks("prompt", tokens=1_000)
    asked = [ask(0, prompt, 0), ask((240 + after_the_end_s) * US, prompt, 0)]
    assert reads(asked, OPUS, end_us=day_us(DAY) + 240 * US)[1] == read


@pytest.mark.parametrize(("ttl", "idle_s", "read"), [("5m", 362, 0), ("1h", 365, 31_000), ("1h", 3_601, 0)])
def test_idle_time_ends_an_entry(ttl: str, idle_s: int, read: int) -> None:
    """362 s at 5m: gone; 365 s at 1h: alive (measured in public on Sonnet 5.5, 2026-10)."""
    prompt = blocks("prompt", tokens=31_000)
    asked = [ask(0, prompt, 0, ttl=ttl), ask(idle_s * US, prompt, 0, ttl=ttl)]
    assert reads(asked, "claude-sonnet-5-5")[1] == read


def test_each_read_restarts_the_clock_free_of_charge() -> None:
    asked = [ask(n * 299 * US, blocks("prompt", tokens=1_000), 0) for n in range(6)]
    assert bills(asked, OPUS)[1:] == [OUse(plain=0, read=1_000)] * 5


def test_a_longer_read_keeps_the_shorter_entry_on_its_path_alive() -> None:
    """Seen still read after eight longer reads in 7.6 minutes without a mark on it (measured, one run)."""
    a, b, c = block("a", 1_000), block("b"), block("c")
    longer = [ask(n * MINUTE, (a, b), 1) for n in range(1, 9)]
    assert reads([ask(0, (a,), 0), *longer, ask(9 * MINUTE, (a, c), 0)], OPUS)[-1] == 1_000


def test_an_entry_can_be_read_once_the_first_response_begins() -> None:
    """Identical requests sent together all miss and all pay."""
    prompt = blocks("prompt", tokens=1_000)
    asked = [ask(at, prompt, 0) for at in (0, 0, US - 1, US)]
    assert bills(asked, OPUS) == [OUse(plain=0, read=0, writes={"5m": 1_000})] * 3 + [OUse(plain=0, read=1_000)]


def test_a_twin_with_a_shorter_ttl_takes_nothing_from_an_hour_that_was_paid_for() -> None:
    """Lifetimes are minimums: two writes at once, for an hour and for five minutes, leave an entry for an hour."""
    prompt = blocks("prompt", tokens=1_000)
    asked = [ask(0, prompt, 0, ttl="1h"), ask(0, prompt, 0, ttl="5m"), ask(HOUR, prompt, 0, ttl="1h")]
    assert reads(asked, OPUS) == [0, 0, 1_000]


def test_the_top_level_mark_stands_on_the_last_block_and_moves_with_it() -> None:
    grown = blocks("first", "second", tokens=1_000)
    asked = [ask(0, grown[:1], auto_ttl="default"), ask(MINUTE, grown, auto_ttl="default")]
    assert bills(asked, OPUS) == [
        OUse(plain=0, read=0, writes={"5m": 1_000}),
        OUse(plain=0, read=1_000, writes={"5m": 1_000}),
    ]


def test_the_top_level_mark_walks_back_past_what_cannot_carry_one() -> None:
    thought = OSeg("thought", 70, "thinking", message_end=True)
    prompt = (*blocks("question", tokens=1_000), thought)
    assert bills([ask(0, prompt, auto_ttl="1h")], OPUS) == [OUse(plain=70, read=0, writes={"1h": 1_000})]


def test_the_top_level_mark_does_nothing_where_a_mark_stands_already() -> None:
    prompt = blocks("prompt", tokens=1_000)
    assert bills([ask(0, prompt, 0, ttl="5m", auto_ttl="5m")], OPUS) == bills([ask(0, prompt, 0, ttl="5m")], OPUS)


def test_the_top_level_mark_stands_behind_marks_of_a_longer_ttl() -> None:
    prompt = (block("system", 1_000, "system"), block("question", 500))
    only = bills([ask(0, prompt, 0, ttl="1h", auto_ttl="5m")], OPUS)
    assert only == [OUse(plain=0, read=0, writes={"1h": 1_000, "5m": 500})]


def test_without_a_mark_nothing_is_cached() -> None:
    prompt = blocks("prompt", tokens=5_000)
    assert bills([ask(n * MINUTE, prompt) for n in range(3)], OPUS) == [OUse(plain=5_000, read=0)] * 3


THINKS = (
    (block("system", 5_000, "system"), block("q1")),
    (OSeg("thought", 70, "thinking"), block("call", kind="tool_use"), block("result", kind="tool_result")),
    (block("a1", by_model=True), block("q2")),
)


@pytest.mark.parametrize(
    ("model", "followed"), [("claude-sonnet-4-5", 5_100), ("claude-haiku-4-5", 5_100), ("claude-sonnet-4-6", 5_370)]
)
def test_a_question_voids_from_the_first_reasoning_on_where_a_file_follows_that_rule(
    tmp_path: Path, model: str, followed: int
) -> None:
    """Results of tools alone drop nothing; asked again, the question reads what was written without the reasoning.

    The rule is published, recorded sessions contradict it (decision 9).
    """
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        "provider: {id: anthropic}\nprofiles:\n"
        "  - {id: anthropic_messages, key: {thinking_strip: {confidence: high}}}\n"
    )
    question, loop = THINKS[0], (*THINKS[0], *THINKS[1])
    whole = (*loop, *THINKS[2])
    asked = [ask(0, question, 1), ask(MINUTE, loop, 4), ask(2 * MINUTE, whole, 6), ask(3 * MINUTE, whole, 6)]
    trace = trace_of(asked, model=model, since_us=day_us(DAY))
    for book, after in ((BOOK, 5_370), (load_pricing([ours]), followed)):
        result = Replayer(trace, book).replay(Scenario(), boundary("as-recorded").place(trace))
        assert result.read.tolist() == [0, 5_100, after, 5_570]


def test_marks_in_a_wrong_order_cannot_be_sent_to_another_model() -> None:
    prompt = blocks("a", "b", tokens=1_000)
    asked = [OReq(n * MINUTE, n * MINUTE + US, prompt, ((0, "5m"), (1, "1h"))) for n in range(2)]
    assert reads(asked, OPUS) == [0, 2_000]
    assert "replayed as the log has them" in replayed(asked, OPUS).remarks[0]
    elsewhere = replayed(asked, OPUS, Scenario(model="claude-sonnet-5"))
    assert (elsewhere.status, "which the provider refuses" in elsewhere.note) == (Status.IMPOSSIBLE, True)
    assert reads(asked, OPUS, Scenario(model="claude-sonnet-5", boundary="full-context")) == [0, 2_000]


def test_what_cannot_be_marked_is_cached_within_a_longer_prefix() -> None:
    """Thinking blocks carry no mark but count, and are read, as part of the prefix."""
    prompt = (block("q", 600), OSeg("thought", 70, "thinking"), block("answer", 100, by_model=True), block("q2", 30))
    asked = [ask(n * MINUTE, prompt, 3) for n in range(2)]
    assert [bill.read for bill in bills(asked, OPUS)] == [0, 800]
