"""A log that tells only how long prompts were is no clean log: every form of the report says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelens.app import audit
from cachelens.catalog import load_catalog
from cachelens.reports.base import ReportOptions
from tests.traffic.chat import START, Row, traffic, written

SAID = "30 of 30 requests show only lengths"


def usage_only(number: int) -> Row:
    usage = {"input_tokens": 100 + number, "cache_read_input_tokens": 2000, "output_tokens": 20}
    at = START.replace(minute=number).isoformat().replace("+00:00", "Z")
    return {"timestamp": at, "model": "claude-sonnet-5", "usage": usage}


@pytest.mark.parametrize("form", ["audit-text", "audit-json", "audit-markdown", "audit-github"])
def test_every_form_says_how_many_requests_show_only_lengths(form: str, tmp_path: Path) -> None:
    result = audit([written(tmp_path / "a.jsonl", [usage_only(number) for number in range(30)])])
    report = load_catalog("reports").get(form)().render(result, ReportOptions(width=300))
    assert SAID in report.replace("\n", " ")


def test_a_log_that_holds_prompts_has_no_such_problem(tmp_path: Path) -> None:
    assert audit([written(tmp_path / "a.jsonl", traffic())]).problems == ()
