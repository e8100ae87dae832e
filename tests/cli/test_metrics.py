"""`metrics` as a shell sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.metrics.usage_log import call, write

WEEK = "fixtures/logs/week.jsonl"


def shell(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "cachelens", "metrics", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, input=data, env=environment)


def test_text_fits_the_terminal_and_is_quiet_when_piped() -> None:
    done = shell(WEEK)
    assert (done.returncode, done.stderr) == (0, b"")
    assert max(map(len, done.stdout.decode().splitlines())) <= 80


@pytest.mark.parametrize(
    ("hits", "fail_on", "code"),
    [
        (8, "target", 0),
        (6, "target", 6),
        (3, "target", 7),
        (6, "red-line", 0),
        (3, "red-line", 7),
        (3, "never", 0),
    ],
)
def test_each_threshold_has_its_exit_code(tmp_path: Path, hits: int, fail_on: str, code: int) -> None:
    rows = [call(i, plain=0 if i < hits else 100, read=100 if i < hits else 0) for i in range(10)]
    log = write(tmp_path / "log.jsonl", rows)
    for form in ("text", "json"):
        assert shell(str(log), "--fail-on", fail_on, "--format", form).returncode == code


def test_thresholds_are_options(tmp_path: Path) -> None:
    log = write(tmp_path / "log.jsonl", [call(i, plain=50, read=50) for i in range(10)])
    assert shell(str(log), "--fail-on", "target", "--target", "50").returncode == 0
    assert shell(str(log), "--fail-on", "target", "--target", "90", "--red-line", "60").returncode == 7
    assert shell(str(log), "--fail-on", "target", "--fewest", "11").returncode == 0
    refused = shell(str(log), "--target", "30")
    assert (refused.returncode, refused.stdout) == (2, b"")


def test_standard_input_and_a_file(tmp_path: Path) -> None:
    out = tmp_path / "metrics.json"
    done = shell("-", "--format", "json", "-o", str(out), data=Path(WEEK).read_bytes())
    assert (done.returncode, done.stdout) == (0, b"")
    assert json.loads(out.read_text())["schema"] == "cachelens.metrics/v1"


def test_a_log_that_is_not_there_and_one_without_requests(tmp_path: Path) -> None:
    assert shell(str(tmp_path / "none.jsonl")).returncode == 3
    other = tmp_path / "other.jsonl"
    other.write_text('{"a": 1}\n')
    done = shell(str(other))
    assert done.returncode == 3
    assert b"hint: " in done.stderr


def test_no_numerical_library_is_loaded() -> None:
    """Memory stays small because nothing heavy is imported."""
    code = (
        "import sys; from cachelens.app import metrics; metrics(['fixtures/logs/week.jsonl']);"
        "print(sorted({'numpy', 'pandas', 'tiktoken', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


def test_simulate_gives_the_same_recorded_hit_rates() -> None:
    """Two ways to the same figure: summed up line by line, and beside the replay of the whole log."""
    watched = json.loads(shell(WEEK, "--format", "json").stdout)
    command = [sys.executable, "-m", "cachelens", "simulate", WEEK, "--boundary", "as-recorded", "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    replayed = json.loads(done.stdout)["scenarios"][0]
    rates = {row["workload"]: row["totals"]["recorded_token_hit_rate"] for row in replayed["workloads"]}
    assert rates == {row["name"]: row["figures"]["token_hit_rate"] for row in watched["workloads"]}
    assert replayed["totals"]["recorded_token_hit_rate"] == watched["total"]["token_hit_rate"]
