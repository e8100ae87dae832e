"""Volatile values before fixed text, in traffic and in templates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cachelens.app import audit
from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, Severity, TrafficPlace
from cachelens.model.location import Location

RULES = "\n".join(
    f"Rule {n}: answer customer question number {n} briefly and kindly, and name the source." for n in range(150)
)


def log(path: Path, system: str, *, requests: int = 12) -> str:
    """Two requests a session, a minute apart; `{n}` in the system prompt is new in each."""
    rows = []
    for n in range(requests):
        text = system.format(n=n, time=f"2026-11-02T09:{n:02}:00Z", id=f"{n:08x}-2b4d-4a53-9c39-0f0a3a6b1c11")
        messages = [{"role": "system", "content": text}, {"role": "user", "content": f"question {n // 2}"}]
        if n % 2:
            messages += [{"role": "assistant", "content": "yes"}, {"role": "user", "content": f"more {n}"}]
        body = {"model": "gpt-4o", "messages": messages}
        stamp = f"2026-11-02T09:{n:02}:00Z"
        rows.append({"timestamp": stamp, "session_id": f"s{n // 2}", "workload": "help", "request": body})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def found(result: AuditResult, rule: str) -> Finding:
    (finding,) = (finding for finding in result.findings if finding.rule == rule)
    return finding


def test_a_clock_on_top_is_found_placed_and_priced(tmp_path: Path) -> None:
    finding = found(audit([log(tmp_path / "a.jsonl", "Current time: {time}\n\n" + RULES)]), "V101")
    assert finding.severity is Severity.HIGH
    assert isinstance(finding.location, TrafficPlace)
    assert (finding.location.workload, finding.location.place) == ("help", "system 1")
    assert finding.stranded_tokens is not None
    assert finding.stranded_tokens >= 11 * 2_000
    assert finding.cost is not None
    assert finding.cost > 0
    assert "09:" not in finding.message


def test_a_clock_at_the_end_of_the_prompt_strands_nothing(tmp_path: Path) -> None:
    assert audit([log(tmp_path / "a.jsonl", RULES + "\n\nCurrent time: {time}")]).findings == ()


def test_an_id_is_told_from_a_time(tmp_path: Path) -> None:
    result = audit([log(tmp_path / "a.jsonl", "Request {id}\n\n" + RULES)])
    assert [finding.rule for finding in result.findings] == ["V102"]


def test_clean_traffic_is_silent(tmp_path: Path) -> None:
    assert audit([log(tmp_path / "a.jsonl", RULES)]).findings == ()


def template(path: Path, text: str) -> AuditResult:
    path.write_text(text)
    return audit([str(path)])


@pytest.mark.parametrize(
    ("name", "text", "line", "column"),
    [
        ("a.jinja2", "Hello.\nIt is {{ now() }}.\n" + RULES, 2, 10),
        ("a.py", f'import datetime\n\nSYSTEM_PROMPT = f"""At {{datetime.datetime.now()}}:\n{RULES}"""\n', 3, 25),
        ("a.hbs", "Hello, it is {{now}}.\n" + RULES, 1, 16),
    ],
)
def test_a_clock_in_a_template_is_found_at_its_place(
    tmp_path: Path, name: str, text: str, line: int, column: int
) -> None:
    finding = found(template(tmp_path / name, text), "V101")
    assert isinstance(finding.location, Location)
    assert (finding.location.line, finding.location.column) == (line, column)
    assert finding.severity is Severity.HIGH


def test_a_clock_in_the_last_user_message_is_fine(tmp_path: Path) -> None:
    text = f"system:\n{RULES}\n\nuser:\n{{{{ question }}}} (sent at {{{{ now() }}}})\n"
    assert template(tmp_path / "a.jinja2", text).findings == ()


def test_a_name_that_only_looks_like_an_id_is_none(tmp_path: Path) -> None:
    found = template(tmp_path / "a.jinja2", "{{ last_message }}\n" + RULES).findings
    assert [finding.rule for finding in found] == ["V110"]
