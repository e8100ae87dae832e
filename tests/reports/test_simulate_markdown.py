"""The pull request comment: tables that render, names that stay names."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from cachelens.model.result import Note
from cachelens.reports.base import ReportOptions
from cachelens.reports.simulate_markdown import SimulateMarkdown
from tests.reports.sample import sample, scenario, totals, workload
from tests.reports.snapshots import check

ALL = ReportOptions(top_workloads=20)


def render(options: ReportOptions = ALL) -> str:
    return SimulateMarkdown().render(sample(), options)


def test_comment_is_as_reviewed() -> None:
    check("simulate.md", render())


def test_every_row_of_a_table_has_the_cells_of_its_heading() -> None:
    tables = [block for block in render().split("\n\n") if block.startswith("|")]
    assert len(tables) == 5
    for table in tables:
        borders = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(borders) == 1


def test_names_are_inert() -> None:
    text = render()
    for live in ("<script", "[red]", "**bold**", "@everyone", "\x1b", "a|b", "`code`"):
        assert live not in text
    assert "<code>&#60;script&#62;alert&#40;1&#41;&#60;&#47;script&#62;</code>" in text
    assert "<code>a&#124;b&#92;&#124;c</code>" in text


def test_prose_neither_links_nor_mentions() -> None:
    note = Note(code="x", text="see https://evil.example www.evil.example @team <img> _a_ snake_case\n# h")
    text = SimulateMarkdown().render(msgspec.structs.replace(sample(), notes=(note,)), ALL)
    line = next(line for line in text.splitlines() if line.startswith("- note (x)"))
    assert "://" not in line
    assert "www." not in line
    assert "@team" not in line
    assert "<img" not in line
    assert "&#95;a&#95; snake_case\\nx".removesuffix("x").replace("\\", "&#92;") in line


def test_figures_show_their_sign_without_striking_out() -> None:
    assert r"\~$1,234.56" in render()
    assert not re.search(r"(?<!\\)~", render())


def test_flags_best_and_reasons_are_in_words() -> None:
    text = render()
    assert "`static-first/system-only/1h`, `static-first/tools-and-system/1h` **best**" in text
    assert "**below the 40% red line**" in text
    assert "- `system-only/12h`: impossible: the provider sells no cache lifetime of 12 hours" in text
    assert "token hit rate" in text
    assert "request hit rate" in text


def test_other_workloads_are_counted() -> None:
    assert "and 9 more workloads" in render(ReportOptions(top_workloads=1))


def test_best_with_another_model_names_the_best_with_the_same() -> None:
    other = scenario("mini", model="mini", total=totals(cost=Decimal(3)), workloads=(workload("a"),))
    result = msgspec.structs.replace(sample(), scenarios=(*sample().scenarios, other))
    text = SimulateMarkdown().render(result, ALL)
    assert "best with the recorded one: `static-first/system-only/1h`" in text


def test_nothing_to_show_still_makes_a_comment() -> None:
    bare = msgspec.structs.replace(
        sample(),
        inputs=(),
        skips=(),
        bases=(),
        scenarios=(),
        validation=(),
        facts=(),
        notes=(),
        first_us=None,
    )
    text = SimulateMarkdown().render(bare, ALL)
    assert text.startswith("### CacheLens")
    assert "|" not in text


def test_without_recorded_scenario_or_workloads_the_rest_stands() -> None:
    others = tuple(row for row in sample().scenarios if row.name != "as-recorded")
    text = SimulateMarkdown().render(msgspec.structs.replace(sample(), scenarios=others), ALL)
    assert "| scenario |" in text
    assert "| workload |" not in text
    assert "misses" not in text


def test_without_validation_it_says_so() -> None:
    text = SimulateMarkdown().render(msgspec.structs.replace(sample(), validation=()), ALL)
    assert "Not validated: no request shows both its prompt" in text
