"""OpenAI's three caches, sequence by sequence, on the real engine with the real rules.

Source of every rule, unless another one is named: https://developers.openai.com/api/docs/guides/prompt-caching
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from cachelens.model.scenario import Scenario
from tests.oracles.traffic import US, OReq, OSeg, OUse
from tests.replays import HOUR, MINUTE, ask, bills, block, blocks, reads, replayed, simulated

SOL = "gpt-6.1-sol"
"""A model whose service marks message ends by itself."""


# --- GPT-5.6 and later: boundaries ---------------------------------------------------------------------------


@pytest.mark.parametrize(("tokens", "read"), [(1_023, 0), (1_024, 1_024)])
def test_boundaries_start_at_1024_tokens(tokens: int, read: int) -> None:
    asked = [ask(n * MINUTE, blocks("prompt", tokens=tokens)) for n in range(2)]
    written = {"30m": tokens} if read else {}
    assert bills(asked, SOL) == [OUse(tokens - sum(written.values()), 0, written), OUse(tokens - read, read)]


def test_a_boundary_is_exact_and_not_rounded_to_128() -> None:
    asked = [ask(n * MINUTE, blocks("prompt", tokens=1_111)) for n in range(2)]
    assert reads(asked, SOL)[1] == 1_111


def test_a_shared_first_half_that_nobody_marked_is_a_miss() -> None:
    half = block("half", 2_000)
    asked = [ask(n * MINUTE, (half, block(f"q{n}", 2_000))) for n in range(2)]
    assert bills(asked, SOL) == [OUse(plain=0, read=0, writes={"30m": 4_000})] * 2


def test_a_marked_first_half_is_read() -> None:
    half = block("half", 2_000, "system")
    asked = [ask(n * MINUTE, (half, block(f"q{n}", 500)), 0) for n in range(3)]
    assert bills(asked, SOL) == [
        OUse(plain=0, read=0, writes={"30m": 2_500}),
        OUse(plain=0, read=2_000, writes={"30m": 500}),
        OUse(plain=0, read=2_000, writes={"30m": 500}),
    ]


def test_an_exact_mark_is_found_below_the_message_ends_that_are_tried() -> None:
    """A caller's mark within a message is deeper than the last message end before it."""
    system, question = block("system", 1_500, "system"), block("question", 200)
    calls = [OSeg("call", 30, "tool_use", message_end=True), OSeg("part 1", 100, "tool_result")]
    first = (system, question, *calls, block("part 2", 50, "tool_result"))
    second = (*first, block("more", 20))
    asked = [ask(0, first[:2]), ask(MINUTE, first, 3, mode="explicit"), ask(2 * MINUTE, second, 3)]
    assert reads(asked, SOL) == [0, 0, 1_830]


@pytest.mark.parametrize(("place", "read"), [(0, 1_100), (1, 2_200), (2, 0), (3, 4_400)])
def test_the_first_2_and_the_latest_50_marks_are_tried(place: int, read: int) -> None:
    """53 marks: the third of them is neither (the guide's numbers; the SDK's differ)."""
    prompt = blocks(*range(54), tokens=1_100)
    written = ask(0, prompt[: place + 1], place, mode="explicit")
    longer = ask(MINUTE, prompt, *range(53), mode="explicit")
    assert reads([written, longer], SOL)[1] == read


def test_a_conversation_reads_up_to_its_last_user_message() -> None:
    one = (block("system", 1_500, "system"), block("q1"))
    two = (*one, block("a1", 300, by_model=True), block("q2"))
    assert bills([ask(0, one), ask(MINUTE, two)], SOL) == [
        OUse(plain=0, read=0, writes={"30m": 1_600}),
        OUse(plain=0, read=1_600, writes={"30m": 400}),
    ]


@pytest.mark.parametrize(("ends", "read"), [(20, 2_000), (21, 0)])
def test_up_to_20_earlier_message_ends_are_tried(ends: int, read: int) -> None:
    """The last end that is tried is the one that the first request wrote."""
    first = blocks("first", tokens=2_000)
    more = tuple(block(f"m{n}", by_model=n % 2 == 0) for n in range(ends - 1))
    assert reads([ask(0, first), ask(MINUTE, (*first, *more, block("last")))], SOL)[1] == read


def test_the_last_tool_output_of_a_group_is_marked() -> None:
    calls = [OSeg(f"call {n}", 50, "tool_use", message_end=True) for n in range(2)]
    results = [block(f"result {n}", 50, "tool_result") for n in range(2)]
    prompt = (block("question", 1_500), *calls, *results)
    longer = (*prompt, block("answer", 80, by_model=True), block("more", 20))
    assert bills([ask(0, prompt), ask(MINUTE, longer)], SOL)[1] == OUse(plain=0, read=1_700, writes={"30m": 100})


def test_what_the_model_said_last_is_not_marked() -> None:
    prompt = (block("question", 1_500), block("prefill", 40, by_model=True))
    assert bills([ask(0, prompt)], SOL) == [OUse(plain=40, read=0, writes={"30m": 1_500})]


