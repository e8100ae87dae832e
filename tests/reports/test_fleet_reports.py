"""The reports of a fleet: the same bytes always, and nothing in a log can act as markup, formula or control."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from cachelens.app import fleet
from cachelens.model.fleet import FleetChoices, FleetResult, Interference
from cachelens.model.result import SkipCount
from cachelens.reports.base import ReportOptions
from cachelens.reports.fleet_csv import FleetCsv
from cachelens.reports.fleet_curve_json import schema_document as curve_schema
from cachelens.reports.fleet_json import FleetJson, schema_document
from cachelens.reports.fleet_markdown import FleetMarkdown
from cachelens.reports.fleet_text import FleetText
from cachelens.reports.fleet_words import span, time

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "fleet.v1.json"
HOSTILE = "\x1b[31m=cmd()|<b>*x*</b>\u202e\n@all"


@pytest.fixture(scope="module")
def result(fixtures: Path) -> FleetResult:
    asked = FleetChoices(replicas=(1, 2), policies=("round-robin", "oracle"), kv_blocks=(1000,), timed=True)
    return fleet([str(fixtures / "traces" / "desk.jsonl")], asked)


@pytest.fixture(scope="module")
def hostile(result: FleetResult) -> FleetResult:
    who = Interference(by=HOSTILE, of=HOSTILE, blocks=3, share=1.0)
    return msgspec.structs.replace(
        result,
        runs=tuple(msgspec.structs.replace(run, interference=(who,)) for run in result.runs),
        skips=(SkipCount(path=HOSTILE, reason=HOSTILE, lines=1, first_line=1),),
        notes=(HOSTILE,),
    )


def test_the_published_schema_is_the_one_in_use() -> None:
    """If this fails, write what `schema_document` returns to the file and look at the difference."""
    assert SCHEMA.read_text(encoding="utf-8") == schema_document()


def test_the_published_schema_of_curves_is_the_one_in_use() -> None:
    """If this fails, write what `curve_schema` returns to the file and look at the difference."""
    assert SCHEMA.with_name("fleet-curve.v1.json").read_text(encoding="utf-8") == curve_schema()


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_line_is_wider_than_the_terminal(hostile: FleetResult, width: int) -> None:
    text = FleetText().render(hostile, ReportOptions(width=width, detail=True))
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_figure_is_never_lost_where_every_detail_is_asked_for(result: FleetResult) -> None:
    text = " ".join(FleetText().render(result, ReportOptions(width=60, detail=True)).split())
    assert "offered load, mean of the replicas 0.0" in text
    assert "GPU-hours" in text


def test_markdown_and_json_stay_inert(hostile: FleetResult) -> None:
    markdown = FleetMarkdown().render(hostile, ReportOptions())
    assert "<b>" not in markdown
    assert "@all" not in markdown
    assert "\x1b" not in markdown
    document = FleetJson().render(hostile, ReportOptions())
    assert "\x1b" not in document
    assert "\u202e" not in document
    jsonschema.validate(json.loads(document), json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_csv_has_one_row_a_run_and_as_many_cells_as_headings(result: FleetResult) -> None:
    rows = list(csv.reader(io.StringIO(FleetCsv().render(result, ReportOptions()))))
    assert len(rows) == 1 + len(result.runs)
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = dict(zip(rows[0], rows[1], strict=True))
    run = result.runs[0]
    assert run.losses is not None
    assert run.timing is not None
    assert cells["lost_to_eviction_tokens"] == str(run.losses.eviction)
    assert cells["lost_to_eviction"] == f"{run.losses.eviction_share:.6f}"
    assert cells["is_saturated"] == "false"
    assert run.timing.prefill is not None
    assert cells["prefill_p99_us"] == str(run.timing.prefill.p99)


def test_a_ceiling_is_never_advised(result: FleetResult) -> None:
    text = FleetText().render(result, ReportOptions())
    assert "oracle *" not in text
    assert "round-robin *" in text


@pytest.mark.parametrize(
    ("us", "words"),
    [
        (None, "unknown"),
        (0, "0 ms"),
        (999_499, "999 ms"),
        (999_500, "1.00 s"),
        (2_550_000, "2.55 s"),
        (14_510_000, "14.5 s"),
        (2_430_000_000, "2,430 s"),
    ],
)
def test_times_are_short(us: int | None, words: str) -> None:
    assert time(us) == words


@pytest.mark.parametrize(
    ("us", "words"), [(500_000, "0.5 seconds"), (3_537_000_000, "59.0 minutes"), (561_600_000_000, "6.5 days")]
)
def test_spans_are_in_their_own_unit(us: int, words: str) -> None:
    assert span(us) == words
