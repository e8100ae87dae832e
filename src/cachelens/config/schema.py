"""The JSON Schema of the settings, for editors that check TOML."""

from __future__ import annotations

from typing import Any

import msgspec

from cachelens.config.settings import Settings

SCHEMA_ID = "cachelens.config/v1"


def schema_document() -> str:
    """Return the schema as it stands in `docs/schemas/config.v1.json`."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA_ID,
        **msgspec.json.schema(Settings),
    }
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2).decode() + "\n"