def test_explicit_mode_without_marks_reads_and_writes_nothing() -> None:
    asked = [ask(n * MINUTE, blocks("prompt", tokens=2_000), mode="explicit") for n in range(2)]
    assert bills(asked, SOL) == [OUse(plain=2_000, read=0)] * 2


@pytest.mark.parametrize(("mode", "read_back"), [("", [0, 0, 1, 1, 1]), ("explicit", [0, 1, 1, 1, 1])])
def test_four_slots_are_written_the_services_own_mark_takes_one(mode: str, read_back: list[int]) -> None:
    """Five marks: in implicit mode the latest three are written, in explicit mode the latest four."""
    prompt = blocks(*range(6), tokens=1_100)
    asked = [ask(0, prompt, 0, 1, 2, 3, 4, mode=mode)]
    found = [
        reads([*asked, ask(MINUTE, (*prompt[: place + 1], block("other", 5)), place, mode="explicit")], SOL)[1]
        for place in range(5)
    ]
    assert found == [1_100 * (place + 1) * hit for place, hit in enumerate(read_back)]


def test_a_mark_of_an_earlier_turn_is_read_but_not_written_again() -> None:
    first = (block("system", 1_500, "system"), block("q1", 500), block("a1", 100, by_model=True), block("q2", 200))
    fresh = bills([ask(0, first, 1, mode="explicit")], SOL)
    assert fresh == [OUse(plain=2_300, read=0)]
    written = ask(0, first[:2], 1, mode="explicit")
    assert bills([written, ask(MINUTE, first, 1, mode="explicit")], SOL)[1] == OUse(plain=300, read=2_000)


def test_a_write_or_a_read_keeps_an_entry_for_thirty_minutes() -> None:
    asked = [ask(at * MINUTE, blocks("prompt", tokens=2_000)) for at in (0, 30, 60, 91)]
    assert reads(asked, SOL) == [0, 2_000, 2_000, 0]


def test_twelve_hours_can_be_asked_for() -> None:
    asked = [ask(at * HOUR, blocks("prompt", tokens=2_000), auto_ttl="12h") for at in (0, 12, 25)]
    again = OUse(plain=0, read=0, writes={"12h": 2_000})
    assert bills(asked, SOL) == [again, OUse(plain=0, read=2_000), again]


def test_the_lifetime_of_a_request_holds_for_its_breakpoints_too() -> None:
    """`prompt_cache_options.ttl` stands beside the mode, and a breakpoint names no lifetime of its own."""
    system = block("system", 2_000, "system")
    asked = [ask(at * HOUR, (system, block(f"q{at}", 20)), 0, auto_ttl="12h", mode="explicit") for at in (0, 12)]
    assert bills(asked, SOL) == [OUse(plain=20, read=0, writes={"12h": 2_000}), OUse(plain=20, read=2_000)]


def test_another_cache_key_reaches_another_machine() -> None:
    prompt = blocks("prompt", tokens=2_000)
    asked = [ask(0, prompt, scope="a"), ask(MINUTE, prompt, scope="b"), ask(2 * MINUTE, prompt, scope="a")]
    assert reads(asked, SOL) == [0, 0, 2_000]


def test_one_write_and_one_read_cost_1_35_and_ten_requests_2_15_times_one() -> None:
    """Write 1.25, read 0.1: the guide's own sums, in dollars of a model that has these ratios."""
    for requests, times in ((2, Decimal("1.35")), (10, Decimal("2.15"))):
        asked = [ask(n * MINUTE, blocks("prompt", tokens=2_000)) for n in range(requests)]
        total = simulated(asked, "gpt-6-sol").scenarios[0].total
        assert total is not None
        assert total.cost_no_cache is not None
        assert total.cost == times * total.cost_no_cache / requests


# --- GPT-5.5: a grid of 2,048 --------------------------------------------------------------------------------


@pytest.mark.parametrize(("shared", "read"), [(1_919, 0), (1_920, 1_920), (3_967, 1_920), (3_968, 3_968)])
def test_gpt_5_5_steps_by_2048_tokens_from_the_start_of_its_hidden_message(shared: int, read: int) -> None:
    """The hidden message is taken as 128 tokens, which the count leaves out."""
    asked = [ask(n * MINUTE, (block("shared", shared), block(f"q{n}", 200))) for n in range(2)]
    assert bills(asked, "gpt-5.5")[1] == OUse(plain=shared + 200 - read, read=read)


@pytest.mark.parametrize(("shared", "read"), [(12_100, 10_112), (12_200, 12_160)])
def test_gpt_5_5_reads_one_of_the_two_values_that_were_measured(shared: int, read: int) -> None:
    """10,112 or 12,160 of about 12,400 tokens, and nothing else."""
    asked = [ask(n * MINUTE, (block("shared", shared), block(f"q{n}", 12_400 - shared))) for n in range(2)]
    assert reads(asked, "gpt-5.5")[1] == read


