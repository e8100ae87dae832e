"""Bedrock, Qwen, MiniMax, Kimi, DeepSeek and others, on the real engine with the real rules."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cachelens.layouts.boundaries import boundary
from cachelens.model.result import Status
from cachelens.model.scenario import Scenario
from cachelens.providers.dates import day_us
from cachelens.replay.engine import Replayer
from tests.oracles.traffic import US, OReq, OUse
from tests.problems import trace_of
from tests.replays import BOOK, DAY, HOUR, MINUTE, ask, bills, block, blocks, reads, replayed

QWEN = "qwen3.7-max"
KIMI = "kimi-k3"


def pair(tokens: int, *places: int, gap: int = MINUTE) -> list[OReq]:
    """Ask the same twice."""
    return [ask(n * gap, blocks("prompt", tokens=tokens), *places) for n in range(2)]


# --- Bedrock: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html -----------------------


@pytest.mark.parametrize(
    ("model", "day", "least"),
    [
        ("us.anthropic.claude-opus-4-7", DAY, 4_096),
        ("us.anthropic.claude-haiku-4-5", DAY, 4_096),
        ("us.anthropic.claude-sonnet-4-6", "2026-04-15", 2_048),
        ("us.anthropic.claude-opus-5", DAY, 512),
        ("us.amazon.nova-pro-v1", DAY, 1_024),
    ],
)
def test_bedrock_has_minimums_of_its_own(model: str, day: str, least: int) -> None:
    """Sonnet 4.6 was seen to fail at 2,038 and to work at 2,067 tokens in 2026-04:
    https://github.com/BerriAI/litellm-docs/pull/49 .
    """
    assert reads(pair(least - 1, 0), model, day=day, platform="bedrock") == [0, 0]
    assert reads(pair(least, 0), model, day=day, platform="bedrock") == [0, least]


def test_bedrock_resets_five_minutes_on_a_hit_and_takes_an_hour_before_five_minutes() -> None:
    prompt = (block("system", 5_000, "system"), block("question", 500))
    marks = ((0, "1h"), (1, "5m"))
    asked = [OReq(at * MINUTE, None, prompt, marks) for at in (0, 5, 10, 16)]
    assert bills(asked, "us.anthropic.claude-opus-5", platform="bedrock") == [
        OUse(plain=0, read=0, writes={"1h": 5_000, "5m": 500}),
        OUse(plain=0, read=5_500),
        OUse(plain=0, read=5_500),
        OUse(plain=0, read=5_000, writes={"5m": 500}),
    ]


@pytest.mark.parametrize(("model", "read"), [("claude-sonnet-4-5", 5_000), ("claude-opus-4-1", 0)])
def test_bedrock_keeps_an_hour_for_claude_4_5_and_later_only(model: str, read: int) -> None:
    asked = [ask(at, blocks("prompt", tokens=5_000), 0, ttl="1h") for at in (0, HOUR)]
    result = replayed(asked, f"us.anthropic.{model}", platform="bedrock")
    assert result.read.tolist() == [0, read]
    assert any("not offered there" in remark for remark in result.remarks) == (read == 0)
    for_an_hour = Scenario(boundary="full-context", ttl="1h")
    asked_for = replayed(asked, f"us.anthropic.{model}", for_an_hour, platform="bedrock")
    assert (asked_for.status is Status.IMPOSSIBLE) == (read == 0)


def test_bedrock_caches_on_demand_calls_only() -> None:
    model = "us.anthropic.claude-opus-5"
    assert bills(pair(5_000, 0), model, modifiers=("batch",)) == [OUse(plain=5_000, read=0)] * 2
    assert reads(pair(5_000, 0), model)[1] == 5_000


# --- Qwen: https://www.alibabacloud.com/help/en/model-studio/context-cache -----------------------------------


@pytest.mark.parametrize(("places", "written"), [((), {}), ((0,), {"5m": 1_024})])
def test_qwen_caches_from_1024_tokens_with_marks_or_without(places: tuple[int, ...], written: dict[str, int]) -> None:
    assert reads(pair(1_023, *places), QWEN) == [0, 0]
    plain = 1_024 - sum(written.values())
    assert bills(pair(1_024, *places), QWEN) == [OUse(plain, 0, written), OUse(plain=0, read=1_024)]


def test_a_qwen_entry_is_there_once_the_response_has_ended() -> None:
    """Twenty seconds here, the first token after one."""
    asked = [ask(at * US, blocks("prompt", tokens=2_000), 0) for at in (0, 19, 20)]
    found = reads(asked, QWEN, end_us=day_us(DAY) + 20 * US)
    assert found == [0, 0, 2_000]


def test_qwen_marks_on_tools_are_ignored_though_tools_are_in_the_prefix() -> None:
    tools = block("tools", 2_000, "tool")
    asked = [ask(n * MINUTE, (tools, block(f"q{n}", 100)), 0) for n in range(2)]
    assert bills(asked, QWEN) == [OUse(plain=2_100, read=0)] * 2
    whole = [ask(n * MINUTE, (tools, block("q", 100)), 0, 1) for n in range(2)]
    assert bills(whole, QWEN) == [OUse(plain=0, read=0, writes={"5m": 2_100}), OUse(plain=0, read=2_100)]


def test_qwen_offers_five_minutes_only_and_a_hit_resets_them() -> None:
    asked = [ask(at * MINUTE, blocks("prompt", tokens=2_000), 0) for at in (0, 5, 10, 16)]
    assert reads(asked, QWEN) == [0, 2_000, 2_000, 0]
    headed = [ask(0, (block("system", 2_000, "system"), block("q", 10)))]
    refused = replayed(headed, QWEN, Scenario(boundary="system-only", ttl="1h"))
    assert refused.status is Status.IMPOSSIBLE
    assert "1h" in refused.note


@pytest.mark.parametrize(("added", "read"), [(19, 2_000), (20, 0)])
def test_qwen_looks_back_20_blocks(added: int, read: int) -> None:
    old = blocks("old", tokens=2_000)
    assert reads([ask(0, old, 0), ask(MINUTE, (*old, *blocks(*range(added))), added)], QWEN)[1] == read


# --- MiniMax: https://platform.minimax.io/docs/api-reference/anthropic-api-compatible-cache ------------------


@pytest.mark.parametrize("model", ["MiniMax-M2", "MiniMax-M2.7"])
def test_minimax_marks_write_from_512_tokens_for_five_minutes(model: str) -> None:
    assert reads(pair(511, 0), model) == [0, 0]
    asked = [ask(at * MINUTE, blocks("prompt", tokens=512), 0) for at in (0, 5, 11)]
    again = OUse(plain=0, read=0, writes={"5m": 512})
    assert bills(asked, model) == [again, OUse(plain=0, read=512), again]


def test_minimax_without_marks_bills_no_writes() -> None:
    """https://platform.minimax.io/docs/api-reference/text-prompt-caching ."""
    assert bills(pair(512), "MiniMax-M2") == [OUse(plain=512, read=0), OUse(plain=0, read=512)]
    assert reads(pair(511), "MiniMax-M2") == [0, 0]


