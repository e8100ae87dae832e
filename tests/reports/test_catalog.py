"""The catalogue of reports: every row leads to a report that bears its id."""

from __future__ import annotations

from cachelens.catalog import load_catalog
from cachelens.reports.base import ReportOptions
from tests.reports.sample import sample

SIMULATE = ("simulate-text", "simulate-json", "simulate-csv", "simulate-markdown")


def test_every_format_of_simulate_renders_the_sample() -> None:
    catalog = load_catalog("reports")
    for identifier in SIMULATE:
        report = catalog.get(identifier)()
        assert report.id == identifier
        assert report.render(sample(), ReportOptions()).endswith("\n")
