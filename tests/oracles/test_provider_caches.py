"""The slow models against the sequences that providers publish, or that others measured."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from tests.oracles.provider_caches import (
    US,
    OReq,
    OSeg,
    OUse,
    automatic_boundary,
    explicit_breakpoints,
    prefix_grid,
    stored_object,
)
from tests.strategies import MIXED_TTLS, traffic

MINUTE = 60 * US
ANTHROPIC = {"5m": 300, "1h": 3600}
OPENAI = {"30m": 1800, "12h": 43200}


def block(name: str, tokens: int = 100, kind: str = "text", *, by_model: bool = False) -> OSeg:
    return OSeg(name, tokens, kind, message_end=True, assistant=by_model)


def blocks(*names: object, kind: str = "text") -> tuple[OSeg, ...]:
    return tuple(block(str(name), kind=kind) for name in names)


def ask(
    at_us: int,
    segments: tuple[OSeg, ...],
    *marks: int,
    ttl: str = "5m",
    first: int | None = 1,
    scope: str = "",
) -> OReq:
    """Build a request whose first token is out `first` seconds after its start."""
    visible = None if first is None else at_us + first * US
    return OReq(at_us, visible, segments, tuple((m, ttl) for m in marks), scope)


def anthropic(*requests: OReq, minimum: int = 0, collapse_runs: bool = True) -> list[OUse]:
    return explicit_breakpoints(requests, ttls=ANTHROPIC, min_tokens=minimum, collapse_runs=collapse_runs)


def openai(*requests: OReq, minimum: int = 0, mode: str = "implicit") -> list[OUse]:
    return automatic_boundary(requests, ttls=OPENAI, default_ttl="30m", min_tokens=minimum, mode=mode)


# --- Explicit marks: https://platform.claude.com/docs/en/build-with-claude/prompt-caching ------------------


def test_a_mark_at_block_15_finds_the_entry_that_was_written_at_block_10() -> None:
    _, second = anthropic(
        ask(0, blocks(*range(1, 11)), 9),
        ask(MINUTE, blocks(*range(1, 16)), 14),
    )
    assert second == OUse(plain=0, read=1000, writes={"5m": 500})


def test_a_mark_on_a_block_that_always_changes_writes_each_time_and_never_reads() -> None:
    uses = anthropic(*(ask(n * MINUTE, blocks(*range(5), f"now {n}"), 5) for n in range(4)))
    assert uses == [OUse(plain=0, read=0, writes={"5m": 600})] * 4


def test_a_mark_on_the_last_stable_block_is_read() -> None:
    uses = anthropic(*(ask(n * MINUTE, blocks(*range(5), f"now {n}"), 4) for n in range(3)))
    assert uses[0] == OUse(plain=100, read=0, writes={"5m": 500})
    assert uses[1:] == [OUse(plain=100, read=500)] * 2


def test_mixed_ttls_are_billed_by_the_published_formula() -> None:
    """A = 50,000 read, B = 80,000 the last 1h mark, C = 100,000 the last mark, 5,000 behind it."""
    shared = (block("shared", 50_000),)
    whole = (*shared, block("hour", 30_000), block("minutes", 20_000), block("rest", 5_000))
    _, second = anthropic(
        OReq(0, US, shared, ((0, "1h"),)),
        OReq(MINUTE, None, whole, ((0, "1h"), (1, "1h"), (2, "5m"))),
    )
    assert second == OUse(plain=5_000, read=50_000, writes={"1h": 30_000, "5m": 20_000})


def test_a_long_ttl_behind_a_short_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="put the longer first"):
        anthropic(OReq(0, None, blocks(1, 2), ((0, "5m"), (1, "1h"))))


@pytest.mark.parametrize(("after_the_end_s", "read"), [(0, 300), (60, 300), (61, 0)])
def test_a_response_that_streams_for_four_minutes_leaves_one(after_the_end_s: int, read: int) -> None:
    """The clock starts with the request, not with the end of its response 240 s later."""
    start = (240 + after_the_end_s) * US
    _, second = anthropic(ask(0, blocks(1, 2, 3), 2), ask(start, blocks(1, 2, 3), 2))
    assert second.read == read


@pytest.mark.parametrize(("ttl", "idle_s", "read"), [("5m", 362, 0), ("1h", 365, 300), ("1h", 3601, 0)])
def test_idle_time_ends_an_entry(ttl: str, idle_s: int, read: int) -> None:
    """362 s at 5m: gone; 365 s at 1h: alive (measured in public on Sonnet 5.5, 2026-10)."""
    _, second = anthropic(ask(0, blocks(1, 2, 3), 2, ttl=ttl), ask(idle_s * US, blocks(1, 2, 3), 2, ttl=ttl))
    assert second.read == read


def test_each_read_restarts_the_clock() -> None:
    uses = anthropic(*(ask(n * 299 * US, blocks(1, 2, 3), 2) for n in range(6)))
    assert [u.read for u in uses] == [0, 300, 300, 300, 300, 300]


def test_a_longer_read_keeps_the_shorter_entry_on_its_path_alive() -> None:
    """Seen still read after eight longer reads in 7.6 minutes without a mark on it (measured, one run)."""
    longer = [ask(n * MINUTE, blocks("a", "b"), 1) for n in range(1, 9)]
    uses = anthropic(ask(0, blocks("a"), 0), *longer, ask(9 * MINUTE, blocks("a", "c"), 0))
    assert uses[-1].read == 100


def test_identical_requests_sent_together_all_miss_and_all_pay() -> None:
    together = [ask(0, blocks(1, 2, 3), 2) for _ in range(5)]
    uses = anthropic(*together, ask(US - 1, blocks(1, 2, 3), 2), ask(US, blocks(1, 2, 3), 2))
    assert uses[:6] == [OUse(plain=0, read=0, writes={"5m": 300})] * 6
    assert uses[6] == OUse(plain=0, read=300)


def test_without_a_known_first_token_only_a_strictly_later_start_reads() -> None:
    uses = anthropic(*(ask(at, blocks(1, 2), 1, first=None) for at in (0, 0, 1)))
    assert [u.read for u in uses] == [0, 0, 200]


def calls(count: int, first: int = 0) -> tuple[OSeg, ...]:
    """Sequential tool calls: each a call and its result."""
    return tuple(
        block(f"{kind} {n}", kind=kind) for n in range(first, first + count) for kind in ("tool_use", "tool_result")
    )


def test_eleven_sequential_calls_outrun_the_look_back_and_a_second_mark_rescues() -> None:
    """Seen in a real agent: read 1,693 and write 13,068; with a mark on the question 5,810 and 8,913.

    The system prompt held the 1,693 tokens and the question ended at 5,810; here a call has 400 tokens.
    """
    system, question = block("system", 1_693, "system"), block("question", 4_117)
    start = (system, question)
    grown = (*start, *(block(s.content, 400, s.kind) for s in calls(11)))
    first = OReq(0, US, start, ((0, "5m"), (1, "5m")))
    plain = OReq(MINUTE, None, grown, ((0, "5m"), (23, "5m")))
    rescued = OReq(MINUTE, None, grown, ((0, "5m"), (1, "5m"), (23, "5m")))
    assert anthropic(first, plain)[1] == OUse(plain=0, read=1_693, writes={"5m": 4_117 + 8_800})
    assert anthropic(first, rescued)[1] == OUse(plain=0, read=5_810, writes={"5m": 8_800})


@pytest.mark.parametrize(("added", "read"), [(19, 100), (20, 0)])
def test_the_window_is_20_positions_with_the_marked_block_as_the_first(added: int, read: int) -> None:
    old, new = blocks("old"), blocks(*range(added))
    assert anthropic(ask(0, old, 0), ask(MINUTE, (*old, *new), added))[1].read == read


@pytest.mark.parametrize(("collapse", "read"), [(True, 100), (False, 0)])
def test_a_run_of_parallel_calls_takes_one_position(collapse: bool, read: int) -> None:
    """Thirty calls at once and their thirty results: two positions, or sixty."""
    run = (*blocks(*range(30), kind="tool_use"), *blocks(*range(30), kind="tool_result"))
    asked = (ask(0, blocks("old"), 0), ask(MINUTE, (*blocks("old"), *run), 60))
    assert anthropic(*asked, collapse_runs=collapse)[1].read == read


def test_sequential_calls_do_not_collapse() -> None:
    """A call and a result alternate, so each is a position of its own."""
    asked = (ask(0, blocks("old"), 0), ask(MINUTE, (*blocks("old"), *calls(10)), 20))
    assert anthropic(*asked)[1].read == 0


def test_parameters_take_no_position_but_part_the_prefix() -> None:
    def sent(effort: str, added: int) -> tuple[OSeg, ...]:
        return (OSeg(effort, 0, "params"), *blocks("old", *range(added)))

    asked = ask(0, sent("low", 0), 1)
    assert anthropic(asked, ask(MINUTE, sent("low", 19), 20))[1].read == 100
    assert anthropic(asked, ask(MINUTE, sent("high", 0), 1))[1].read == 0


def test_below_the_minimum_nothing_is_cached_and_nothing_is_said() -> None:
    small, enough = (block("s", 1_023),), (block("s", 1_023), block("t", 1))
    uses = anthropic(
        ask(0, small, 0), ask(MINUTE, small, 0), ask(2 * MINUTE, enough, 0, 1), ask(3 * MINUTE, enough, 1),
        minimum=1_024,
    )  # fmt: skip
    assert uses[:2] == [OUse(plain=1_023, read=0)] * 2
    assert uses[2:] == [OUse(plain=0, read=0, writes={"5m": 1_024}), OUse(plain=0, read=1_024)]


def test_of_five_marks_the_last_four_count() -> None:
    first, second = anthropic(ask(0, blocks(*range(5)), 0, 1, 2, 3, 4), ask(MINUTE, blocks(0, "other"), 0))
    assert first.writes == {"5m": 500}
    assert second.read == 0


def test_a_mark_with_another_ttl_misses_when_ttls_are_part_of_the_key() -> None:
    """31,001 tokens written again after the marks went from 5m to 1h (measured, one run)."""
    asked = (ask(0, blocks(1), 0), ask(MINUTE, blocks(1), 0, ttl="1h"))
    keyed = explicit_breakpoints(asked, ttls=ANTHROPIC, min_tokens=0, ttl_in_key=True)
    assert keyed[1] == OUse(plain=0, read=0, writes={"1h": 100})
    assert anthropic(*asked)[1] == OUse(plain=0, read=100)


def test_scopes_share_nothing() -> None:
    assert anthropic(ask(0, blocks(1), 0, scope="a"), ask(MINUTE, blocks(1), 0, scope="b"))[1].read == 0


# --- Automatic boundaries: https://developers.openai.com/api/docs/guides/prompt-caching --------------------


def test_a_shared_first_half_that_nobody_marked_is_a_miss() -> None:
    half = block("half", 2_000)
    first, second = openai(ask(0, (half, block("a", 2_000))), ask(MINUTE, (half, block("b", 2_000))), minimum=1_024)
    assert first == second == OUse(plain=0, read=0, writes={"30m": 4_000})


def test_a_marked_first_half_is_read() -> None:
    half = block("half", 2_000, "system")
    uses = openai(*(ask(n * MINUTE, (half, block(f"q{n}", 500)), 0, ttl="30m") for n in range(3)), minimum=1_024)
    assert uses[0] == OUse(plain=0, read=0, writes={"30m": 2_500})
    assert uses[1:] == [OUse(plain=0, read=2_000, writes={"30m": 500})] * 2


def test_a_conversation_reads_up_to_its_last_user_message() -> None:
    one = (block("system", 1_500, "system"), block("q1", 100))
    two = (*one, block("a1", 300, by_model=True), block("q2", 100))
    first, second = openai(ask(0, one), ask(MINUTE, two), minimum=1_024)
    assert first == OUse(plain=0, read=0, writes={"30m": 1_600})
    assert second == OUse(plain=0, read=1_600, writes={"30m": 400})


def test_one_write_and_one_read_cost_1_35_and_ten_requests_2_15_times_one() -> None:
    """Write 1.25, read 0.1: the guide's own sums."""

    def relative_cost(requests: int) -> Decimal:
        uses = openai(*(ask(n * MINUTE, (block("prompt", 2_000),)) for n in range(requests)))
        units = sum(u.plain + u.writes.get("30m", 0) * Decimal("1.25") + u.read * Decimal("0.1") for u in uses)
        return Decimal(units) / 2_000

    assert relative_cost(2) == Decimal("1.35")
    assert relative_cost(10) == Decimal("2.15")


