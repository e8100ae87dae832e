"""The reports of the layer view, and the page that explains them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cachelens.app import layers
from cachelens.catalog import load_catalog
from cachelens.layers.gates import Kind, gates
from cachelens.layers.normal import NORMALISATIONS
from cachelens.model.layers import StackResult
from cachelens.model.stack import Recommendation, SemanticChoices, Stack, StackChoices
from cachelens.reports.base import ReportOptions
from cachelens.reports.layers_json import schema_document
from cachelens.reports.layers_markdown import LayersMarkdown
from cachelens.reports.layers_text import LayersText
from cachelens.reports.layers_words import data, recommendation, threshold
from cachelens.reports.simulate_markdown import SimulateMarkdown
from tests.reports.sample import sample

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "layers.md").read_text(encoding="utf-8")
HOSTILE = "\x1b[31m=cmd()\u202e\n@all"


@pytest.fixture(scope="module")
def result() -> StackResult:
    log = Path(__file__).parents[2] / "fixtures" / "logs" / "answers.jsonl"
    return layers([str(log)], StackChoices(semantic=SemanticChoices(embedder="hashing")))


def test_the_published_schema_is_the_one_in_use() -> None:
    """If this fails, write what `schema_document` returns to the file and look at the difference."""
    assert (DOCS / "schemas" / "layers.v1.json").read_text(encoding="utf-8") == schema_document()


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_line_is_longer_than_the_screen(result: StackResult, width: int) -> None:
    text = LayersText().render(result, ReportOptions(width=width, detail=True, show_values=True))
    assert max(map(len, text.splitlines())) <= width


def test_nothing_in_a_log_acts(result: StackResult) -> None:
    assert result.semantic is not None
    examples = tuple(
        msgspec.structs.replace(example, request=HOSTILE, source=HOSTILE, question=HOSTILE, answer=HOSTILE)
        for example in result.semantic.examples
    )
    semantic = msgspec.structs.replace(result.semantic, examples=examples)
    shapes = tuple(msgspec.structs.replace(shape, workload=HOSTILE) for shape in result.shapes)
    hostile = msgspec.structs.replace(result, semantic=semantic, shapes=shapes)
    for report in ("layers-text", "layers-json", "layers-markdown"):
        text = load_catalog("reports").get(report)().render(hostile, ReportOptions(show_values=True, detail=True))
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_markdown_has_the_layers_the_verdict_and_the_curve(result: StackResult) -> None:
    text = LayersMarkdown().render(result, ReportOptions())
    assert "| exact | 240 | 27 | 11.2% |" in text
    assert "**Do not build a semantic cache: at 0.95" in text
    assert "| **0.95** | 12 | 12 | 0 | 100.0% | 75.8% to 100.0% | 45 | 62.2% |" in text
    assert "| tenant | on | 0 | 35 | 18 | 17 |" in text


def test_a_name_in_a_log_is_no_markup(result: StackResult) -> None:
    shapes = tuple(msgspec.structs.replace(shape, workload="<b>*x*</b>|") for shape in result.shapes)
    text = LayersMarkdown().render(msgspec.structs.replace(result, shapes=shapes), ReportOptions())
    assert "<b>" not in text
    assert "*x*" not in text


def test_a_stack_stands_in_the_markdown_of_a_simulation(result: StackResult) -> None:
    stack = msgspec.convert(result, Stack, from_attributes=True)
    text = SimulateMarkdown().render(msgspec.structs.replace(sample(), stack=stack), ReportOptions())
    assert "**Response caches in front**" in text
    assert "| exact | 240 | 27 | 11.2% |" in text
    assert "Response caches" not in SimulateMarkdown().render(sample(), ReportOptions())


@pytest.mark.parametrize("kind", list(Recommendation))
def test_every_recommendation_has_its_words(result: StackResult, kind: Recommendation) -> None:
    assert result.semantic is not None
    found = msgspec.structs.replace(result.semantic, recommendation=kind, advised_threshold=0.97)
    assert recommendation(found).endswith((".", "not."))


def test_figures() -> None:
    assert [data(size) for size in (0, 999, 52_000, 3_400_000, 2 * 10**9)] == [
        "0 bytes",
        "999 bytes",
        "52.0 kB",
        "3.4 MB",
        "2.0 GB",
    ]
    assert [threshold(value) for value in (1.0, 0.9, 0.95, 0.9975, None)] == [
        "1.00",
        "0.90",
        "0.95",
        "0.9975",
        "unknown",
    ]


@pytest.mark.parametrize("gate", gates(), ids=lambda gate: gate.id)
def test_the_page_explains_every_gate(gate: object) -> None:
    row = next(one for one in gates() if one is gate)
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{row.id}` |"))
    assert all(f"`{field}`" in line for field in row.fields)
    assert (row.kind is Kind.DERIVED) == ("the request |" in line) or row.id == "tenant"


def test_the_page_explains_normalisations_verdicts_embedders_and_kinds() -> None:
    from cachelens.layers.advice import kinds

    for row in NORMALISATIONS:
        assert f"| `{row.id}` | {row.about} | {'on' if row.default else 'off'} |" in PAGE
    reasons = ("no answer", "label", "identical", "tool calls", "JSON", "normalised", "yes or no", "numbers", "codes")
    for name in (*reasons, "names", "far", "close", "between", *load_catalog("layers.embedders").ids):
        assert f"`{name}" in PAGE
    for kind in kinds():
        assert f"| `{kind.id}` |" in PAGE
