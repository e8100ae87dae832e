"""`cachelens whatif` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

PARTS = ["--part", "system:5000:never", "--part", "question:100:turn"]
DESCRIBED = ["--sessions-a-day", "500", "--turns", "3", *PARTS, "--output-tokens", "50", "--sample", "500"]


def whatif(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "cachelens", "whatif", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "80"},
    )
    assert done.returncode == code, done.stderr
    return done


def test_options_and_a_file_that_say_the_same_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "traffic.yaml"
    path.write_text(
        "sessions_a_day: 500\nturns: 3\noutput: 50\nparts:\n"
        "  - {name: system, tokens: 5000}\n  - {name: question, tokens: 100, changes: turn}\n"
    )
    by_options = whatif(*DESCRIBED, "--model", "claude-opus-5").stdout
    by_file = whatif(str(path), "--model", "claude-opus-5", "--sample", "500").stdout
    assert by_options == by_file
    assert by_options.splitlines()[0].startswith("parameters: 500 sessions a day, 1,500 requests a day")


@pytest.mark.parametrize("form", ["json", "csv", "markdown"])
def test_every_form_is_written(form: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    whatif(*DESCRIBED, "--model", "claude-opus-5", "--format", form, "-o", str(path))
    text = path.read_text(encoding="utf-8")
    assert "claude-opus-5" in text
    if form == "json":
        jsonschema.validate(json.loads(text), json.loads(Path("docs/schemas/whatif.v1.json").read_text()))


def test_a_compiled_trace_gives_what_its_log_gives(fixtures: Path, tmp_path: Path) -> None:
    trace = tmp_path / "week.trace"
    log = str(fixtures / "logs" / "week.jsonl")
    subprocess.run(
        [sys.executable, "-m", "cachelens", "compile", log, "-o", str(trace)], check=True, capture_output=True
    )
    of_log, of_trace = (json.loads(whatif(path, "--format", "json").stdout) for path in (log, str(trace)))
    assert of_log["cells"] == of_trace["cells"]
    assert of_log["growth"] == of_trace["growth"]


def test_prices_of_ones_own_count(tmp_path: Path) -> None:
    """500 sessions of 5,100, 5,250 and 5,400 tokens at 1, and 150 at 2, USD per million."""
    path = tmp_path / "contract.yaml"
    path.write_text(
        "provider: {id: openai}\nsources: {contract: our contract}\nmodels:\n  - id: gpt-5.4\n    prices:\n"
        "      - {input: 1, output: 2, read: 0.1, sources: [contract], checked: 2026-11-23}\n"
    )
    arguments = (*DESCRIBED, "--model", "gpt-5.4", "--boundary", "none", "--format", "json")
    (mine,) = json.loads(whatif(*arguments, "--pricing", str(path)).stdout)["cells"]
    assert mine["cost"] == "8.025"


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        ((), 2, "there is no traffic"),
        (("--part", "system:10:never"), 2, "there is no traffic"),
        ((*DESCRIBED,), 2, "names no model"),
        ((*DESCRIBED, "--model", "gpt-99"), 2, "gpt-99"),
        ((*DESCRIBED, "--part", "system:x", "--model", "gpt-5.4"), 2, "'x'"),
        ((*DESCRIBED, "--model", "gpt-5.4", "--at", "soon"), 2, "soon"),
        ((*DESCRIBED, "--model", "gpt-5.4", "--traffic", "0"), 2, "--traffic 0"),
        ((*DESCRIBED, "--model", "gpt-5.4", "--traffic", "lots"), 2, "lots"),
        ((*DESCRIBED, "--model", "gpt-5.4", "--prompt-tokens", "x"), 2, "'x'"),
        (("fixtures/logs/week.jsonl", "--part", "a:1"), 2, "described twice"),
        (("fixtures/whatif/support-desk.yaml", "--turns", "3", "--model", "gpt-5.4"), 2, "--turns"),
        (("missing.yaml", "--model", "gpt-5.4"), 2, "missing.yaml"),
        (("missing.jsonl",), 3, "missing.jsonl"),
        (("--sessions-a-day", "-1", *PARTS, "--model", "gpt-5.4"), 2, "sessions"),
        (("--sessions-a-day", "nan", *PARTS, "--model", "gpt-5.4"), 2, "sessions"),
    ],
)
def test_what_cannot_be_is_named_with_a_next_step(arguments: tuple[str, ...], code: int, named: str) -> None:
    done = whatif(*arguments, code=code)
    assert named in done.stderr
    assert "hint: " in done.stderr
    assert done.stdout == ""


def test_unreadable_lines_are_counted_and_fail_where_that_is_asked_for(fixtures: Path) -> None:
    log = str(fixtures / "logs" / "week.jsonl")
    assert "2 lines of the input could not be used" in " ".join(whatif(log, "--boundary", "none").stdout.split())
    whatif(log, "--strict", code=4)
