"""Laws of whole logs: what must make no difference to a result, on the shipped week."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelens.app import compile_trace, simulate
from cachelens.config.compiling import CompileOptions
from cachelens.model.result import SimulateResult
from cachelens.model.scenario import Choices

WEEK = Path(__file__).resolve().parents[2] / "fixtures" / "logs" / "week.jsonl"
LINES = WEEK.read_bytes().splitlines(keepends=True)
ASKED = Choices(boundaries=("system-only", "full-context"), models=("claude-opus-5",))


@pytest.fixture(scope="module")
def whole() -> SimulateResult:
    return simulate([str(WEEK)], ASKED)


def found(result: SimulateResult) -> tuple[object, ...]:
    """Everything but the names of the inputs and what was said of their lines."""
    return (
        result.requests,
        result.sessions,
        result.days,
        result.bases,
        result.scenarios,
        result.validation,
        result.facts,
    )


@given(st.lists(st.integers(0, 3), min_size=len(LINES), max_size=len(LINES)), st.permutations("abcd"))
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_does_not_matter_how_lines_are_spread_over_files_or_how_these_are_named(
    tmp_path: Path, whole: SimulateResult, shares: list[int], names: list[str]
) -> None:
    paths = [tmp_path / f"{name}.jsonl" for name in names]
    for number, path in enumerate(paths):
        path.write_bytes(b"".join(line for line, share in zip(LINES, shares, strict=True) if share == number))
    result = simulate([str(path) for path in paths if path.stat().st_size], ASKED)
    assert found(result) == found(whole)
    assert result.skipped_lines == whole.skipped_lines


def test_a_log_twice_is_the_log_once(tmp_path: Path, whole: SimulateResult) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(WEEK.read_bytes())
    joined = tmp_path / "joined.jsonl"
    joined.write_bytes(WEEK.read_bytes() * 2)
    for inputs in ([str(WEEK), str(copy)], [str(joined)]):
        result = simulate(inputs, ASKED)
        assert found(result) == found(whole)
        duplicates = sum(skip.lines for skip in result.skips if skip.reason.startswith("duplicate"))
        assert duplicates == whole.requests + 2


@pytest.mark.parametrize("name", ["week.trace", "week.parquet"])
def test_a_compiled_trace_stands_for_its_log(tmp_path: Path, whole: SimulateResult, name: str) -> None:
    path = tmp_path / name
    compile_trace([str(WEEK)], CompileOptions(), path)
    result = simulate([str(path)], ASKED)
    assert found(result) == found(whole)
    assert (result.inputs, result.skips, result.notes) == (whole.inputs, whole.skips, whole.notes)


@pytest.mark.parametrize("by", [dt.timedelta(days=3), -dt.timedelta(hours=5, microseconds=1)])
def test_a_shift_of_all_times_changes_nothing(tmp_path: Path, whole: SimulateResult, by: dt.timedelta) -> None:
    """No rule and no price of these models changes in that month."""
    moved = tmp_path / "moved.jsonl"
    moved.write_bytes(b"".join(shifted(line, by) for line in LINES))
    assert found(simulate([str(moved)], ASKED)) == found(whole)


def shifted(line: bytes, by: dt.timedelta) -> bytes:
    try:
        row = json.loads(line)
        row["timestamp"] = (dt.datetime.fromisoformat(row["timestamp"]) + by).isoformat()
    except (ValueError, KeyError):
        return line
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def printed(**environment: str) -> bytes:
    command = [
        sys.executable,
        "-m",
        "cachelens",
        "simulate",
        str(WEEK),
        "--boundary",
        "full-context",
        "--format",
        "json",
    ]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=True).stdout


def test_bytes_depend_neither_on_the_hash_seed_nor_on_compiled_loops() -> None:
    plain = printed(PYTHONHASHSEED="0")
    assert plain.startswith(b"{")
    assert printed(PYTHONHASHSEED="4242") == plain
    assert printed(PYTHONHASHSEED="1", CACHELENS_NO_NUMBA="1") == plain
