"""Write a page for every routing policy and every engine from the docstring of its file.

python -m scripts.fleet_pages docs/fleet
"""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path

from cachelens.catalog import CatalogRow, load_catalog

FAMILIES = {"fleet.routing": "Routing policies", "fleet.engines": "Engines"}


def pages() -> dict[str, str]:
    """Return the text of each page by file name, the list of all among them."""
    found: dict[str, str] = {}
    lines = ["# Routing policies and engines", "", "What `cachelens fleet` takes for `--policy` and `--engine`."]
    for family, title in FAMILIES.items():
        lines += ["", f"## {title}", ""]
        for row in load_catalog(family).rows:
            text = _docstring(row)
            found[f"{row.id}.md"] = f"# {row.id}\n\n{text}\n"
            lines.append(f"* [{row.id}]({row.id}.md): {' '.join(text.split(chr(10) * 2)[0].split())}")
    return {**found, "README.md": "\n".join(lines) + "\n"}


def _docstring(row: CatalogRow) -> str:
    module = importlib.import_module(row.object.partition(":")[0])
    return inspect.cleandoc(module.__doc__ or "").replace("*", r"\*")


def main() -> None:
    """Write all pages into a folder, and remove what is none any more."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    written = pages()
    for old in folder.glob("*.md"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
