"""The JSON report of a fleet: all of it, in the shape `cachelens.fleet/v1`."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cachelens.model.fleet import FleetResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.fleet_shape import SCHEMA_ID, FleetV1
from cachelens.reports.json_documents import json_report, published, schema_text
from cachelens.reports.layers_json import stack_shape

_AS_GIVEN = ("latency", "speed")
"""Settings, which are not rounded."""


class FleetJson:
    """One document for programs, valid under `docs/schemas/fleet.v1.json`."""

    id = "fleet-json"

    def render(self, result: FleetResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        return json_report(to_shape(result))


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/fleet.v1.json`."""
    return schema_text(FleetV1, SCHEMA_ID)


def to_shape(result: FleetResult) -> FleetV1:
    """Convert a result to the published shape, which bears the same names; what the shape lacks is not published."""
    fields = msgspec.to_builtins(msgspec.structs.replace(result, stack=None), builtin_types=(Decimal,))
    plainly = {name: value if name in _AS_GIVEN else published(value) for name, value in fields.items()}
    stack = None if result.stack is None else stack_shape(result.stack, values=False)
    return msgspec.structs.replace(msgspec.convert(plainly, FleetV1), stack=stack)
