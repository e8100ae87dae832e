"""The JSON report of the layer view: all of it, in the shape `cachelens.layers/v1`."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cachelens.model.layers import StackResult
from cachelens.model.stack import Example, LayerResult, Stack
from cachelens.reports.base import ReportOptions
from cachelens.reports.json_documents import json_report, published, schema_text
from cachelens.reports.layers_shape import SCHEMA_ID, LayersV1, StackV1
from cachelens.reports.masking import shown

_TEXTS = ("question", "source_question", "answer", "source_answer")


class LayersJson:
    """One document for programs, valid under `docs/schemas/layers.v1.json`."""

    id = "layers-json"

    def render(self, result: StackResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        return json_report(to_shape(result, values=options.show_values))


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/layers.v1.json`."""
    return schema_text(LayersV1, SCHEMA_ID)


def to_shape(result: StackResult, *, values: bool) -> LayersV1:
    """Convert a result to the published shape; texts from prompts are masked unless `values` are asked for."""
    return msgspec.convert(_fields(result, values=values), LayersV1)


def stack_shape(stack: Stack, *, values: bool) -> StackV1:
    """Convert a stack that is part of another result."""
    return msgspec.convert(_fields(stack, values=values), StackV1)


def _fields(stack: Stack, *, values: bool) -> object:
    fields = msgspec.to_builtins(stack, builtin_types=(Decimal,))
    for row, layer in zip(fields["layers"], stack.layers, strict=True):
        row.update(_rates(layer))
    if stack.semantic is not None:
        for row, example in zip(fields["semantic"]["examples"], stack.semantic.examples, strict=True):
            row.update(_masked(example, values=values))
    return published(fields)


def _rates(layer: LayerResult) -> dict[str, float | None]:
    """Return the false-hit rate of a layer with its interval, where the report has them at hand."""
    safety = layer.safety
    return {
        "false_hit_rate": safety.false_hit_rate if safety else None,
        "false_hit_rate_low": safety.low if safety else None,
        "false_hit_rate_high": safety.high if safety else None,
    }


def _masked(example: Example, *, values: bool) -> dict[str, str]:
    return {name: shown(getattr(example, name), values=values) for name in _TEXTS}
