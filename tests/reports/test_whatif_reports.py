"""The reports of a what-if: the same bytes always, and nothing in a log or parameter file can act as markup."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import msgspec
import pytest

from cachelens import app
from cachelens.model.result import Note, Status
from cachelens.model.whatif import WhatIfChoices, WhatIfResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.whatif_advice import length, sentences
from cachelens.reports.whatif_csv import WhatIfCsv
from cachelens.reports.whatif_json import WhatIfJson, schema_document
from cachelens.reports.whatif_markdown import WhatIfMarkdown
from cachelens.reports.whatif_text import WhatIfText
from cachelens.whatif.describing import load

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "whatif.v1.json"
HOSTILE = "\x1b[31m=cmd()|<b>*x*</b>\u202e\n@all"
MODELS = ("claude-sonnet-5-5", "gemini-3.8-flash", "gpt-5.4")


@pytest.fixture(scope="module")
def result(fixtures: Path) -> WhatIfResult:
    given = load(fixtures / "whatif" / "support-desk.yaml")
    asked = WhatIfChoices(models=MODELS, prompt_tokens=(2000, 6000), traffic=(0.1, 1.0), sample=1000, at="2026-11-23")
    return app.whatif([], asked, described=given)


@pytest.fixture(scope="module")
def hostile(result: WhatIfResult) -> WhatIfResult:
    cells = tuple(
        msgspec.structs.replace(cell, model=HOSTILE, boundary=HOSTILE, status=status, reasons=(HOSTILE,))
        for cell, status in zip(result.cells, 20 * list(Status), strict=False)
    )
    return msgspec.structs.replace(
        result,
        cells=cells,
        best=cells[0],
        traffic=msgspec.structs.replace(
            result.traffic,
            name=HOSTILE,
            parts=tuple(msgspec.structs.replace(part, name=HOSTILE) for part in result.traffic.parts),
        ),
        notes=(Note(code="x", text=HOSTILE),),
    )


def test_the_published_schema_is_the_one_in_use() -> None:
    """If this fails, write what `schema_document` returns to the file and look at the difference."""
    assert SCHEMA.read_text(encoding="utf-8") == schema_document()


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_line_is_wider_than_the_terminal(hostile: WhatIfResult, result: WhatIfResult, width: int) -> None:
    for shown in (hostile, result):
        text = WhatIfText().render(shown, ReportOptions(width=width, detail=True))
        assert max(map(len, text.splitlines())) <= width
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_the_json_is_valid_and_holds_the_figures_exactly(result: WhatIfResult) -> None:
    document = json.loads(WhatIfJson().render(result, ReportOptions()))
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert document["schema"] == "cachelens.whatif/v1"
    costs = [Decimal(cell["cost"]) for cell in document["cells"] if cell["cost"] is not None]
    assert costs == [round(cell.cost, 12) for cell in result.cells if cell.cost is not None]
    assert document["answers"][0]["card"]["checked"] == "2026-11-23"


def test_the_csv_has_a_row_for_each_cell(result: WhatIfResult, hostile: WhatIfResult) -> None:
    rows = list(csv.DictReader(io.StringIO(WhatIfCsv().render(result, ReportOptions()))))
    assert len(rows) == len(result.cells) + len(result.growth)
    assert {row["unit"] for row in rows} == {"day"}
    assert {row["traffic"] for row in rows} == {"0.1", "1"}
    assert {row["model"] for row in rows} == set(MODELS)
    unsafe = csv.DictReader(io.StringIO(WhatIfCsv().render(hostile, ReportOptions())))
    assert not any(row["model"].startswith(("=", "@", "\x1b")) for row in unsafe)


def test_nothing_in_a_name_acts_as_markup(hostile: WhatIfResult) -> None:
    text = WhatIfMarkdown().render(hostile, ReportOptions(detail=True))
    assert "<b>" not in text
    assert "*x*" not in text
    assert "\x1b" not in text
    assert "@all" not in text.replace("@<!-- -->all", "")


@pytest.mark.parametrize("report", [WhatIfText, WhatIfJson, WhatIfCsv, WhatIfMarkdown])
def test_the_same_result_gives_the_same_bytes(
    result: WhatIfResult, report: type[WhatIfText | WhatIfJson | WhatIfCsv | WhatIfMarkdown]
) -> None:
    assert report().render(result, ReportOptions()) == report().render(result, ReportOptions())


def test_text_and_markdown_say_the_same(result: WhatIfResult) -> None:
    text = " ".join(WhatIfText().render(result, ReportOptions(width=120)).split())
    page = " ".join(WhatIfMarkdown().render(result, ReportOptions()).replace("&#36;", "$").replace("|", " ").split())
    for row in result.answers:
        for sentence in sentences(row):
            assert sentence in text
            assert sentence in page
    for heading in ("Price changes: the same traffic a day", "Saved against no caching", "How it was counted"):
        assert heading in text
        assert heading in page


def test_rules_and_prices_are_shown_with_their_dates(result: WhatIfResult) -> None:
    text = " ".join(WhatIfText().render(result, ReportOptions(detail=True)).split())
    assert "prices and rules of 2026-11-23" in text
    assert "in force from 2026-10-07, checked 2026-11-23" in text
    assert "price claude-sonnet-5-5@2026-10-07: from 2026-10-07" in text
    assert "rule anthropic_messages" in text
    assert "from 2027-01-01 announced" in text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (45, "45 s"),
        (60, "1 min"),
        (240, "4 min"),
        (3600, "1 h"),
        (54_720, "15.2 h"),
        (86_400, "24 h"),
        (172_800, "2 d"),
    ],
)
def test_lengths_of_time_read_well(seconds: int, shown: str) -> None:
    assert length(seconds) == shown
