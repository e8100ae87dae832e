"""What names tell, from one table; and that a log of endless names cannot fill the memory."""

import pytest

from cachelens.sources import hints
from cachelens.sources.hints import (
    MOST_NAMES,
    modifiers_by,
    of_address,
    of_message_id,
    of_model,
    of_provider,
    write_ttl,
)


@pytest.mark.parametrize(
    ("model", "provider", "writes"),
    [
        ("claude-opus-4-5", "anthropic", "5m"),
        ("eu.anthropic.Claude-opus-5:0", "anthropic", "5m"),
        ("qwen3-max", "", "5m"),
        ("gpt-5.6", "", "30m"),
        ("", "", "30m"),
    ],
)
def test_a_model_name_tells_its_maker_and_its_class_of_writes(model: str, provider: str, writes: str) -> None:
    assert (of_model(model).provider, write_ttl(model)) == (provider, writes)


def test_ids_and_names_of_clients_tell_the_platform() -> None:
    assert [of_message_id(name).platform for name in ("msg_bdrk_1", "msg_vrtx_1", "msg_1")] == ["bedrock", "vertex", ""]
    assert of_provider("azure-openai-responses").platform == "azure"
    assert of_provider("Acme").provider == "acme"


def test_modifiers_are_named_once() -> None:
    assert modifiers_by(service_tier="fast", speed="fast", inference_geo="us") == ("fast", "us")
    assert modifiers_by(codex_tier="fast") == ("priority",)
    assert modifiers_by(service_tier="default", speed=None) == ()


def test_answers_about_names_in_logs_are_not_kept_for_ever() -> None:
    kept = [value for value in vars(hints).values() if hasattr(value, "cache_parameters") and value is not hints.hints]
    assert of_address in kept
    assert {function.cache_parameters()["maxsize"] for function in kept} == {MOST_NAMES}
