"""`cachelens pricing`: what a user sees of prices, and what a pipeline learns from the exit code."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cachelens.cli.pricing import app
from cachelens.errors import UnknownModelError, UsageError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def output(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def own_file(tmp_path: Path, checked: str = "2026-11-23") -> str:
    path = tmp_path / "ours.yaml"
    path.write_text(
        "provider: {id: openai}\nsources: {ours: our contract}\nmodels:\n  - id: gpt-5.5\n    prices:\n"
        f"      - {{input: 4.20, output: 25, sources: [ours], checked: {checked}}}\n",
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "--provider", "aws"),
        ("show", "deepseek-flash"),
        ("show", "gemini-2.5-pro"),
        ("show", "bedrock/us.anthropic.claude-haiku-5-5"),
        ("check", "--today", "2026-11-23"),
    ],
)
def test_every_line_fits_eighty_columns(arguments: tuple[str, ...]) -> None:
    """But an address, which cannot be broken."""
    wide = [line for line in output(*arguments).splitlines() if len(line) > 80 and "://" not in line]
    assert wide == []


def test_list_shows_the_price_in_force_of_every_provider() -> None:
    lines = output("list").splitlines()
    assert "  claude-sonnet-5-5     2     10  0.1     2.5/4" in lines
    assert any(line.startswith("openai: OpenAI, ") for line in lines)
    assert any(line.split() == ["gemini-4-argon", "2", "10", "0.1", "-"] for line in lines)


def test_list_of_one_provider_leaves_out_the_others() -> None:
    text = output("list", "--provider", "mistral")
    assert "mistral-large-4" in text
    assert "claude" not in text


def test_an_unknown_provider_is_a_usage_error_that_names_the_known_ones() -> None:
    error = run("list", "--provider", "acme").exception
    assert isinstance(error, UsageError)
    assert "anthropic" in error.hint


def test_a_provider_without_models_is_listed_as_such() -> None:
    text = output("list", "--provider", "openrouter")
    assert text.startswith("openrouter: OpenRouter, 0 models\n  No model is priced here yet")


@pytest.mark.parametrize("command", [("list",), ("show", "gpt-4o")])
def test_a_misspelt_provider_is_a_usage_error_with_near_matches(command: tuple[str, ...]) -> None:
    error = run(*command, "--provider", "antropic").exception
    assert isinstance(error, UsageError)
    assert error.hint == "did you mean anthropic?"


def test_show_refuses_a_provider_that_nobody_knows_and_names_platforms_too() -> None:
    error = run("show", "gpt-4o", "--provider", "nosuch").exception
    assert isinstance(error, UsageError)
    assert "anthropic" in error.hint
    assert "bedrock" in error.hint


def test_list_for_programs() -> None:
    shape = json.loads(output("list", "--provider", "mistral", "--format", "json"))
    (provider,) = shape["providers"]
    assert provider["id"] == "mistral"
    rows = list(csv.DictReader(io.StringIO(output("list", "--format", "csv"))))
    sonnet = next(row for row in rows if row["model"] == "claude-sonnet-5-5")
    assert (sonnet["provider"], sonnet["write_1h_usd_per_mtok"]) == ("anthropic", "4")
    assert {row["model"] for row in rows if row["provider"] == "mistral"} == {m["id"] for m in provider["models"]}


def test_show_tells_history_modifiers_rules_and_sources() -> None:
    text = output("show", "claude-sonnet-5-5-20260915")
    assert "claude-sonnet-5-5: Anthropic, confidence medium" in text
    assert "from the beginning to 2026-10-07 (past, checked 2026-11-23, medium)" in text
    assert "from 2026-10-07 on (in force, " in text
    assert "read 0.1, write 5m 2.5, write 1h 4" in text
    assert "batch: all x0.5" in text
    assert "minimum     512 tokens" in text
    assert "TTL 5m (default), 1h" in text
    assert "claudit: https://github.com/kurofune/claudit" in text
    assert "pricing/providers/anthropic.yaml:" in text


def test_show_at_a_day_shows_that_days_price_only() -> None:
    text = output("show", "claude-sonnet-5-5", "--at", "2026-10-06")
    assert "read 0.2" in text
    assert "read 0.1," not in text


def test_show_says_when_a_price_is_not_known_for_the_day() -> None:
    assert "outside the known span" in output("show", "claude-haiku-5-5", "--at", "2026-01-01")


def test_show_tells_tiers_hours_refusals_and_explicit_prices() -> None:
    assert "from 200,001 input tokens on, the whole request: input 2.5" in output("show", "gemini-2.5-pro")
    assert "01:00-04:00, 06:00-10:00" in output("show", "deepseek-flash")
    assert "refused     us" in output("show", "claude-sonnet-4-5")
    assert "with qwen_explicit: input 2.5, output 7.5, read 0.25" in output("show", "qwen3.7-max")
    assert "(announced, " in output("show", "gemini-4-argon")


def test_show_by_platform() -> None:
    assert output("show", "gpt-4o", "--provider", "azure").startswith("azure/gpt-4o: Azure OpenAI")


def test_json_has_its_own_version_and_money_as_text() -> None:
    shape = json.loads(output("show", "gemini-2.5-pro", "--format", "json"))
    assert (shape["format"], shape["version"]) == ("cachelens.pricing.model", 1)
    assert shape["price_in_force"] == "gemini-2.5-pro"
    row = shape["prices"][0]
    assert row["usd_per_mtok"] == {"input": "1.25", "output": "10", "read": "0.125", "storage_hour": "4.5"}
    assert row["tiers"][0]["from_input_tokens"] == 200_001
    assert row["tiers"][0]["read"] == "0.25"
    assert shape["explicit_profile"]["ttl_seconds"] == {"1h": 3600}
    assert row["line"] > 1
    assert json.loads(output("show", "gpt-4o", "--format", "json"))["explicit_profile"] is None


def test_an_unknown_model_is_an_error_with_near_matches() -> None:
    assert isinstance(run("show", "gpt-4oo").exception, UnknownModelError)


@pytest.mark.parametrize("arguments", [("show", "gpt-4o", "--at", "soon"), ("check", "--today", "1.1.27")])
def test_a_day_that_is_none_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert isinstance(run(*arguments).exception, UsageError)


def test_ones_own_file_is_laid_over(tmp_path: Path) -> None:
    text = output("show", "gpt-5.5", "--pricing", own_file(tmp_path))
    assert "input 4.2, output 25" in text
    assert "ours: our contract" in text


def test_nothing_is_stale_on_the_day_of_the_check() -> None:
    last = output("check", "--today", "2026-11-23").splitlines()[-1]
    assert last.startswith("0 of ")


def test_an_old_entry_is_named_with_file_line_and_age(tmp_path: Path) -> None:
    path = own_file(tmp_path, "2026-08-24")
    result = run("check", "--today", "2026-11-23", "--pricing", path)
    assert result.exit_code == 1
    first, last = result.output.replace("\n    ", " ").splitlines()
    assert first == f"{path}:6: price gpt-5.5, 91 days"
    assert last.startswith("1 of ")


def test_exactly_ninety_days_is_not_old_yet(tmp_path: Path) -> None:
    path = own_file(tmp_path, "2026-08-25")
    assert run("check", "--today", "2026-11-23", "--pricing", path).exit_code == 0
    assert run("check", "--today", "2026-11-23", "--older-than", "89", "--pricing", path).exit_code == 1


def test_a_price_that_was_replaced_when_it_was_checked_is_history() -> None:
    result = run("check", "--today", "2030-01-01")
    assert result.exit_code == 1
    assert "price claude-sonnet-5-5@2026-10-07," in result.output
    assert "price claude-sonnet-5-5," not in result.output
    assert "price gemini-4-argon," in result.output  # its successor is only announced
