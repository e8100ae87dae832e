"""Write every page of the documentation that is made from the code and the data.

python -m scripts.pages
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from scripts import command_pages, fleet_pages, provider_pages, rule_pages, schema_pages

DOCS = Path(__file__).resolve().parents[1] / "docs"

GENERATORS: Mapping[str, Callable[[], dict[str, str]]] = {
    "commands": command_pages.pages,
    "fleet": fleet_pages.pages,
    "providers": provider_pages.pages,
    "rules": rule_pages.pages,
    "schemas": schema_pages.pages,
}
"""Folder below `docs/` to what makes all of its pages, text by file name, the list of them (`README.md`) among them."""


def write(folder: Path, pages: Mapping[str, str]) -> None:
    """Write all pages into a folder, and remove the pages that are none any more."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def main() -> None:
    """Write all folders."""
    for name, made in GENERATORS.items():
        write(DOCS / name, made())


if __name__ == "__main__":
    main()
