"""The main use case on the shipped log and on small made ones: laws that every result keeps."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from cachelens.app import compile_trace, simulate
from cachelens.config.compiling import CompileOptions
from cachelens.errors import InputError, StrictError, UnknownModelError, UsageError
from cachelens.model.result import MissCause, Status, Totals
from cachelens.model.scenario import Choices
from cachelens.simulation import scenarios_of

WEEK = "fixtures/logs/week.jsonl"


def chat(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def row(second: int, messages: list[str], model: str = "claude-sonnet-5", **more: object) -> dict[str, object]:
    system = [{"type": "text", "text": "word " * 2000, "cache_control": {"type": "ephemeral"}}]
    body = {"model": model, "system": system, "messages": [{"role": "user", "content": text} for text in messages]}
    stamp = f"2026-11-0{1 + second // 86400}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}Z"
    return {"timestamp": stamp, "request": {**body, "max_tokens": 5}, **more}


def totals(result_totals: Totals | None) -> Totals:
    assert result_totals is not None
    return result_totals


def test_every_token_is_read_written_or_plain() -> None:
    result = simulate([WEEK], Choices(ttls=("1h", "5m")))
    for scenario in result.scenarios:
        if scenario.status is Status.IMPOSSIBLE:
            continue
        for sums in (totals(scenario.total), *(part.totals for part in scenario.workloads)):
            assert sums.read_tokens is not None
            assert sums.plain_tokens is not None
            assert sums.plain_tokens >= 0
            assert sums.plain_tokens + sums.read_tokens + sums.written_tokens == sums.input_tokens
            assert sums.cost is not None
            assert sums.cost_perfect is not None
            assert sums.cost_no_cache is not None
            assert sums.cost_perfect <= sums.cost
        parts = [part.totals for part in scenario.workloads]
        assert sum(part.input_tokens for part in parts) == totals(scenario.total).input_tokens
        assert sum((part.cost or Decimal(0) for part in parts), Decimal(0)) == totals(scenario.total).cost


def test_no_cache_costs_what_plain_input_costs() -> None:
    result = simulate([WEEK], Choices(boundaries=("none",)))
    without = totals(next(s for s in result.scenarios if s.boundary == "none").total)
    assert without.read_tokens == 0
    assert without.cost == without.cost_no_cache


def test_input_counts_are_those_of_the_log() -> None:
    result = simulate([WEEK], Choices(boundaries=("none",)))
    recorded = 0
    seen: set[str] = set()
    for line in Path(WEEK).read_text().splitlines():
        try:
            response = json.loads(line).get("response") or {}
        except ValueError:
            continue
        identity = str(response.get("id") or response.get("responseId"))
        usage = response.get("usage") or response.get("usageMetadata") or {}
        if not usage or identity in seen:
            continue
        seen.add(identity)
        recorded += usage.get("prompt_tokens", 0) + usage.get("promptTokenCount", 0) + usage.get("input_tokens", 0)
        if "cache_read_input_tokens" in usage:
            recorded += usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
    assert totals(result.scenarios[0].total).input_tokens == recorded


def test_a_longer_lifetime_never_reads_less(tmp_path: Path) -> None:
    log = chat(tmp_path / "a.jsonl", [row(n * 400, [f"question {n}"]) for n in range(30)])
    result = simulate([log], Choices(boundaries=("system-only",), ttls=("5m", "1h")))
    reads = {s.ttl: totals(s.total).read_tokens for s in result.scenarios if s.boundary == "system-only"}
    assert reads["5m"] == 0
    assert (reads["1h"] or 0) > 29 * 2000


def test_a_worked_bill(tmp_path: Path) -> None:
    """Three requests a minute apart: one write, two reads; prices of claude-sonnet-5 (2, 2.5, 0.2 USD per MTok)."""
    usage = [
        {"input_tokens": 10, "cache_creation_input_tokens": 2000, "cache_read_input_tokens": 0, "output_tokens": 5},
        {"input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 2000, "output_tokens": 5},
        {"input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 2000, "output_tokens": 5},
    ]
    rows = [row(60 * n, [f"question {n}"], response={"id": f"r{n}", "usage": usage[n]}) for n in range(3)]
    result = simulate([chat(tmp_path / "a.jsonl", rows)])
    total = totals(result.scenarios[0].total)
    check = result.validation[0]
    assert (
        check.recorded_cost == (Decimal(30) * 2 + Decimal(2000) * Decimal("2.5") + 4000 * Decimal("0.2") + 150) / 10**6
    )
    assert total.input_tokens == 6030
    assert check.read_error is not None
    assert abs(check.read_error) < 0.01


def test_a_changed_head_is_named_as_the_cause(tmp_path: Path) -> None:
    rows = []
    for n in range(5):
        one = row(10 * n, [f"question {n}"])
        one["request"]["system"][0]["text"] = f"now {n} " + "word " * 2000  # type: ignore[index]
        rows.append(one)
    result = simulate([chat(tmp_path / "a.jsonl", rows)])
    misses = {miss.cause: miss for miss in totals(result.scenarios[0].total).misses}
    assert misses[MissCause.DIVERGED].requests == 4
    assert misses[MissCause.DIVERGED].segments == ((1, 4),)
    assert misses[MissCause.COLD].requests == 1


def test_a_provider_without_that_lifetime_says_so(tmp_path: Path) -> None:
    log = chat(tmp_path / "a.jsonl", [row(n, ["q"], model="gpt-5.5") for n in range(2)])
    result = simulate([log], Choices(boundaries=("full-context",), ttls=("1h",)))
    scenario = result.scenarios[-1]
    assert scenario.status is Status.IMPOSSIBLE
    assert "1h" in scenario.note


def test_an_unknown_model_is_left_out_and_named(tmp_path: Path) -> None:
    log = chat(tmp_path / "a.jsonl", [row(0, ["q"]), row(1, ["q"], model="nobody-knows-this")])
    result = simulate([log])
    assert totals(result.scenarios[0].total).requests == 1
    assert any("nobody-knows-this" in note.text for note in result.notes)
    with pytest.raises(UnknownModelError, match="nobody"):
        simulate([log], Choices(models=("nobody",)))


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="boundary"):
        scenarios_of(Choices(boundaries=("everything",)), known_providers=())
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(InputError):
        simulate([str(tmp_path / "empty.jsonl")])
    with pytest.raises(StrictError, match="line"):
        simulate([WEEK], strict=True)


def test_a_compiled_trace_stands_for_its_logs(tmp_path: Path) -> None:
    path = tmp_path / "week.trace"
    compile_trace([WEEK], CompileOptions(keep_text=True), path)
    from_trace, from_log = simulate([str(path)]), simulate([WEEK])
    assert from_trace.scenarios == from_log.scenarios
    assert from_trace.validation == from_log.validation
    assert from_trace.skips == from_log.skips


def test_the_shipped_week_is_predicted_closely() -> None:
    """The recorded usage follows the published rules plus the deviations that fixtures/logs/week.README.md lists."""
    check = simulate([WEEK]).validation[0]
    assert check.cost_error is not None
    assert abs(check.cost_error) < 0.03
