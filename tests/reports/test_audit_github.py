"""Workflow commands, read back as the runner of GitHub Actions reads them."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

import msgspec
import pytest

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Severity
from cachelens.reports.audit_github import AuditGithub
from cachelens.reports.base import ReportOptions
from tests.reports.audit_sample import HOSTILE, finding, hostile, in_file, sample


class Command(NamedTuple):
    """One line that the runner obeys."""

    name: str
    properties: dict[str, str]
    message: str


def commands(text: str) -> list[Command]:
    """Read as the runner does: from `::` at the start of a line to the next `::`, then pairs between commas."""
    found = []
    for line in text.splitlines():
        if line.lstrip().startswith("::"):
            head, _, message = line.lstrip()[2:].partition("::")
            name, _, pairs = head.partition(" ")
            properties = dict(pair.split("=", 1) for pair in pairs.split(","))
            found.append(Command(name, {key: unquote(value) for key, value in properties.items()}, unquote(message)))
        else:
            assert "##[" not in line
    return found


def render(result: AuditResult) -> str:
    return AuditGithub().render(result, ReportOptions())


def test_severities_become_kinds_the_gravest_first() -> None:
    kinds = [command.name for command in commands(render(sample()))]
    assert kinds == ["error", "error", "warning", "notice", "notice", "notice", "notice"]


def test_a_finding_in_a_file_is_put_on_its_line() -> None:
    row = commands(render(sample()))[2]
    assert row.properties == {
        "file": "prompts/mein agent%.jinja2",
        "line": "3",
        "endLine": "3",
        "col": "7",
        "endColumn": "16",
        "title": "V101 time-before-fixed-text",
    }
    assert row.message.splitlines()[1] == "Do: Move it behind the fixed text."


def test_columns_are_left_out_where_a_finding_spans_lines() -> None:
    assert set(commands(render(sample()))[3].properties) == {"file", "line", "endLine", "title"}


def test_traffic_has_no_file_and_says_where() -> None:
    row = commands(render(sample()))[0]
    assert set(row.properties) == {"title"}
    assert row.message.startswith("In support-bot, system 1, token 12:\n")


@pytest.mark.parametrize("text", [HOSTILE, "a,line=9::x", "%0A::stop-commands::x", "\r::error::x", "x\u2028::error::x"])
def test_nothing_that_is_named_starts_or_alters_a_command(text: str) -> None:
    shown = commands(render(hostile(text)))
    assert [row.name for row in shown] == ["error", "warning", "notice", "notice"]
    assert set(shown[1].properties) == {"file", "line", "endLine", "col", "endColumn", "title"}
    assert shown[1].properties["line"] == "2"
    if text.isprintable():
        assert shown[1].properties["file"] == text


def test_more_than_github_shows_is_said() -> None:
    many = tuple(finding("V101", Severity.HIGH, location=in_file("a.txt", line, 1)) for line in range(1, 13))
    text = render(msgspec.structs.replace(sample(), findings=many))
    assert text.endswith("GitHub shows the first 10 errors of a step; all 12 stand in this log.\n")
    assert "shows the first" not in render(msgspec.structs.replace(sample(), findings=many[:10]))
