"""The use cases, wired: each a short function from inputs to a result.

Each is imported when it is first asked for: a command loads the types of its own result, not those of all others.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    "audits": ("Known", "audit", "audit_change", "fix"),
    "fleets": ("fleet", "fleet_curve"),
    "misses": ("diff", "explain_miss"),
    "replays": ("compile_trace", "layers", "simulate", "whatif"),
    "strictness": ("Progress", "refuse", "refuse_skips"),
    "watching": ("metrics",),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  one of the names above
    module = next((module for module, names in _MODULES.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
