"""Other layouts and searched marks, as a shell and as a program sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import msgspec
import pytest

from cachelens.app import compile_trace, simulate
from cachelens.config.compiling import CompileOptions
from cachelens.model.result import ScenarioResult, SimulateResult, Status
from cachelens.model.scenario import Choices
from cachelens.reports import simulate_advice as advice
from tests.traffic.chat import RULES, Request, say, traffic, written

WEEK = "fixtures/logs/week.jsonl"
OPTIMIZE = Choices(boundaries=("as-recorded",), optimize=True)


def shell(*arguments: str, **environment: str) -> str:
    own = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", **environment}
    command = [sys.executable, "-m", "cachelens", *arguments]
    return subprocess.run(command, capture_output=True, check=True, timeout=600, text=True, env=own).stdout


PLAN = """\
What to do: each workload's best scenario against as-recorded, as replayed
  handbook-qa: layout extract-volatile: saves $0.09497 (-59.5%), $0.4383 a
    month; replayed in part
    - move system 1 value 1 (clock near token 3, changes with each session or
      request) to the end of the request
    - move system 1 value 2 (id near token 7, changes with each session or
      request) to the end of the request
    - mind: It then stands behind the question and in the user's voice: check
      the answers.
  support-assistant: place the marks anew: saves $0.03098 (-10.3%), $0.1430 a
    month; replayed in part
    - mark behind the first system block (1h), behind the first message (1h), at
      the end of the prompt (5m); request fields: cache_control,
      content[].cache_control, tools[].cache_control, system[].cache_control
    - checked: chosen on the earlier half of the requests, such marks change the
      later half's input cost by -14.9%
  triage: place the marks anew: saves $0.01189 (-66.2%), $0.05489 a month;
    replayed in part
    - mark behind the system prompt (12h); request fields:
      prompt_cache_options.mode, prompt_cache_options.ttl,
      prompt_cache_options.prewarm, content[].prompt_cache_breakpoint,
      prompt_cache_key
    - checked: chosen on the earlier half of the requests, such marks change the
      later half's input cost by -57.6%
