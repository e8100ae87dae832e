"""Facts that the sources follow when they read a log stand in the rule files too: the two must say the same."""

from __future__ import annotations

import pytest

from cachelens.prompts.tokens import TOKENIZER
from cachelens.providers.loading import load_pricing
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import Accounting, Effect
from cachelens.sources.dialect_parameters import parameter_table
from cachelens.sources.dialects import DIALECTS

BOOK = load_pricing()

LEVELS = {Effect.ALL: "ROOT", Effect.SYSTEM: "SYSTEM", Effect.MESSAGES: "MESSAGES"}

ANTHROPIC = {
    "tool_choice": "tool_choice",
    "disable_parallel_tool_use": "tool_choice",
    "thinking": "thinking",
    "effort": "output_config",
    "speed": "speed",
}
CHAT = {
    "parallel_tool_calls": "parallel_tool_calls",
    "effort": "reasoning_effort",
    "verbosity": "verbosity",
    "context_management": "context_management",
}
RESPONSES = CHAT | {"effort": "reasoning", "verbosity": "text"}
WIRES = [
    ("anthropic_messages", "anthropic", ANTHROPIC),
    ("openai_56_plus", "openai_chat", CHAT),
    ("openai_56_plus", "openai_responses", RESPONSES),
    ("openai_55", "openai_responses", RESPONSES),
    ("openai_pre55", "openai_chat", CHAT),
]
"""Profile, dialect, and the parameter of a request under which each effect is found."""

CONTENT = {
    "model": "models never share a cache: replay/assign.py",
    "tool_definitions": "segments of the first level",
    "web_search": "a switch of the system level: dialect_parameters.web_tools",
    "web_fetch": "a switch of the system level: dialect_parameters.web_tools",
    "text_format": "a segment of its own between tools and system, as it is rendered",
    "image_detail": "part of the image's own bytes",
    "allowed_tools": "no part of the prompt",
    "tool_choice_none": "no part of the prompt",
}
"""Effects that follow from the content."""

NOT_MADE = {"citations", "images_present", "service_tier"}
"""Effects that no source makes; `leaves_out` names them."""


@pytest.mark.parametrize(
    ("profile", "dialect", "names"), WIRES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_parameter_voids_the_same_level_in_both_tables(profile: str, dialect: str, names: dict[str, str]) -> None:
    effects = BOOK.profiles[profile].key.parameter_effects
    table = parameter_table(dialect)
    assert set(effects) - set(CONTENT) - NOT_MADE <= set(names)
    for effect, wire in names.items():
        if effect in effects:
            assert table[wire].level == LEVELS[effects[effect]], effect


def test_no_parameter_is_in_a_key_without_a_rule_that_says_so() -> None:
    for dialect in {dialect for _, dialect, _ in WIRES}:
        known = {wire for _, name, names in WIRES if name == dialect for wire in names.values()}
        # Gateways take the effort under the name of the other dialect too.
        assert set(parameter_table(dialect)) - known <= {RESPONSES["effort"]}, dialect


def test_every_effect_is_made_or_named_as_left_out() -> None:
    words = {"citations": "citations", "images_present": "image", "service_tier": "service tier"}
    for profile in BOOK.profiles.values():
        for effect in NOT_MADE & set(profile.key.parameter_effects):
            if profile.status == "stable":
                assert words[effect] in profile.leaves_out, (profile.id, effect)


ORDER = ("hidden", "tools", "schema", "system", "messages")
"""How the dialects put a prompt together."""


@pytest.mark.parametrize("profile", BOOK.profiles.values(), ids=lambda p: p.id)
def test_prompts_are_put_together_in_the_order_of_the_key(profile: CacheProfile) -> None:
    places = [ORDER.index(level) for level in profile.key.order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("dialect", "profiles"),
    [
        ("anthropic", ["anthropic_messages"]),
        ("bedrock_converse", ["bedrock", "bedrock_nova"]),
        ("gemini", ["gemini_implicit", "gemini_explicit"]),
        ("openai_responses", ["openai_56_plus", "openai_55", "openai_pre55", "openai_pre55_memory", "bedrock_openai"]),
        ("openai_chat", ["openai_56_plus", "deepseek", "xai", "mistral", "kimi_k3", "qwen_explicit", "zai", "groq"]),
    ],
)
def test_usage_is_converted_as_the_provider_counts(dialect: str, profiles: list[str]) -> None:
    counted = {True: Accounting.EXCLUSIVE, False: Accounting.INCLUSIVE}[DIALECTS[dialect].exclusive]
    assert {BOOK.profiles[name].accounting for name in profiles} == {counted}


def test_no_file_names_another_tokenizer_than_the_one_that_counts() -> None:
    named = [p.tokenizer for p in BOOK.profiles.values()] + [m.tokenizer for m in BOOK.models.values()]
    assert {tokenizer.name for tokenizer in named if tokenizer is not None} == {TOKENIZER}
