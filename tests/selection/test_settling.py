"""What a project's settings do to findings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cachelens.config.settings import IgnoredPath, IgnoredTraffic, Settings, Target
from cachelens.model.finding import Finding, Severity
from cachelens.selection.grading import graded
from cachelens.selection.silencing import Silence
from cachelens.selection.texts import Texts
from tests.selection.samples import CLOCK, RULES, audited, in_file, in_traffic, written


def test_rules_that_are_not_selected_do_not_judge(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jinja2", CLOCK + "{{ uuid4() }}\n" + RULES)
    assert {finding.rule for finding in audited(path).findings} >= {"V101", "V102"}
    chosen = audited(path, settings=Settings(select=("V102",)))
    assert {finding.rule for finding in chosen.findings} == {"V102"}
    assert len(chosen.rules) == 1
    assert "V101" not in {finding.rule for finding in audited(path, settings=Settings(ignore=("V101",))).findings}


@pytest.mark.parametrize(
    ("rule", "wanted", "given", "expected"),
    [
        ("high", "low", "high", "low"),
        ("high", "low", "medium", "low"),
        ("high", "low", "info", "info"),
        ("medium", "high", "medium", "high"),
        ("medium", "high", "low", "low"),
        ("high", "high", "medium", "medium"),
    ],
)
def test_a_severity_is_what_a_finding_is_worth_at_most(rule: str, wanted: str, given: str, expected: str) -> None:
    found = graded([in_file("a", severity=Severity(given))], {"V101": Severity(wanted)}, {"V101": Severity(rule)})
    assert [finding.severity.value for finding in found] == [expected]


def test_a_severity_holds_for_its_rule_only(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jinja2", CLOCK + RULES)
    lower = audited(path, settings=Settings(severity={"time-before-fixed-text": Severity.LOW}))
    assert [finding.severity for finding in lower.findings] == [Severity.LOW]
    other = audited(path, settings=Settings(severity={"V102": Severity.LOW}))
    assert [finding.severity for finding in other.findings] == [Severity.HIGH]


def reason(finding: Finding, settings: Settings, root: Path) -> str:
    return Silence(settings, Texts(root)).reason(finding)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("old/", "old/a.jinja2", True),
        ("old/", "prompts/old/deep/a.jinja2", True),
        ("/old/", "prompts/old/a.jinja2", False),
        ("*.py", "src/a.py", True),
        ("src/*.py", "src/deep/a.py", False),
        ("src/**/*.py", "src/deep/a.py", True),
        ("old/", "../old/a.jinja2", False),
    ],
)
def test_files_are_silenced_by_pattern_from_the_folder_of_the_settings(
    tmp_path: Path, pattern: str, path: str, fits: bool
) -> None:
    settings = Settings(ignore_path=(IgnoredPath(path=pattern, rules=("V",), reason="old"),))
    assert reason(in_file(str(tmp_path / path)), settings, tmp_path) == ("old" if fits else "")
    assert reason(in_file(str(tmp_path / path), rule="S301"), settings, tmp_path) == ""


def test_workloads_are_silenced_by_pattern() -> None:
    settings = Settings(ignore_traffic=(IgnoredTraffic(workload="night-*", rules=("V101",), reason="a batch"),))
    assert reason(in_traffic("night-1"), settings, Path()) == "a batch"
    assert reason(in_traffic("night-1", rule="V102"), settings, Path()) == ""
    assert reason(in_traffic("day"), settings, Path()) == ""
    assert reason(in_file("night-1"), settings, Path()) == ""


def test_silenced_findings_are_kept_with_the_reason(tmp_path: Path) -> None:
    path = written(tmp_path, "old/a.jinja2", CLOCK + RULES)
    silenced = Settings(ignore_path=(IgnoredPath(path="old/", rules=("V101",), reason="they go in March"),))
    result = audited(path, root=tmp_path, settings=silenced)
    assert result.findings == ()
    assert [(finding.rule, finding.suppression) for finding in result.suppressed] == [("V101", "they go in March")]


def test_excluded_files_are_not_looked_at_even_when_named(tmp_path: Path) -> None:
    old = written(tmp_path, "old/a.jinja2", CLOCK + RULES)
    written(tmp_path, "old/a.jsonl", "not a log")
    new = written(tmp_path, "new.jinja2", CLOCK + RULES)
    settings = Settings(exclude=("old/",))
    result = audited(tmp_path, old, new, root=tmp_path, settings=settings)
    assert (result.files, len(result.findings)) == (1, 1)


def log(path: Path) -> Path:
    """Twelve requests with the same rules: two a day, a minute apart, so that the second of a day reads what it can."""
    rows = [
        {
            "timestamp": f"2026-11-{2 + n // 2:02}T09:{n % 2:02}:00Z",
            "workload": "help",
            "request": {
                "model": "gpt-4o",
                "messages": [{"role": "system", "content": RULES * 3}, {"role": "user", "content": f"question {n}"}],
            },
        }
        for n in range(12)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("targets", "rules"),
    [
        ((), {"B702"}),
        ((Target(workload="help", target=0.45),), set()),
        ((Target(workload="h*", red_line=0.55),), {"B701"}),
        ((Target(workload="other", target=0.1),), {"B702"}),
        ((Target(workload="help", target=0.99), Target(workload="*", target=0.1)), {"B702"}),
    ],
)
def test_a_workload_is_measured_against_its_own_target(
    tmp_path: Path, targets: tuple[Target, ...], rules: set[str]
) -> None:
    """Six of twelve requests read nearly all of their input: a little under 0.5."""
    result = audited(log(tmp_path / "a.jsonl"), settings=Settings(targets=targets))
    assert {finding.rule for finding in result.findings if finding.rule[0] == "B"} == rules
