"""The list of the JSON Schemas."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"


def pages() -> dict[str, str]:
    """Return the one page that names every schema of the folder, by file name."""
    lines = [
        "# JSON schemas",
        "",
        "What `--format json` prints, and what files are read, as JSON Schema (2020-12). Within a version fields may be",
        "added, none removed or renamed; money is text in US dollars, `null` means unknown.",
        "",
        "| schema | what it describes |",
        "|---|---|",
    ]
    for path in sorted(FOLDER.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        root = schema["$defs"][schema["$ref"].rpartition("/")[2]]
        lines.append(f"| [`{schema['title']}`]({path.name}) | {' '.join(root['description'].split())} |")
    return {"README.md": "\n".join(lines) + "\n"}
