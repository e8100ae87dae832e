"""The page: one file, inert whatever a log holds, whole with and without what draws."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from cachelens.reports.base import ReportOptions
from cachelens.reports.document.results import KINDS
from cachelens.reports.document.sections import SECTIONS, document
from cachelens.reports.html import drawing
from cachelens.reports.html.render import ReportHtml, page
from tests.reports.document.samples import HOSTILE, only, results

pytest.importorskip("vl_convert", reason="charts need the extra `report`")

_VOID = {"meta", "br", "input", "rect", "path", "line"}


class _Page(HTMLParser):
    """Collects what a browser would make of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def shown() -> str:
    return ReportHtml().render(results(), ReportOptions())


def test_the_page_loads_nothing(shown: str) -> None:
    for tag, attributes in _Page(shown).tags:
        assert tag not in {"img", "iframe", "link", "object", "embed", "form", "base"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in {"src", "style", "srcset", "xlink:href"}
            assert name != "href" or (value or "").startswith("#")
    assert "@import" not in shown
    assert "url(" not in shown


def test_the_policy_lets_only_its_own_style_and_script_through(shown: str) -> None:
    (policy,) = [row["content"] for tag, row in _Page(shown).tags if row.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", shown, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_what_a_log_holds_stays_text(shown: str) -> None:
    assert "<img" not in shown
    assert shown.count("<script>") == 1
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert any("</script><img src=x onerror=alert(1)>" in words for words in _Page(shown).words), "it is shown, as text"


def test_text_in_drawings_is_escaped_and_made_visible() -> None:
    spec = {"data": {"values": [{"name": HOSTILE}]}, "mark": "point", "encoding": {"y": {"field": "name"}}}
    drawn = drawing.draw(spec, HOSTILE)
    assert {element.tag.rpartition("}")[2] for element in ET.fromstring(drawn).iter()} <= drawing._TAGS  # noqa: S314
    assert "<img" not in drawn
    assert "\\x1b" in drawn


def test_every_section_is_on_the_page_and_in_its_list(shown: str) -> None:
    tags = _Page(shown).tags
    ids = [row["id"] for tag, row in tags if tag == "section"]
    assert ids == [row.id for row in SECTIONS]
    links = [row["href"] for tag, row in tags if tag == "a"]
    assert links[1:] == [f"#{name}" for name in ids]


def test_ids_are_unique(shown: str) -> None:
    ids = [row["id"] for _, row in _Page(shown).tags if "id" in row]
    assert len(ids) == len(set(ids))


def test_every_chart_has_a_name_and_its_figures(shown: str) -> None:
    drawn = [row for tag, row in _Page(shown).tags if tag == "svg" and row.get("class") == "drawing"]
    assert len(drawn) >= 6
    assert all(row["role"] == "img" and row["aria-label"] for row in drawn)


def test_without_the_extra_tables_stand_in_and_the_page_says_how_to_get_charts() -> None:
    plain = page(document(only("simulate")), charts=False)
    assert "<svg class=" not in plain.replace('<svg class="swatch"', "").replace('<svg class="bar"', "")
    assert "pip install" in plain
    assert "The same as a table" not in plain, "nothing is the same as what is not there"
    assert "Misses as recorded" in plain


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_was_not_given_is_named_once_with_the_command_that_makes_it(kind: str) -> None:
    shown = page(document(only(kind)), charts=False)
    told = [other for other in KINDS if f"no result of `cachelens {other}` was given" in shown]
    assert told == [other for other in KINDS if other != kind]


def test_the_same_results_give_the_same_bytes(shown: str) -> None:
    assert ReportHtml().render(results(), ReportOptions()) == shown


def test_the_page_is_well_formed(shown: str) -> None:
    """Every tag that is opened is closed, in order."""
    open_tags: list[str] = []

    class Check(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in _VOID:
                open_tags.append(tag)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            pass

        def handle_endtag(self, tag: str) -> None:
            if tag not in _VOID:
                assert open_tags.pop() == tag

    Check().feed(shown)
    assert open_tags == []
