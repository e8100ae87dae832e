"""The pages that are made from code and data are what code and data make now."""

import re
from pathlib import Path

import pytest

from scripts.pages import DOCS, GENERATORS, write

LINK = re.compile(r"\]\(([\w.-]+\.md)\)")


@pytest.mark.parametrize("folder", GENERATORS)
def test_the_pages_are_up_to_date(folder: str) -> None:
    """Write them again with `python -m scripts.pages`."""
    found = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / folder).glob("*.md")}
    assert found == GENERATORS[folder]()


@pytest.mark.parametrize("folder", GENERATORS)
def test_the_list_leads_to_every_page(folder: str) -> None:
    pages = GENERATORS[folder]()
    assert set(LINK.findall(pages["README.md"])) == set(pages) - {"README.md"}


def test_what_is_no_page_any_more_goes(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("old")
    (tmp_path / "kept.json").write_text("{}")
    write(tmp_path, {"README.md": "new\n"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"README.md": "new\n", "kept.json": "{}"}


def test_between_backticks_nothing_is_escaped() -> None:
    """There a backslash would be shown."""
    spans = [span for text in GENERATORS["fleet"]().values() for span in text.split("`")[1::2]]
    assert any("*" in span for span in spans)
    assert not any("\\" in span for span in spans)