@pytest.mark.parametrize(("tokens", "read"), [(1_023, 0), (1_024, 1_024)])
def test_boundaries_start_at_1024_tokens(tokens: int, read: int) -> None:
    asked = [ask(n * MINUTE, (block("prompt", tokens),)) for n in range(2)]
    assert openai(*asked, minimum=1_024)[1].read == read


def test_explicit_mode_without_marks_reads_and_writes_nothing() -> None:
    asked = [ask(n * MINUTE, (block("prompt", 2_000),)) for n in range(2)]
    assert openai(*asked, mode="explicit") == [OUse(plain=2_000, read=0)] * 2


def test_a_write_or_a_read_keeps_an_entry_for_thirty_minutes() -> None:
    asked = [ask(at * MINUTE, (block("prompt", 2_000),)) for at in (0, 30, 60, 91)]
    assert [u.read for u in openai(*asked)] == [0, 2_000, 2_000, 0]


# --- Grids -------------------------------------------------------------------------------------------------


def text(tokens: int, letter: str = "a") -> OSeg:
    """One character for each token, as `prefix_grid` wants it."""
    return OSeg(letter * tokens, tokens, "text", message_end=True)


def second_read(
    shared: int, tail: int, *, grid: int, first: int, minimum: int, hidden_tokens: int = 0, reported_rounding: int = 1
) -> int:
    """What a prompt reads that shares its first tokens with an earlier one of the same length."""
    asked = [ask(n * MINUTE, (text(shared), text(tail, "xy"[n]))) for n in range(2)]
    uses = prefix_grid(
        asked,
        grid=grid,
        first_step=first,
        min_tokens=minimum,
        ttl_s=600,
        hidden_tokens=hidden_tokens,
        reported_rounding=reported_rounding,
    )
    return uses[1].read


