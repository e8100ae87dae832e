"""The pages of routing policies and engines are those that the docstrings of their files make."""

from pathlib import Path

from scripts.fleet_pages import pages

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "fleet"


def test_the_pages_are_up_to_date() -> None:
    """Write them again with `python -m scripts.fleet_pages docs/fleet`."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")} == pages()
