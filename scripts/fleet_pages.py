"""A page for every routing policy and every engine, from the docstring of its file."""

from __future__ import annotations

import importlib
import inspect

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
    """Return the docstring of a row's file as Markdown; between backticks a star needs no backslash, and shows it."""
    module = importlib.import_module(row.object.partition(":")[0])
    parts = inspect.cleandoc(module.__doc__ or "").split("`")
    return "`".join(part if place % 2 else part.replace("*", r"\*") for place, part in enumerate(parts))
