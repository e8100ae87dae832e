"""The JSON Schema of the files in `pricing/`, for editors; made from the types that read them.

Write it again after a change to the types: `python -m cachelens.providers.schema > pricing/schema.json`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from cachelens.providers.documents import NamesDocument, ProviderDocument, UnitsDocument

_PARTIAL = {"CacheProfile": ["id"]}
"""Types that a file may give in part, because the rest is inherited, with what it must give all the same."""


def pricing_schema() -> str:
    """Return the schema as indented JSON with a final line end; the same text every time."""
    kinds = (ProviderDocument, UnitsDocument, NamesDocument)
    _, parts = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    for name, required in _PARTIAL.items():
        parts[name]["required"] = required
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "CacheLens price and rule files",
        "description": "A file in pricing/providers/, or one of your own for --pricing.",
        "$ref": "#/$defs/ProviderDocument",
        "$defs": {name: _decimals(parts[name]) for name in sorted(parts)},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _decimals(part: Any) -> Any:  # noqa: ANN401  any JSON value
    """Let money and factors be written as bare numbers: the loader reads their text, not a float."""
    if isinstance(part, list):
        return [_decimals(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get("format") == "decimal":
        return {"type": ["number", "string"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
    return {key: _decimals(value) for key, value in part.items()}


if __name__ == "__main__":
    sys.stdout.write(pricing_schema())