@pytest.mark.parametrize(
    ("shared", "read"), [(1_023, 0), (1_024, 1_024), (1_151, 1_024), (1_152, 1_152), (2_006, 1_920)]
)
def test_reads_are_multiples_of_128_from_1024_on(shared: int, read: int) -> None:
    """2,006 prompt tokens with 1,920 cached is the example in OpenAI's announcement of 2024-10-01."""
    assert second_read(shared, 100, grid=128, first=1_024, minimum=1_024) == read


def test_a_prompt_below_1024_tokens_is_not_cached() -> None:
    asked = [ask(n * MINUTE, (text(1_023),)) for n in range(2)]
    assert prefix_grid(asked, grid=128, first_step=128, min_tokens=1_024, ttl_s=600)[1].read == 0


@pytest.mark.parametrize(
    ("prompt", "read"),
    [(834, 768), (1_638, 1_536), (4_035, 3_840), (12_035, 12_032), (32_039, 32_000)],
)
def test_kimi_floors_to_256(prompt: int, read: int) -> None:
    """Pairs measured on kimi-for-coding: https://github.com/Leechael/pi-provider-kimi-code ."""
    assert second_read(prompt - 1, 1, grid=256, first=256, minimum=256) == read


@pytest.mark.parametrize(("shared", "read"), [(12_100, 10_112), (12_200, 12_160), (2_048, 1_920)])
def test_gpt_5_5_steps_by_2048_from_the_start_of_its_hidden_message(shared: int, read: int) -> None:
    """Two-valued reads of 10,112 and 12,160 in prompts of about 12,400 tokens (measured).

    They are 5 and 6 steps of 2,048 less the hidden message, which must then hold 1 to 128 tokens; here 120.
    """
    assert (
        second_read(shared, 200, grid=2_048, first=2_048, minimum=2_048, hidden_tokens=120, reported_rounding=128)
        == read
    )


