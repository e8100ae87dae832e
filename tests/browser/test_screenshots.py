"""The pictures of the README: the report on the shipped log. `CACHELENS_UPDATE_SCREENSHOTS=1` takes them anew."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from cachelens import __version__, app
from cachelens.model.fleet import FleetChoices
from cachelens.model.scenario import Choices
from cachelens.model.stack import SemanticChoices, StackChoices
from cachelens.reports.audit_json import to_shape as audit_shape
from cachelens.reports.base import ReportOptions
from cachelens.reports.document.results import Results, Source
from cachelens.reports.document.sections import document
from cachelens.reports.fleet_json import to_shape as fleet_shape
from cachelens.reports.html.render import page as rendered
from cachelens.reports.layers_json import to_shape as layers_shape
from cachelens.reports.metrics_json import to_shape as metrics_shape
from cachelens.reports.simulate_json import to_shape as simulate_shape
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

MOST_BYTES = 150_000
PICTURES = ("headline", "prefix-map", "costs", "fleet", "metrics", "layers")
"""Sections that a picture is taken of."""
SIZE = {"width": 900, "height": 1000}
HIGHEST = 1000


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory, fixtures: Path) -> Path:
    """Write the report on the shipped log."""
    log = [str(fixtures / "logs" / "week.jsonl")]
    swept = FleetChoices(kv_blocks=(250, 1000), timed=True, speed=2000, ttft_target_us=200_000)
    answers = [str(fixtures / "logs" / "answers.jsonl")]
    asked = StackChoices(semantic=SemanticChoices(embedder="hashing", price_per_wrong=Decimal(2)))
    results = Results(
        version=__version__,
        sources={
            "simulate": (
                Source(path="simulate.json", result=simulate_shape(app.simulate(log, Choices(optimize=True)))),
            ),
            "audit": (Source(path="audit.json", result=audit_shape(app.audit(log), ReportOptions())),),
            "fleet": (Source(path="fleet.json", result=fleet_shape(app.fleet(log, swept))),),
            "layers": (Source(path="layers.json", result=layers_shape(app.layers(answers, asked), values=False)),),
            "metrics": (Source(path="metrics.json", result=metrics_shape(app.metrics(log))),),
        },
    )
    path = tmp_path_factory.mktemp("week") / "report.html"
    path.write_text(rendered(document(results)), encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("section", PICTURES)
def test_a_picture_of_each_section_is_small(visit: Visit, week: Path, tmp_path: Path, section: str) -> None:
    page = visit(week, viewport=SIZE)
    box = page.locator(f"#{section}").bounding_box()
    assert box is not None
    pictures = Path(__file__).parents[2] / "docs" / "images"
    name = f"report-{section}.png"
    path = (pictures if os.environ.get("CACHELENS_UPDATE_SCREENSHOTS") == "1" else tmp_path) / name
    page.screenshot(path=path, full_page=True, clip={**box, "height": min(box["height"], HIGHEST)})
    assert 5_000 < path.stat().st_size < MOST_BYTES
    assert (pictures / name).stat().st_size < MOST_BYTES


def test_the_page_of_the_shipped_log_is_small(week: Path) -> None:
    assert week.stat().st_size < 2_000_000
