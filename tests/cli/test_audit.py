"""The audit on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cachelens.cli.main import run as command

Run = Callable[..., tuple[int, str, str]]
WEEK = "fixtures/logs/week.jsonl"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            command(list(arguments))
        printed = capsys.readouterr()
        return int(stop.value.code or 0), printed.out, printed.err

    return call


def test_the_shipped_week_has_a_clock_and_an_id(run: Run) -> None:
    code, out, _ = run("audit", WEEK, "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "cachelens.audit/v1"
    volatile = [row for row in document["findings"] if row["rule"].startswith("V")]
    assert {row["rule"] for row in volatile} == {"V101", "V102"}
    assert {row["location"]["workload"] for row in volatile} == {"handbook-qa"}


def test_values_are_shown_only_when_asked_for(run: Run) -> None:
    _, quiet, _ = run("audit", WEEK, "--detail")
    _, loud, _ = run("audit", WEEK, "--show-values")
    assert "2026-11-09" not in quiet
    assert "2026-11-09" in loud


def test_a_finding_of_the_asked_severity_fails(run: Run) -> None:
    assert run("audit", WEEK, "--fail-on", "high")[0] == 1
    assert run("audit", "fixtures/prompts", "--fail-on", "high")[0] in (0, 1)


def test_a_rule_has_a_page(run: Run) -> None:
    code, out, _ = run("rule", "v101")
    assert code == 0
    assert "What to do" in out
    assert run("rule", "X999")[0] == 2
    assert "V102" in run("rule")[1]


def test_a_rule_goes_by_its_name_and_a_beginning(run: Run) -> None:
    page = run("rule", "V101")[1]
    assert run("rule", "time-before-fixed-text")[1] == run("rule", "volatile-time")[1] == page
    listed = run("rule", "V1")[1].splitlines()
    assert len(listed) > 5
    assert all(line.startswith("V1") for line in listed)


def test_a_page_fits_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    page = run("rule", "V101")[1]
    prose = [line for line in page.splitlines()[1:] if not line.startswith(" ")]
    assert 50 < max(map(len, prose)) <= 60


def test_the_nearest_rule_is_named(run: Run) -> None:
    code, _, err = run("rule", "V199")
    assert code == 2
    assert "there is no rule `V199`" in err
    assert "Did you mean `V109`?" in err
    assert "S301" not in err


def test_a_folder_is_searched_for_logs_and_templates(run: Run) -> None:
    code, out, _ = run("audit", "fixtures", "--format", "json")
    summary = json.loads(out)["summary"]
    assert code == 0
    assert summary["requests"] > 378
    assert summary["templates"] > 0


def test_a_file_in_a_folder_that_only_looks_like_a_log_stops_nothing(run: Run, tmp_path: Path) -> None:
    """What is no log is told; what other people's folders hold is not even looked at; what is named has to be one."""
    (tmp_path / "a.jinja2").write_text("Be kind.")
    for place in ("debug.log", "node_modules/far/b.log", ".venv/c.gz"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("something broke\n")
    code, out, _ = run("audit", str(tmp_path), "--format", "json")
    found = json.loads(out)
    assert (code, found["summary"]["templates"], found["summary"]["requests"]) == (0, 1, 0)
    assert [skip["path"] for skip in found["skips"]] == [str(tmp_path / "debug.log")]
    assert run("audit", str(tmp_path), "--strict")[0] == 3
    assert run("audit", str(tmp_path), str(tmp_path / "debug.log"))[0] == 3


def test_findings_of_one_line_keep_their_order(tmp_path: Path) -> None:
    """Equal in all that they are sorted by, they stand as they stand in the line, whatever the seed of hashes."""
    page = tmp_path / "a.jinja2"
    page.write_text("".join(f"{{{{ a{n}.now() }}}} " for n in range(6)))
    command = [sys.executable, "-m", "cachelens", "audit", str(page)]
    shown = {
        subprocess.run(command, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2", "3")
    }
    assert len(shown) == 1


def test_templates_that_cannot_be_read_are_told_and_fail_only_with_strict(run: Run, tmp_path: Path) -> None:
    (tmp_path / "latin.jinja2").write_bytes("H\xf6flich {{ name }}".encode("latin-1"))
    (tmp_path / "broken.py").write_text("system_prompt = f'You are {'\ndef (", encoding="utf-8")
    code, out, _ = run("audit", str(tmp_path), "--format", "json")
    told = {Path(row["location"]["path"]).name: row["code"] for row in json.loads(out)["problems"]}
    assert code == 0
    assert told == {"latin.jinja2": "not-text", "broken.py": "syntax"}
    code, out, err = run("audit", str(tmp_path), "--strict")
    assert (code, out) == (4, "")
    assert "2 unreadable templates" in err


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("user.language", "a setting of the user (language)"),
        ("userTimeZone", "a setting of the user (time zone)"),
        ("user.name", "the name or id of a user, tenant or session"),
    ],
)
def test_a_setting_of_a_user_is_not_called_a_name(run: Run, tmp_path: Path, value: str, said: str) -> None:
    rules = "Never guess what anyone wants. " * 200
    (tmp_path / "a.jinja2").write_text(f"system:\nFor {{{{ {value} }}}}.\n{rules}", encoding="utf-8")
    _, out, _ = run("audit", str(tmp_path), "--format", "json", "--select", "V103")
    (finding,) = json.loads(out)["findings"]
    assert f"`{value}` is {said} at token" in finding["message"]
