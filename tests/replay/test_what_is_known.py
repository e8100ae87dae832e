"""What a log leaves out is said, never made up."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from cachelens.app import simulate
from cachelens.model.result import Evidence, SimulateResult, Status, Totals
from cachelens.model.scenario import Choices


def written(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def usage_only(minute: int, cached: int, model: str = "gpt-4o", **more: object) -> dict[str, object]:
    usage = {"prompt_tokens": 3_010, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": cached}}
    return {"timestamp": f"2026-11-01T09:{minute:02}:00Z", "model": model, "usage": usage, **more}


def request(minute: int, text: str, model: str = "gpt-4o", **more: object) -> dict[str, object]:
    messages = [{"role": "system", "content": "word " * 2_000}, {"role": "user", "content": text}]
    body = {"model": model, "messages": messages}
    return {"timestamp": f"2026-11-01T09:{minute:02}:00Z", "request": body, **more}


def total(result: SimulateResult, name: str) -> Totals:
    found = next(scenario.total for scenario in result.scenarios if scenario.name == name)
    assert found is not None
    return found


def codes(result: SimulateResult) -> set[str]:
    return {note.code for note in result.notes}


def test_a_log_of_token_counts_alone_gets_its_bill(tmp_path: Path) -> None:
    """(9,030 - 5,888) x 2.5 + 5,888 x 1.25 + 300 x 10 USD per million tokens."""
    log = written(tmp_path / "a.jsonl", [usage_only(0, 0), usage_only(1, 2_944), usage_only(2, 2_944)])
    result = simulate([log], Choices(boundaries=("none", "full-context")))
    recorded = total(result, "as-recorded")
    assert recorded.cost == (3_142 * Decimal("2.5") + 5_888 * Decimal("1.25") + 3_000) / 10**6
    assert recorded.read_tokens == 5_888
    assert total(result, "none").cost == (9_030 * Decimal("2.5") + 3_000) / 10**6
    assert total(result, "full-context").cost is None
    assert "lengths-only" in codes(result)
    assert result.validation == ()


def test_output_that_is_not_recorded_is_said_to_be_missing(tmp_path: Path) -> None:
    result = simulate([written(tmp_path / "a.jsonl", [request(0, "one"), request(1, "two")])])
    (note,) = (note for note in result.notes if note.code == "no-output")
    assert note.text.startswith("2 requests")
    assert total(result, "as-recorded").output_tokens is None


def test_modifiers_that_exclude_each_other_do_not_stop_the_run(tmp_path: Path) -> None:
    row = request(0, "one", custom_id="job-1")
    row["request"]["service_tier"] = "priority"  # type: ignore[index]
    result = simulate([written(tmp_path / "a.jsonl", [row, request(1, "two")])])
    assert total(result, "as-recorded").cost is not None
    assert any("batch" in note.text or "priority" in note.text for note in result.notes if note.code == "modifiers")


def test_writes_of_a_class_without_a_price_leave_the_validation_only(tmp_path: Path) -> None:
    usage = {"input_tokens": 10, "cache_creation_input_tokens": 2_000, "cache_read_input_tokens": 0}
    odd = usage_only(0, 0, model="gpt-6-luna")
    odd["usage"] = usage | {"output_tokens": 5, "cache_creation": {"ephemeral_5m_input_tokens": 2_000}}
    result = simulate([written(tmp_path / "a.jsonl", [odd, request(1, "two")])])
    assert result.requests == 2
    assert "write-class" in codes(result)


def test_a_provider_that_sells_none_of_the_models_is_impossible(tmp_path: Path) -> None:
    log = written(tmp_path / "a.jsonl", [request(0, "one", model="claude-sonnet-4-5")])
    result = simulate([log], Choices(boundaries=("none",), providers=("openai",)))
    scenario = next(scenario for scenario in result.scenarios if scenario.provider == "openai")
    assert scenario.status is Status.IMPOSSIBLE
    assert scenario.total is None


def test_pairs_that_nobody_sells_do_not_stop_the_others(tmp_path: Path) -> None:
    log = written(tmp_path / "a.jsonl", [request(0, "one", model="claude-sonnet-4-5")])
    choices = Choices(boundaries=("none",), models=("claude-sonnet-4-5", "gpt-5"), providers=("aws",))
    status = {scenario.model: scenario.status for scenario in simulate([log], choices).scenarios}
    assert status["claude-sonnet-4-5"] is not Status.IMPOSSIBLE
    assert status["gpt-5"] is Status.IMPOSSIBLE


def test_costs_of_different_requests_are_not_compared(tmp_path: Path) -> None:
    """One of three requests has no price as recorded, but has one as another model."""
    rows = [request(0, "one"), request(1, "two"), request(2, "three", model="nobody-7b")]
    result = simulate([written(tmp_path / "a.jsonl", rows)], Choices(boundaries=("none",), models=("gpt-5.5",)))
    assert total(result, "as-recorded").requests == 2
    assert total(result, "none/gpt-5.5").requests == 3
    assert total(result, "none/gpt-5.5").delta is None
    assert total(result, "none").delta is not None


def test_counts_that_carry_over_from_another_model_are_estimates(tmp_path: Path) -> None:
    rows = [request(0, "one"), request(1, "two", model="gpt-5.5")]
    choices = Choices(boundaries=("as-recorded",), models=("gpt-5.5",))
    result = simulate([written(tmp_path / "a.jsonl", rows)], choices)
    assert total(result, "gpt-5.5").evidence is Evidence.ESTIMATED
    alone = simulate([written(tmp_path / "b.jsonl", rows[1:])], choices)
    assert total(alone, "gpt-5.5").evidence is Evidence.EXACT


def test_a_model_that_caches_stored_objects_only_has_no_cache_where_none_is_recorded(tmp_path: Path) -> None:
    body = {"contents": [{"role": "user", "parts": [{"text": "word " * 3_000}]}]}
    usage = {"promptTokenCount": 3_000, "candidatesTokenCount": 5}
    rows: list[dict[str, object]] = [
        {
            "timestamp": f"2026-01-01T09:{n:02}:00Z",
            "model": "gemini-2.0-flash",
            "request": body,
            "response": {"usageMetadata": usage, "modelVersion": "gemini-2.0-flash"},
        }
        for n in range(3)
    ]
    result = simulate([written(tmp_path / "a.jsonl", rows)], Choices(ttls=("1h",)))
    assert total(result, "as-recorded").read_tokens == 0
