"""`simulate` and `compile` as a shell sees them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

WEEK = "fixtures/logs/week.jsonl"


def shell(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "cachelens", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, input=data, env=environment)


def test_text_fits_the_terminal_and_is_quiet_when_piped() -> None:
    done = shell("simulate", WEEK)
    assert done.returncode == 0
    assert done.stderr == b""
    text = done.stdout.decode()
    assert max(map(len, text.splitlines())) <= 80
    for words in ("as-recorded", "system-only", "hit rate", "Validation"):
        assert words in text


def test_json_follows_its_schema_and_repeats_byte_for_byte() -> None:
    one, two = (shell("simulate", WEEK, "--format", "json") for _ in range(2))
    assert one.stdout == two.stdout
    schema = json.loads(Path("docs/schemas/simulate.v1.json").read_text())
    document = json.loads(one.stdout)
    jsonschema.validate(document, schema)
    assert document["schema"] == "cachelens.simulate/v1"


def test_each_workload_is_shown_in_its_own_best_scenario() -> None:
    """Sorting messages costs least with a mark behind the system prompt, though that is not best for the log."""
    text = shell("simulate", WEEK).stdout.decode()
    row, *below = text[text.index("\ntriage ") :].splitlines()[1:3]
    assert row.split()[2:] == ["32.6%", "71.6%", "$0.01795", "$0.009833"]
    assert "best: system-only" in below[0]
    assert "  triage: mark tools and system only: saves $0.008120 (-45.2%), $0.03748 a month\n" in text


@pytest.mark.parametrize("ttl", ["90s", "2d", "in_memory"])
def test_a_lifetime_that_nobody_or_somebody_offers_can_be_asked_for(ttl: str) -> None:
    done = shell("simulate", WEEK, "--boundary", "system-only", "--ttl", ttl, "--format", "json")
    assert done.returncode == 0
    assert f"system-only/{ttl}" in [row["name"] for row in json.loads(done.stdout)["scenarios"]]


@pytest.mark.parametrize("form", ["csv", "markdown"])
def test_other_forms_go_to_a_file(tmp_path: Path, form: str) -> None:
    target = tmp_path / "out"
    done = shell("simulate", WEEK, "--format", form, "-o", str(target))
    assert (done.returncode, done.stdout) == (0, b"")
    assert "as-recorded" in target.read_text()


def test_standard_input_and_a_compiled_trace_give_the_same_numbers(tmp_path: Path) -> None:
    trace = tmp_path / "week.trace"
    assert shell("compile", WEEK, "-o", str(trace), "--no-text").returncode == 0
    results = [
        json.loads(done.stdout)["scenarios"]
        for done in (
            shell("simulate", str(trace), "--format", "json"),
            shell("simulate", "-", "--format", "json", data=Path(WEEK).read_bytes()),
        )
    ]
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("arguments", "data", "code", "words"),
    [
        (("simulate", WEEK, "--boundary", "nowhere"), b"", 2, b"choose from"),
        (("simulate", WEEK, "--boundary", ""), b"", 2, b"choose from"),
        (("simulate", WEEK, "--ttl", "nonsense"), b"", 2, b"5m, "),
        (("simulate", WEEK, "--ttl", ""), b"", 2, b"such as 90s"),
        (("simulate", WEEK, "--ttl", "0m"), b"", 2, b"such as 90s"),
        (("simulate", WEEK, "--ttl", "99999999999999d"), b"", 2, b"such as 90s"),
        (("simulate", WEEK, "--provider", "nosuch"), b"", 2, b"anthropic"),
        (("simulate", WEEK, "--from", "nosuch"), b"", 2, b"api_jsonl"),
        (("simulate", WEEK, "--model", "gpt-99"), b"", 2, b"--pricing"),
        (("simulate", WEEK, "--map", "timestamp"), b"", 2, b"FIELD=PATH"),
        (("simulate", "no/such/file.jsonl"), b"", 3, b"no/such/file.jsonl"),
        (("simulate", "-"), b"", 3, b"hint"),
        (("simulate", "-"), b"\x00\x01\x02binary\xff" * 50, 3, b"hint"),
        (("simulate", WEEK, "--strict"), b"", 4, b"week.jsonl"),
    ],
)
def test_bad_input_ends_in_advice(arguments: tuple[str, ...], data: bytes, code: int, words: bytes) -> None:
    done = shell(*arguments, data=data)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert b"Traceback" not in done.stderr
