"""The use cases, wired: each a short function from inputs to a result."""

from __future__ import annotations

from cachelens.app.audits import Known, audit, audit_change, fix
from cachelens.app.fleets import fleet, fleet_curve
from cachelens.app.misses import diff, explain_miss
from cachelens.app.replays import compile_trace, layers, simulate, whatif
from cachelens.app.strictness import Progress, refuse, refuse_skips
from cachelens.app.watching import metrics

__all__ = [
    "Known",
    "Progress",
    "audit",
    "audit_change",
    "compile_trace",
    "diff",
    "explain_miss",
    "fix",
    "fleet",
    "fleet_curve",
    "layers",
    "metrics",
    "refuse",
    "refuse_skips",
    "simulate",
    "whatif",
]
