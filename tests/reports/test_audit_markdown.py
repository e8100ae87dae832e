"""The pull request comment on an audit: tables that render, names that stay names, never too long to post."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec
import pytest
from markdown_it import MarkdownIt

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Severity
from cachelens.model.location import Location
from cachelens.reports.audit_markdown import AuditMarkdown
from cachelens.reports.base import ReportOptions
from tests.reports.audit_sample import FINDINGS, HOSTILE, finding, hostile, in_file, sample
from tests.reports.test_markdown_safety import NAMES

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def render(result: AuditResult, **options: object) -> str:
    return AuditMarkdown().render(result, ReportOptions(**options))  # type: ignore[arg-type]


def shape(result: AuditResult) -> list[str]:
    return [token.type for token in PARSER.parse(render(result, detail=True, show_values=True))]


@pytest.mark.parametrize("name", [*NAMES, HOSTILE, "</details>", "`", "a`b`c"])
def test_a_whole_comment_keeps_its_shape(name: str) -> None:
    """The same blocks come out whatever a log, a prompt or a file is called."""
    assert shape(hostile(name)) == shape(hostile("plain"))


def test_nothing_hostile_is_live() -> None:
    text = render(hostile(HOSTILE), detail=True, show_values=True)
    for live in ("<b>", "@all", "://", "\x1b", "##[", "](", "a`|"):
        assert live not in text
    assert set(re.findall(r"<[^>]*>", text)) <= {
        "<!-- -->",
        "<code>",
        "</code>",
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
    }


def test_every_row_of_the_table_has_the_cells_of_its_heading() -> None:
    (table,) = [block for block in render(sample()).split("\n\n") if block.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()} == {7}


def test_columns_of_money_are_there_only_when_a_cost_is_known() -> None:
    assert "a month |" in render(sample())
    assert "| lost |" not in render(msgspec.structs.replace(sample(), findings=FINDINGS[2:]))


def test_tokens_of_a_template_are_those_of_a_request() -> None:
    assert "| 480 a request |" in render(sample())
    assert "| 6,210,000 |" in render(sample())


def test_source_in_a_message_is_code() -> None:
    assert "jinja2:3:7`: `now()` is a date or time" in render(sample())


def test_nothing_found_is_good_news_without_a_table() -> None:
    text = render(AuditResult(version="0.1.0", findings=(), files=3, templates=2))
    assert text == (
        "### CacheLens: nothing found that keeps prompts from the cache\n\n0 findings in 2 templates in 3 files.\n"
    )


@pytest.mark.parametrize("name", ["prompts/agent.jinja2", "<" * 70_000, "\U000e0041" * 70_000])
def test_it_fits_into_a_comment_and_says_what_does_not(name: str) -> None:
    many = tuple(
        finding("V101", Severity.HIGH, location=in_file(name, line, 1), cost=Decimal(line), samples=(name[:50],))
        for line in range(5_000, 0, -1)
    )
    result = msgspec.structs.replace(hostile(name), findings=many, suppressed=many)
    text = render(result, detail=True, show_values=True)
    assert len(text) < 65_536
    table, details = text.split("<details>")[:2]
    rows = sum(line.startswith("| **high**") for line in table.splitlines())
    assert rows >= 10
    assert f"and {5_000 - rows:,} findings more of the least weight" in table
    assert "more, not explained here" in details
    assert "</details>" in details
    assert "Suppressed: 5,000" in text


def test_the_gravest_are_kept() -> None:
    many = tuple(
        finding("V101", Severity.HIGH, location=Location("a.txt", line, 1, line, 2)) for line in range(1, 3_000)
    )
    text = render(msgspec.structs.replace(sample(), findings=many))
    assert "`a.txt:1:1`" in text
    assert "`a.txt:2999:1`" not in text