def test_a_grid_forgets_after_its_ttl_and_each_use_restarts_it() -> None:
    asked = [ask(at * US, (text(1_024),)) for at in (0, 600, 1_200, 1_801)]
    uses = prefix_grid(asked, grid=128, first_step=1_024, min_tokens=1_024, ttl_s=600)
    assert [u.read for u in uses] == [0, 1_024, 1_024, 0]


# --- Stored objects: https://ai.google.dev/gemini-api/docs/caching -----------------------------------------


def test_an_object_is_written_once_read_whole_and_paid_by_the_hour() -> None:
    held = block("corpus", 3_000_000)
    asked = [ask(n * 20 * MINUTE, (held, block(f"q{n}", 50)), 0, ttl="") for n in range(4)]
    uses, token_hours = stored_object(asked, min_tokens=2_048)
    assert uses[0] == OUse(plain=50, read=3_000_000, writes={"object": 3_000_000})
    assert uses[1:] == [OUse(plain=50, read=3_000_000)] * 3
    assert token_hours == 3_000_000


def test_use_does_not_extend_an_object() -> None:
    asked = [ask(at * MINUTE, (block("corpus", 3_000),), 0, ttl="") for at in (0, 59, 61)]
    uses, token_hours = stored_object(asked, min_tokens=2_048)
    assert [u.writes for u in uses] == [{"object": 3_000}, {}, {"object": 3_000}]
    assert token_hours == 6_000


