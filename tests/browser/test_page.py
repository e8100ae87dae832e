"""The report in a real Chromium: it renders, sorts, filters, downloads, prints, and stays inert and accessible."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from cachelens.cli.browser import print_page
from cachelens.reports.document.sections import SECTIONS
from tests.browser.conftest import Visit
from tests.reports.document.samples import HOSTILE

pytestmark = pytest.mark.browser

SCENARIOS = '[data-csv="scenarios-1"]'
PHONE = {"width": 360, "height": 740}


def test_every_section_is_shown_and_nothing_is_loaded(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page)
    assert page.locator("h2").all_inner_texts() == [row.title for row in SECTIONS]
    assert page.locator("svg.drawing").count() >= 8
    for drawing in page.locator("svg.drawing").all():
        box = drawing.bounding_box()
        assert box is not None
        assert box["width"] > 300
        assert box["height"] > 50


def test_text_that_looks_like_html_stays_text(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page)
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1
    assert page.get_by_text("</script><img src=x onerror=alert(1)>").count() > 0
    assert HOSTILE not in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{"width": 1200, "height": 900}, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(visit: Visit, sample_page: Path, scheme: str, size: dict[str, int]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = visit(sample_page, color_scheme=scheme, viewport=size)
    for details in page.locator("details").all():
        details.locator("summary").click()
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_a_column_of_figures_sorts_by_value_and_unknown_stands_last(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page)
    cost = page.locator(f"{SCENARIOS} th", has_text="cost")
    shown = page.locator(f"{SCENARIOS} tbody tr td:nth-child(2)")

    def values() -> list[float | None]:
        texts = shown.all_inner_texts()
        return [None if text == "unknown" else float(re.sub(r"[~$,]", "", text)) for text in texts]

    for direction, down in (("ascending", False), ("descending", True)):
        cost.get_by_role("button").click()
        assert cost.get_attribute("aria-sort") == direction
        found = values()
        known = [value for value in found if value is not None]
        assert known == sorted(known, reverse=down)
        assert found == [*known, *[None] * (len(found) - len(known))]
    assert None in values(), "the sample has a scenario without a cost"


def test_a_filter_leaves_the_rows_that_hold_the_words(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page)
    table = page.locator('[data-csv="fleet-1"]')
    table.get_by_role("searchbox").fill("ROUND-Robin")
    rows = table.locator("tbody tr")
    shown = [row.inner_text() for row in rows.all() if row.is_visible()]
    assert 0 < len(shown) < rows.count()
    assert all("round-robin" in text for text in shown)
    assert table.locator("output").inner_text() == f"{len(shown)} of {rows.count()} rows"


def test_a_table_downloads_as_csv_that_no_spreadsheet_runs(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page)
    button = page.locator('[data-csv="matrix-1"]')
    page.locator("details", has=button).locator("summary").click()
    with page.expect_download() as download:
        button.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == "matrix-1.csv"
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"), newline="")))
    assert rows[0][:2] == ["scenario", "all"]
    assert len(rows) == 1 + page.locator('[data-csv="matrix-1"] tbody tr').count()
    assert {len(row) for row in rows} == {len(rows[0])}
    assert '\'=cmd()|"!A1"' in rows[0], "a name that is a formula is told to be text"


def test_the_theme_follows_the_system_and_the_button(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page, color_scheme="dark")

    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    dark = paper()
    page.get_by_role("button", name="Light").click()
    light = paper()
    assert light == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Dark").click()
    assert paper() == dark != light


def test_arrow_keys_tell_the_parts_of_a_prompt_in_order(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page)
    prompt = page.locator(".prompt .tips").first
    prompt.focus()
    told = []
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        told.append(page.locator(".prompt .tip").first.inner_text())
    places = [re.search(r"tokens? ([\d,]*\d)|(\d[\d,]*) tokens", text) for text in told]
    tokens = [int((place[1] or place[2]).replace(",", "")) for place in places if place is not None]
    assert len(tokens) == len(told)
    assert tokens == sorted(tokens), told
    assert any("changes daily, tokens 400 to 404" in text for text in told)
    page.keyboard.press("ArrowLeft")
    assert page.locator(".prompt .tip").first.inner_text() == told[-2]


def test_the_pointer_tells_what_a_mark_of_a_chart_says(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page)
    chart = page.locator("#misses .chart")
    chart.locator("[data-tip]").first.hover()
    assert re.search(r"tokens in [\d,]+ request", page.locator("#misses .tip").first.inner_text())


def test_a_phone_scrolls_no_further_than_its_screen(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_scripts_all_of_it_is_still_there(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page, java_script_enabled=False)
    assert page.locator(f"{SCENARIOS} tbody tr").count() > 5
    assert page.locator("svg.drawing").first.is_visible()
    assert page.get_by_role("button").count() == 0


def test_paper_has_no_controls_and_whole_tables(visit: Visit, sample_page: Path) -> None:
    page = visit(sample_page, color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator(f"{SCENARIOS} .tools").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(f"(e => e.scrollHeight <= e.clientHeight + 1)(document.querySelector('{SCENARIOS} .scroll'))")


@pytest.mark.usefixtures("chromium")
def test_the_page_prints_as_pdf(sample_page: Path, tmp_path: Path) -> None:
    printed = tmp_path / "report.pdf"
    print_page(sample_page.read_text(encoding="utf-8"), printed)
    data = printed.read_bytes()
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) > 1
