"""Results for reports: the shared samples, as if read back."""

from __future__ import annotations

import functools
from pathlib import Path

from cachelens import app
from cachelens.model.fleet import FleetChoices
from cachelens.reports.audit_json import to_shape as audit_shape
from cachelens.reports.base import ReportOptions
from cachelens.reports.document.results import Results, Source, Unread
from cachelens.reports.fleet_json import to_shape as fleet_shape
from cachelens.reports.simulate_json import to_shape as simulate_shape
from tests.reports import audit_sample
from tests.reports.sample import sample

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\u202e\x1b[31m"
_DESK = Path(__file__).resolve().parents[3] / "fixtures" / "traces" / "desk.jsonl"


@functools.cache
def results() -> Results:
    """Return a simulation, an audit and a sweep, and one that was not read."""
    swept = app.fleet([str(_DESK)], FleetChoices(replicas=(1, 2), kv_blocks=(100, 1000), timed=True))
    return Results(
        version="0.0.0",
        sources={
            "simulate": (Source(path="simulate.json", result=simulate_shape(sample())),),
            "audit": (Source(path=HOSTILE, result=audit_shape(audit_sample.hostile(HOSTILE), ReportOptions())),),
            "fleet": (Source(path="fleet.json", result=fleet_shape(swept)),),
        },
        unread=(Unread(path="old.json", kind="fleet", why="is too old", hint="make it anew"),),
    )


def only(kind: str) -> Results:
    """Return the results of one kind."""
    return Results(version="0.0.0", sources={kind: results().sources[kind]})