def test_the_newest_minimax_has_no_marks() -> None:
    assert bills(pair(600, 0), "MiniMax-M3") == [OUse(plain=600, read=0), OUse(plain=0, read=600)]


# --- Kimi: https://platform.kimi.com/docs/guide/context-caching.md -------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "read"), [(834, 768), (1_638, 1_536), (4_035, 3_840), (12_035, 12_032), (32_039, 32_000)]
)
def test_kimi_floors_to_256(prompt: int, read: int) -> None:
    """Measured: https://github.com/Leechael/pi-provider-kimi-code ."""
    asked = [ask(n * MINUTE, (block("shared", prompt - 1), block(f"end {n}", 1))) for n in range(2)]
    assert reads(asked, KIMI)[1] == read


def test_a_growing_kimi_conversation_reads_as_measured() -> None:
    """Prompts of 11,250 tokens and 22 more each time: https://github.com/Leechael/pi-provider-kimi-code ."""
    turns = (block("start", 11_250), *(block(f"turn {n}", 22) for n in range(4)))
    asked = [ask(n * MINUTE, turns[: n + 1]) for n in range(5)]
    assert reads(asked, KIMI) == [0, 11_008, 11_264, 11_264, 11_264]


def test_kimi_bills_whole_blocks_as_written_and_reads_a_resend_whole() -> None:
    assert bills(pair(1_000), KIMI) == [OUse(plain=232, read=0, writes={"5m": 768}), OUse(plain=0, read=1_000)]


@pytest.mark.parametrize(("ttl", "idle", "read"), [("", 5 * MINUTE + 1, 0), ("1h", HOUR, 1_000), ("1h", HOUR + 1, 0)])
def test_kimi_keeps_five_minutes_or_an_hour(ttl: str, idle: int, read: int) -> None:
    assert reads(pair(1_000, gap=idle), KIMI, Scenario(ttl=ttl))[1] == read