"""


def test_the_plan_for_the_week_is_what_it_was() -> None:
    text = shell("simulate", WEEK, "--boundary", "as-recorded", "--optimize")
    assert PLAN in text
    assert max(map(len, text.splitlines())) <= 80


def test_json_follows_its_schema_and_no_hash_seed_changes_a_byte() -> None:
    arguments = ("simulate", WEEK, "--boundary", "as-recorded", "--optimize", "--format", "json")
    one, two = (shell(*arguments, PYTHONHASHSEED=seed) for seed in ("1", "77"))
    assert one == two
    document = json.loads(one)
    jsonschema.validate(document, json.loads(Path("docs/schemas/simulate.v1.json").read_text()))
    best = next(row for row in document["scenarios"] if row["name"] == "optimal")
    assert {"workload": "triage", "position": "system", "ttl": "12h"} in best["marks"]
    assert best["policies_tried"] > 100
    assert {(move["layout"], move["workload"]) for move in document["moves"]} >= {("extract-volatile", "handbook-qa")}
    assert {row["workload"] for row in document["holdouts"]} >= {"triage", "support-assistant"}


def clock(request: Request) -> None:
    request.slot = f"Time: {request.at.isoformat()}"


def bare(request: Request) -> None:
    """Without a system prompt: clock and rules stand in the first message."""
    request.system, request.tools, request.marks = "", [], {"last": ""}
    request.messages[0] = say("user", f"Time: {request.at.isoformat()}\n{RULES}")


def prefilled(request: Request) -> None:
    clock(request)
    request.messages = [*request.messages, say("assistant", "So")]


def unpriced(request: Request) -> None:
    clock(request)
    request.model = "nobody-knows-1"


def found(
    path: Path, change: Callable[[Request], None], choices: Choices = OPTIMIZE, *, most: int = 60
) -> SimulateResult:
    return simulate([written(path, traffic(change)[:most])], choices)


def named(result: SimulateResult) -> dict[str, ScenarioResult]:
    return {scenario.name: scenario for scenario in result.scenarios}


@pytest.mark.parametrize(
    ("change", "scenario", "marks"),
    [
        (clock, "extract-volatile", {"as-recorded"}),
        (bare, "extract-volatile", {"as-recorded"}),
        (prefilled, "extract-volatile/optimal", {"system", "first-message", "previous-turn"}),
    ],
)
def test_the_clock_goes_to_the_end_and_the_marks_before_it(
    change: Callable[[Request], None], scenario: str, marks: set[str], tmp_path: Path
) -> None:
    """Marks at the end of the system prompt and of the last message are the best already, but for a prefill."""
    result = found(tmp_path / "a.jsonl", change)
    rows = named(result)
    assert {mark.position for mark in rows["extract-volatile/optimal"].marks} == marks
    (saving,) = advice.savings(result)
    assert saving.best.scenario is rows[scenario]
    steps = "\n".join(advice.steps(saving, result))
    assert "value 1 (clock near token " in steps
    assert ", changes with each request) to the end of the request" in steps
    assert ("\nmark " in steps) == scenario.endswith("optimal")
    order = ("extract-volatile/bound", "extract-volatile/optimal", "extract-volatile", "as-recorded")
    costs = [total.cost for name in order if (total := rows[name].total) is not None]
    assert costs == sorted(cost for cost in costs if cost is not None)


def test_marks_that_are_the_best_already_stay_where_they_are(tmp_path: Path) -> None:
    """Long conversations at a steady pace, marked behind the system prompt and at their end."""

    def steady(request: Request) -> None:
        del request

    result = found(tmp_path / "a.jsonl", steady)
    assert [mark.where for mark in named(result)["optimal"].marks] == ["where they are"]
    assert advice.savings(result) == []


def test_without_text_marks_are_searched_all_the_same(tmp_path: Path) -> None:
    log, trace = written(tmp_path / "a.jsonl", traffic(clock)), tmp_path / "a.trace"
    compile_trace([log], CompileOptions(), trace)
    rows = named(simulate([str(trace)], OPTIMIZE))
    whole = named(simulate([log], OPTIMIZE))
    for name in ("as-recorded", "optimal", "bound"):
        assert rows[name].total == whole[name].total
    assert rows["static-first"].status is Status.IMPOSSIBLE
    assert "no prompt text" in rows["static-first"].note


def test_a_hash_trace_has_searched_marks_where_a_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "hashes.jsonl"
    row = {"timestamp": 0, "input_length": 1536, "output_length": 5, "hash_ids": [1, 2, 3]}
    path.write_text("".join(json.dumps({**row, "timestamp": 1000 * n}) + "\n" for n in range(4)))
    choices = Choices(boundaries=("as-recorded",), optimize=True, models=("claude-sonnet-5",))
    rows = named(simulate([str(path)], choices))
    assert rows["optimal/claude-sonnet-5"].marks
    assert "no prompt text" in rows["static-first/claude-sonnet-5"].note


def test_without_prices_nothing_is_searched(tmp_path: Path) -> None:
    result = found(tmp_path / "a.jsonl", unpriced)
    assert [scenario.name for scenario in result.scenarios] == ["as-recorded"]


def test_one_request_is_cheapest_without_a_cache(tmp_path: Path) -> None:
    result = found(tmp_path / "a.jsonl", clock, most=1)
    assert named(result)["optimal"].marks == ()
    assert result.holdouts == ()
    (saving,) = advice.savings(result)
    assert advice.steps(saving, result) == ["no marks: caching costs more than it saves"]


@pytest.mark.parametrize(
    ("choices", "name", "words"),
    [
        (Choices(ttls=("1h",)), "static-first/optimal/1h", ""),
        (Choices(ttls=("1h",), models=("gpt-6.1-sol",)), "static-first/optimal/1h/gpt-6.1-sol", "offers no TTL"),
        (Choices(models=("claude-opus-5",)), "static-first/optimal/claude-opus-5", ""),
        (Choices(providers=("openai",)), "static-first/bound/openai", "sells none of these models"),
        (Choices(providers=("openai",)), "optimal/openai", "sells none of these models"),
    ],
)
def test_layouts_and_searched_marks_go_with_lifetimes_models_and_providers(
    choices: Choices, name: str, words: str, tmp_path: Path
) -> None:
    asked = msgspec.structs.replace(choices, layouts=("static-first",), boundaries=("optimal", "bound"))
    row = named(found(tmp_path / "a.jsonl", clock, asked))[name]
    assert (row.status is Status.IMPOSSIBLE) == bool(words)
    assert words in row.note
    if not words:
        assert row.marks
        assert {mark.ttl for mark in row.marks} <= {choices.ttls[0]} if choices.ttls else {"5m", "1h"}
