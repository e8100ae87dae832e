"""The reports of `cachelens pricing`: as reviewed, harmless, and with every billable unit."""

from __future__ import annotations

import csv
import io
import json

import pytest

from cachelens.catalog import load_catalog
from cachelens.providers.billing import UNITS
from cachelens.reports.base import ReportOptions
from cachelens.reports.pricing_words import UNIT_NAMES
from tests.reports.pricing_sample import due_list, model_sheet, price_list
from tests.reports.snapshots import check

RESULTS = {
    "pricing-list-text": price_list(),
    "pricing-list-json": price_list(),
    "pricing-list-csv": price_list(),
    "pricing-show-text": model_sheet(),
    "pricing-show-json": model_sheet(),
    "pricing-check-text": due_list(),
}


def render(report: str, result: object = None, *, width: int = 80) -> str:
    text: str = load_catalog("reports").get(report)().render(result or RESULTS[report], ReportOptions(width=width))
    return text


def test_every_report_of_the_catalogue_is_tested() -> None:
    assert [name for name in load_catalog("reports").ids if name.startswith("pricing")] == list(RESULTS)


@pytest.mark.parametrize("report", RESULTS)
def test_report_is_as_reviewed(report: str) -> None:
    command, _, form = report.rpartition("-")
    check(f"{command}.{'txt' if form == 'text' else form}", render(report))


@pytest.mark.parametrize("report", RESULTS)
def test_a_price_file_cannot_steer_the_terminal_or_a_spreadsheet(report: str) -> None:
    text = render(report)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert load_catalog("reports").get(report)().id == report
    if report.endswith("csv"):
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell.startswith("=")]


def test_every_billable_unit_has_a_name_and_a_column() -> None:
    assert set(UNIT_NAMES) == set(UNITS)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_sentence_is_longer_than_the_terminal_or_80(width: int) -> None:
    """But a table of prices, and words that cannot be broken."""
    for report in ("pricing-show-text", "pricing-check-text"):
        wide = [line for line in render(report, width=width).splitlines() if len(line) > min(width, 80)]
        assert [line for line in wide if len(line.split()) > 2 and "://" not in line and width >= 60] == []


def test_one_day_shows_its_price_alone() -> None:
    text = render("pricing-show-text", model_sheet(one_day=True, extrapolated=True))
    assert text.count("checked 2026-11-23") == 1
    assert "outside the known span" in text
    assert "read from   pricing/providers/acme.yaml:20\n" in text


def test_what_is_not_published_is_said() -> None:
    text = render("pricing-show-text", model_sheet(minimum_tokens=None, explicit_rules=None, aliases=()))
    assert "minimum     not published" in text
    assert "\n  or " not in text
    assert json.loads(render("pricing-show-json", model_sheet(explicit_rules=None)))["explicit_profile"] is None


def test_json_of_a_list_has_its_own_version_and_money_as_text() -> None:
    shape = json.loads(render("pricing-list-json"))
    assert (shape["format"], shape["version"]) == ("cachelens.pricing.list", 1)
    assert shape["providers"][0]["models"][0]["usd_per_mtok"]["read"] == "0.5"
    assert shape["providers"][1]["models"] == []
