"""What the token hit rates of workloads are measured against, as a project wants it."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from cachelens.config.settings import Target
from cachelens.model.audit import Traffic, WorkloadFact


def aimed(traffic: Traffic, targets: Sequence[Target]) -> Traffic:
    """Give each workload the target and the red line of the first entry that fits its name."""
    if not targets:
        return traffic
    return msgspec.structs.replace(traffic, workloads=tuple(_aimed(one, targets) for one in traffic.workloads))


def _aimed(workload: WorkloadFact, targets: Sequence[Target]) -> WorkloadFact:
    fits = next((one for one in targets if fnmatchcase(workload.name, one.workload)), None)
    if fits is None:
        return workload
    return msgspec.structs.replace(
        workload,
        target=workload.target if fits.target is None else fits.target,
        red_line=workload.red_line if fits.red_line is None else fits.red_line,
    )
