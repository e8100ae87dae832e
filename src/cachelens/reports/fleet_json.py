"""The JSON report of a fleet: all of it, in the shape `cachelens.fleet/v1`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from cachelens.model.fleet import FleetResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import json_document, json_text
from cachelens.reports.figures import plain
from cachelens.reports.fleet_shape import SCHEMA_ID, FleetV1

_DIGITS = 6
_AS_GIVEN = ("latency", "speed")
"""Settings, which are not rounded."""


class FleetJson:
    """One document for programs, valid under `docs/schemas/fleet.v1.json`."""

    id = "fleet-json"

    def render(self, result: FleetResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        encoded = msgspec.json.encode(to_shape(result), order="deterministic")
        return json_document(msgspec.json.format(encoded, indent=2).decode()) + "\n"


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/fleet.v1.json`."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA_ID,
        **msgspec.json.schema(FleetV1),
    }
    encoded = msgspec.json.encode(schema, order="sorted")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def to_shape(result: FleetResult) -> FleetV1:
    """Convert a result to the published shape, which bears the same names; what the shape lacks is not published."""
    fields = msgspec.to_builtins(result, builtin_types=(Decimal,))
    plainly = {name: value if name in _AS_GIVEN else _published(value) for name, value in fields.items()}
    return msgspec.convert(plainly, FleetV1)


def _published(value: object) -> object:
    """Round ratios, write money in plain notation, and escape what UTF-8 cannot hold."""
    match value:
        case dict():
            return {json_text(str(name)): _published(part) for name, part in value.items()}
        case list() | tuple():
            return [_published(part) for part in value]
        case float():
            return round(value, _DIGITS) + 0.0  # + 0.0 turns -0.0 into 0.0
        case Decimal():
            return plain(value)
        case str():
            return json_text(value)
        case _:
            return value