@pytest.mark.parametrize(("prompt", "read"), [(2_047, 0), (2_048, 1_920)])
def test_gpt_5_5_needs_2048_visible_tokens(prompt: int, read: int) -> None:
    assert reads([ask(n * MINUTE, blocks("prompt", tokens=prompt)) for n in range(2)], "gpt-5.5")[1] == read


def test_gpt_5_5_keeps_a_prefix_for_24_hours_only() -> None:
    asked = [ask(at, blocks("prompt", tokens=4_096)) for at in (0, 24 * HOUR, 48 * HOUR + US)]
    assert reads(asked, "gpt-5.5") == [0, 3_968, 0]


# --- Earlier models: steps of 128 from 1,024 on --------------------------------------------------------------


@pytest.mark.parametrize(
    ("shared", "read"), [(1_023, 0), (1_024, 1_024), (1_151, 1_024), (1_152, 1_152), (2_006, 1_920)]
)
def test_reads_are_multiples_of_128_from_1024_on(shared: int, read: int) -> None:
    """2,006 prompt tokens with 1,920 cached: https://openai.com/index/api-prompt-caching/ ."""
    asked = [ask(n * MINUTE, (block("shared", shared), block(f"q{n}", 100))) for n in range(2)]
    assert bills(asked, "gpt-4o")[1] == OUse(plain=shared + 100 - read, read=read)


@pytest.mark.parametrize(
    ("model", "day", "idle", "read"),
    [
        ("gpt-5.2", "2026-05-20", 10 * MINUTE, 1_024),
        ("gpt-5.2", "2026-05-20", 10 * MINUTE + 1, 0),
        ("gpt-5.2", "2026-05-29", 24 * HOUR, 1_024),
        ("gpt-5.2", "2026-05-29", 24 * HOUR + 1, 0),
        ("gpt-4o", "2026-11-10", 10 * MINUTE, 1_024),
        ("gpt-4o", "2026-11-10", 10 * MINUTE + 1, 0),
    ],
)
def test_24_hours_are_the_default_since_2026_05_29_where_offered(model: str, day: str, idle: int, read: int) -> None:
    asked = [ask(at, blocks("prompt", tokens=1_024)) for at in (0, idle)]
    assert reads(asked, model, day=day)[1] == read


def test_a_prefix_has_the_default_lifetime_of_the_day_on_which_it_was_written() -> None:
    """Written on 2026-05-28 for ten minutes, on 2026-05-29 for 24 hours."""
    asked = [ask(at * HOUR, blocks("prompt", tokens=1_024)) for at in (0, 1, 25, 26)]
    assert reads(asked, "gpt-5.2", day="2026-05-28") == [0, 0, 0, 1_024]


def test_24_hours_can_be_asked_for_where_offered_and_nowhere_else() -> None:
    asked = [ask(at * HOUR, blocks("prompt", tokens=1_024)) for at in (0, 20)]
    assert reads(asked, "gpt-5.2", Scenario(ttl="24h"), day="2026-05-01")[1] == 1_024
    assert "24h" in replayed(asked, "gpt-4o", Scenario(ttl="24h")).note


def test_a_request_has_the_lifetime_that_it_asks_for() -> None:
    """`prompt_cache_retention`, before 24 hours became the default and after."""
    for ttl, day, read in (("24h", "2026-05-01", 1_024), ("in_memory", "2026-11-10", 0), ("", "2026-11-10", 1_024)):
        asked = [ask(at * HOUR, blocks("prompt", tokens=1_024), auto_ttl=ttl) for at in (0, 20)]
        assert reads(asked, "gpt-5.2", day=day)[1] == read


def test_a_lifetime_that_a_model_does_not_have_is_left_aside() -> None:
    asked = [ask(at * HOUR, blocks("prompt", tokens=1_024), auto_ttl="24h") for at in (0, 20)]
    assert reads(asked, "gpt-4o") == [0, 0]


@pytest.mark.parametrize(("model", "read"), [("gpt-5.2", 1_024), ("gpt-5", 1_024), ("gpt-4.1", 0), ("o3", 0)])
def test_batch_is_cached_from_gpt_5_on(model: str, read: int) -> None:
    """https://developers.openai.com/cookbook/examples/prompt_caching_201 ."""
    asked = [ask(n * MINUTE, blocks("prompt", tokens=1_024)) for n in range(2)]
    assert reads(asked, model, modifiers=("batch",))[1] == read
    assert reads(asked, model)[1] == 1_024


def test_a_read_needs_the_same_prefix_from_the_first_token() -> None:
    """A clock at the top leaves nothing to share."""
    body = block("instructions", 3_000, "system")
    asked = [OReq(n * MINUTE, None, (block(f"now {n}", 12, "system"), body)) for n in range(3)]
    assert reads(asked, "gpt-5.2") == [0, 0, 0]