@pytest.mark.parametrize(
    ("rent", "plain", "read", "reads_an_hour"),
    [("4.50", "2.00", "0.20", "2.5"), ("0.50", "0.75", "0.075", "0.741")],
)
def test_rent_pays_from_so_many_full_reads_an_hour(rent: str, plain: str, read: str, reads_an_hour: str) -> None:
    """Gemini 3.1 Pro and 3.8 Flash: rent / (plain - read), https://ai.google.dev/gemini-api/docs/pricing ."""
    hours = 1_000
    asked = [ask(0, (block("corpus", 1_000_000),), 0, ttl="")]
    (_, token_hours) = stored_object(asked, min_tokens=0, ttl_s=hours * 3_600)
    owed = Decimal(rent) * int(token_hours) / 1_000_000
    saved_by_a_read = Decimal(plain) - Decimal(read)
    assert round(owed / saved_by_a_read / hours, 3) == Decimal(reads_an_hour)


# --- Laws --------------------------------------------------------------------------------------------------


@given(traffic(ttls=MIXED_TTLS))
def test_explicit_counts_are_disjoint_and_whole(requests: list[OReq]) -> None:
    for request, use in zip(requests, anthropic(*requests, minimum=20), strict=True):
        assert use.total == request.total
        assert min(use.plain, use.read, *use.writes.values()) >= 0


@given(traffic(ttls=("30m",)))
def test_automatic_counts_are_disjoint_and_whole(requests: list[OReq]) -> None:
    for request, use in zip(requests, openai(*requests, minimum=20), strict=True):
        assert use.total == request.total
        assert min(use.plain, use.read, *use.writes.values()) >= 0


@given(traffic())
def test_a_finer_grid_reads_at_least_as_much(requests: list[OReq]) -> None:
    fine, coarse = (prefix_grid(requests, grid=step, first_step=step, min_tokens=0, ttl_s=300) for step in (8, 32))
    assert all(f.read >= c.read for f, c in zip(fine, coarse, strict=True))