def test_a_kimi_request_asks_for_its_own_lifetime_and_pays_for_it() -> None:
    """`prompt_cache_options.ttl`: five minutes cost what plain input costs, an hour twice as much."""
    prompt = blocks("prompt", tokens=1_024)
    asked = [ask(at, prompt, auto_ttl="1h") for at in (0, HOUR, 2 * HOUR + 1)]
    written = OUse(plain=0, read=0, writes={"1h": 1_024})
    assert bills(asked, KIMI) == [written, OUse(plain=0, read=1_024), written]


def test_a_kimi_prefix_keeps_the_lifetime_of_its_first_write() -> None:
    """An hour asked for later holds for what is new, which cannot be read once what stands before it is gone."""
    short, longer = blocks("a", tokens=512), blocks("a", "b", tokens=512)
    asked = [ask(0, short), ask(MINUTE, longer, auto_ttl="1h"), ask(6 * MINUTE, longer), ask(12 * MINUTE, longer)]
    assert bills(asked, KIMI) == [
        OUse(plain=0, read=0, writes={"5m": 512}),
        OUse(plain=0, read=512, writes={"1h": 512}),
        OUse(plain=0, read=1_024),
        OUse(plain=0, read=0, writes={"5m": 1_024}),
    ]


def test_kimi_counts_what_was_written_and_never_read() -> None:
    asked = [ask(n * MINUTE, (block("shared", 512), block(f"q{n}", 512))) for n in range(3)]
    assert bills(asked, KIMI)[1:] == [OUse(plain=0, read=512, writes={"5m": 512})] * 2
    assert replayed(asked, KIMI).unread.tolist() == [512, 512, 512]


# --- Caches that are replayed in part ------------------------------------------------------------------------


def test_deepseek_is_a_preview_that_says_what_it_leaves_out() -> None:
    """Units, not tokens, match; their length is not published: https://api-docs.deepseek.com/guides/kv_cache ."""
    result = replayed(pair(5_000), "deepseek-flash")
    assert result.status is Status.PREVIEW
    assert "token step" in result.note
    assert "building an entry takes seconds" in result.note


def test_deepseek_keeps_its_users_apart() -> None:
    """`user_id`: https://api-docs.deepseek.com/guides/kv_cache ."""
    prompt = (block("prompt", 5_000),)
    trace = trace_of([ask(n * MINUTE, prompt) for n in range(4)], model="deepseek-flash", since_us=day_us(DAY))
    users = np.array([0, 1, 0, 1], dtype=np.int32)
    apart = dataclasses.replace(trace, requests={**trace.requests, "tenant": users})
    as_recorded = boundary("as-recorded").place(trace)
    assert Replayer(trace, BOOK).replay(Scenario(), as_recorded).read.tolist() == [0, 5_000, 5_000, 5_000]
    assert Replayer(apart, BOOK).replay(Scenario(), as_recorded).read.tolist() == [0, 0, 5_000, 5_000]


@pytest.mark.parametrize(("shared", "read"), [(63, 0), (64, 64), (1_013, 960)])
def test_mistral_steps_by_64_and_needs_a_key(shared: int, read: int) -> None:
    """https://docs.mistral.ai/studio-api/conversations/advanced/prompt-caching ."""
    prompts = [(block("shared", shared), block(f"q{n}", 10)) for n in range(2)]
    keyed = [ask(n * MINUTE, prompt, scope="key") for n, prompt in enumerate(prompts)]
    assert reads(keyed, "mistral-large-4")[1] == read
    assert reads([ask(n * MINUTE, prompt) for n, prompt in enumerate(prompts)], "mistral-large-4") == [0, 0]


def test_groq_forgets_two_hours_after_the_last_use() -> None:
    """https://console.groq.com/docs/prompt-caching ."""
    asked = [ask(at, blocks("prompt", tokens=2_000)) for at in (0, 2 * HOUR, 4 * HOUR, 6 * HOUR + 1)]
    assert reads(asked, "groq/openai/gpt-oss-120b") == [0, 2_000, 2_000, 0]


def test_fireworks_reads_a_resend_but_for_the_last_token() -> None:
    """Measured, 150 of 158 and 36 of 43 times: https://github.com/InfronAI/prompt-cache-bench ."""
    model = "fireworks/kimi-k3"
    assert reads(pair(1_640), model)[1] == 1_639
