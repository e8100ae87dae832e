"""Finding a model by the name that a log wrote."""

import json
from pathlib import Path

import pytest

from cachelens.errors import UnknownModelError
from cachelens.providers.loading import load_pricing


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude-opus-4-5-20251101", "claude-opus-4-5"),
        ("claude-sonnet-4-0", "claude-sonnet-4"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("claude-3-5-haiku-latest", "claude-haiku-3-5"),
        ("claude-3.5-haiku", "claude-haiku-3-5"),
        ("claude-3-opus-20240229", "claude-opus-3"),
        ("claude-4-sonnet", "claude-sonnet-4"),
        ("anthropic/claude-sonnet-4.6", "claude-sonnet-4-6"),
        ("anthropic/claude-3.7-sonnet:thinking", "claude-sonnet-3-7"),
        ("claude-opus-4-5@20251101", "claude-opus-4-5"),
        ("vertex_ai/claude-opus-4-5@20251101", "claude-opus-4-5"),
        ("openrouter/anthropic/claude-opus-4.5", "claude-opus-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock/us.anthropic.claude-sonnet-4-5"),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock/us.anthropic.claude-sonnet-4-5"),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock/us.anthropic.claude-sonnet-4-5"),
        ("bedrock/global.anthropic.claude-opus-5", "bedrock/global.anthropic.claude-opus-5"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-6-v1",
            "bedrock/us.anthropic.claude-opus-4-6",
        ),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("GPT-5-Codex", "gpt-5"),
        ("gpt-5.6", "gpt-5.6-sol"),
        ("azure/gpt-4o", "azure/gpt-4o"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("gemini-2.5-pro-preview-05-06", "gemini-2.5-pro"),
        ("publishers/google/models/gemini-3.8-flash", "gemini-3.8-flash"),
        ("accounts/fireworks/models/kimi-k3", "fireworks/kimi-k3"),
        ("groq/openai/gpt-oss-120b", "openai/gpt-oss-120b"),
        ("z-ai/glm-4.6", "glm-4.6"),
        ("minimax/minimax-m2", "MiniMax-M2"),
        (" claude-opus-5 ", "claude-opus-5"),
    ],
)
def test_a_name_from_a_log_finds_its_model(name: str, expected: str) -> None:
    assert load_pricing().resolve(name).id == expected


@pytest.mark.parametrize(
    ("name", "where", "expected"),
    [
        ("gpt-4o", {"platform": "azure"}, "azure/gpt-4o"),
        ("gpt-4o", {"provider": "azure"}, "azure/gpt-4o"),
        ("claude-opus-5", {"platform": "bedrock"}, "bedrock/global.anthropic.claude-opus-5"),
        ("claude-opus-5", {"provider": "anthropic", "platform": "vertex"}, "claude-opus-5"),
        ("claude-opus-5", {"provider": "openrouter"}, "claude-opus-5"),
        ("deepseek-flash", {"provider": "openai"}, "deepseek-flash"),
        ("openai/gpt-oss-120b", {"provider": "groq"}, "openai/gpt-oss-120b"),
        ("gpt-oss-120b", {"provider": "cerebras"}, "cerebras/gpt-oss-120b"),
        ("kimi-k3", {"provider": "fireworks"}, "fireworks/kimi-k3"),
        ("kimi-k3", {}, "kimi-k3"),
    ],
)
def test_where_it_was_served_decides_between_equal_names(name: str, where: dict[str, str], expected: str) -> None:
    assert load_pricing().resolve(name, **where).id == expected


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("gpt-4o", {"provider": "groq"}),
        ("openai/gpt-oss-120b", {"provider": "openrouter"}),
        ("gpt-4o", {"platform": "bedrock"}),
        ("openai.gpt-5.5", {}),
        ("google/gemini-2.5-flash:free", {}),
        ("<synthetic>", {}),
        ("", {}),
    ],
)
def test_another_sellers_price_never_stands_in(name: str, where: dict[str, str]) -> None:
    assert load_pricing().try_resolve(name, **where) is None


def test_an_unknown_model_names_near_matches_and_the_next_step() -> None:
    with pytest.raises(UnknownModelError) as caught:
        load_pricing().resolve("claude-opus-5-1", platform="bedrock")
    assert "claude-opus-5-1" in caught.value.message
    assert "at bedrock" in caught.value.message
    assert "claude-opus-5-5" in caught.value.message
    assert "--pricing" in caught.value.hint


def test_a_hopeless_name_has_no_near_match() -> None:
    assert load_pricing().near("zzzzzzzz") == []


@pytest.mark.parametrize("name", ["a-" * 5000, "us." * 3000, "claude-" + "9" * 5000, "-20250101" * 500])
def test_a_hostile_name_is_only_unknown(name: str) -> None:
    assert load_pricing().try_resolve(name) is None


def test_most_requests_of_the_real_logs_have_a_price(real_data: Path) -> None:
    book = load_pricing()
    seen: dict[str, int] = {}
    for session in json.loads((real_data / "sessions" / "MANIFEST.json").read_text("utf-8")):
        for name, count in session["models"].items():
            seen[name] = seen.get(name, 0) + count
    for index in (real_data / "cassettes").glob("*/index.jsonl"):
        for line in index.read_text("utf-8").splitlines():
            if name := json.loads(line).get("model"):
                seen[name] = seen.get(name, 0) + 1
    priced = sum(count for name, count in seen.items() if book.try_resolve(name))
    assert priced / sum(seen.values()) > 0.9


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("litellm_proxy/claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("litellm_proxy/deepseek/deepseek-chat", "deepseek-v3.2"),
        ("bedrock/us-east-1/anthropic.claude-sonnet-4-20250514-v1:0", "bedrock/us.anthropic.claude-sonnet-4"),
        ("bedrock/us-gov-east-1/anthropic.claude-sonnet-4-20250514-v1:0", "bedrock/us.anthropic.claude-sonnet-4"),
        ("claude-sonnet-4-5-thinking", "claude-sonnet-4-5"),
        ("openai/responses/gpt-5", "gpt-5"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("vertex_ai/gemini-2.5-pro", "gemini-2.5-pro"),
    ],
)
def test_gateways_regions_and_settings_are_no_part_of_a_name(name: str, expected: str) -> None:
    assert load_pricing().resolve(name).id == expected


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ft:gpt-4o-2024-08-06:org::id", "gpt-4o"),
        ("bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-sonnet-3-5"),
        ("github_copilot/gpt-4o", "gpt-4o"),
        ("kimi-k2-thinker", "kimi-k2"),
    ],
)
def test_a_name_that_costs_something_else_stays_unknown_and_names_what_is_near(name: str, near: str) -> None:
    book = load_pricing()
    assert book.try_resolve(name) is None
    assert near in book.near(name)
