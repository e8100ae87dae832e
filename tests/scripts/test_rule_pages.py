"""The pages of the rules are those that their docstrings make."""

from pathlib import Path

from scripts.rule_pages import pages

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "rules"


def test_the_pages_are_up_to_date() -> None:
    """Write them again with `python -m scripts.rule_pages docs/rules`."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")} == pages()
