"""The catalogue of reports: every row leads to a report that bears its id."""

from __future__ import annotations

from cachelens.catalog import load_catalog
from cachelens.model.result import SimulateResult
from cachelens.reports.base import Report, ReportOptions
from cachelens.reports.simulate_csv import SimulateCsv
from cachelens.reports.simulate_json import SimulateJson
from cachelens.reports.simulate_markdown import SimulateMarkdown
from cachelens.reports.simulate_text import SimulateText
from tests.reports.sample import sample

SIMULATE = ("simulate-text", "simulate-json", "simulate-csv", "simulate-markdown")


REPORTS: tuple[Report[SimulateResult], ...] = (
    SimulateText(),
    SimulateJson(),
    SimulateCsv(),
    SimulateMarkdown(),
)
"""Typed so, that the type checker proves each of them a `Report`."""


def test_catalogue_holds_every_report() -> None:
    assert {report.id for report in REPORTS} == set(SIMULATE)


def test_every_format_of_simulate_renders_the_sample() -> None:
    catalog = load_catalog("reports")
    for identifier in SIMULATE:
        report = catalog.get(identifier)()
        assert report.id == identifier
        assert report.render(sample(), ReportOptions()).endswith("\n")
