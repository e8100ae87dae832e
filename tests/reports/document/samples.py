"""Results for reports: the shared samples, as if read back."""

from __future__ import annotations

import functools
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from cachelens import app
from cachelens.model.fleet import FleetChoices
from cachelens.model.stack import SemanticChoices, StackChoices
from cachelens.model.whatif import WhatIfChoices
from cachelens.reports.audit_json import to_shape as audit_shape
from cachelens.reports.base import ReportOptions
from cachelens.reports.document.results import Results, Source, Unread
from cachelens.reports.fleet_json import to_shape as fleet_shape
from cachelens.reports.layers_json import to_shape as layers_shape
from cachelens.reports.layers_shape import LayersV1
from cachelens.reports.metrics_json import to_shape as metrics_shape
from cachelens.reports.metrics_shape import MetricsV1
from cachelens.reports.simulate_json import to_shape as simulate_shape
from cachelens.reports.whatif_json import to_shape as whatif_shape
from cachelens.reports.whatif_shape import WhatIfV1
from cachelens.whatif.describing import load
from tests.reports import audit_sample
from tests.reports.sample import sample

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\u202e\x1b[31m"
_FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
_DESK = _FIXTURES / "traces" / "desk.jsonl"


@functools.cache
def results() -> Results:
    """Return one result of each kind, and one that was not read."""
    swept = app.fleet([str(_DESK)], FleetChoices(replicas=(1, 2), kv_blocks=(100, 1000), timed=True))
    return Results(
        version="0.0.0",
        sources={
            "simulate": (Source(path="simulate.json", result=simulate_shape(sample())),),
            "audit": (Source(path=HOSTILE, result=audit_shape(audit_sample.hostile(HOSTILE), ReportOptions())),),
            "fleet": (Source(path="fleet.json", result=fleet_shape(swept)),),
            "whatif": (Source(path="whatif.json", result=priced()),),
            "layers": (Source(path="layers.json", result=layered()),),
            "metrics": (Source(path="metrics.json", result=measured()),),
        },
        unread=(Unread(path="old.json", kind="fleet", why="is too old", hint="make it anew"),),
    )


@functools.cache
def priced() -> WhatIfV1:
    """Return a what-if over sizes and amounts, whose cheapest model bears a hostile name."""
    asked = WhatIfChoices(
        models=("claude-sonnet-4-6",), prompt_tokens=(2000, 6000), traffic=(0.1, 1.0), sample=1000, at="2026-11-23"
    )
    result = app.whatif([], asked, described=load(_FIXTURES / "whatif" / "support-desk.yaml"))
    cells = tuple(
        replace(cell, boundary=HOSTILE if cell.boundary == "none" else cell.boundary) for cell in result.cells
    )
    return whatif_shape(replace(result, cells=cells))


@functools.cache
def layered() -> LayersV1:
    """Return a stack whose workloads and examples bear hostile names."""
    asked = StackChoices(semantic=SemanticChoices(embedder="hashing", price_per_wrong=Decimal(2)))
    result = app.layers([str(_FIXTURES / "logs" / "answers.jsonl")], asked)
    assert result.semantic is not None
    examples = tuple(replace(row, request=HOSTILE, question=HOSTILE) for row in result.semantic.examples)
    hostile = replace(
        result,
        semantic=replace(result.semantic, examples=examples),
        shapes=tuple(replace(row, workload=HOSTILE) for row in result.shapes),
    )
    return layers_shape(hostile, values=True)


@functools.cache
def measured() -> MetricsV1:
    """Return measured usage of the shipped week, one of whose workloads bears a hostile name."""
    result = app.metrics([str(_FIXTURES / "logs" / "week.jsonl")])
    first, *others = result.workloads
    return metrics_shape(replace(result, workloads=(replace(first, name=HOSTILE), *others)))


def only(kind: str) -> Results:
    """Return the results of one kind."""
    return Results(version="0.0.0", sources={kind: results().sources[kind]})
