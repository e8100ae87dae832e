"""Logs replayed through fleets of replicas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from cachelens.app.strictness import PLAIN, Progress, refuse_skips
from cachelens.config.compiling import CompileOptions
from cachelens.errors import InputError, UsageError
from cachelens.model.fleet import FleetChoices, FleetResult
from cachelens.model.fleet_curve import CurveResult
from cachelens.model.stack import StackChoices

if TYPE_CHECKING:
    from cachelens.fleeting.inputs import FleetPlan, Given

_FLEET = FleetChoices()


def fleet(
    inputs: Sequence[str],
    choices: FleetChoices = _FLEET,
    options: CompileOptions = PLAIN,
    *,
    stack: StackChoices | None = None,
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> FleetResult:
    """Replay logs, or the workload that a YAML file describes, through fleets of replicas.

    A `stack` of layers stands in front of the fleet, and only what it does not serve is replayed.

    Raises `InputError` without a usable request, `UsageError` for what cannot be asked, `StrictError` when `strict`
    and any line was unreadable.
    """
    from cachelens.fleeting.inputs import plan
    from cachelens.fleeting.runs import run

    planned = plan(choices)
    if stack is None:
        return run(_fleet_given(inputs, planned, options, strict=strict, progress=progress), planned)
    from cachelens.fleet.workloads.files import workload_file
    from cachelens.fleeting.inputs import of_log
    from cachelens.stacking.run import read_in_front

    if not options.forced_format and workload_file(inputs) is not None:
        raise UsageError("a generated workload has no answers to serve", hint="name a log, or leave out --layers")
    refuse = refuse_skips if strict else None
    layers, behind = read_in_front(inputs, stack, options, refuse=refuse, progress=progress)
    return msgspec.structs.replace(run(of_log(behind, planned), planned), stack=layers)


def fleet_curve(
    inputs: Sequence[str],
    choices: FleetChoices = _FLEET,
    options: CompileOptions = PLAIN,
    *,
    strict: bool = False,
    progress: Progress = lambda _count: None,
) -> CurveResult:
    """Say what caches of every size would find of logs or of a workload; raises what `fleet` does."""
    from cachelens.fleeting.curves import run
    from cachelens.fleeting.inputs import plan

    planned = plan(choices)
    return run(_fleet_given(inputs, planned, options, strict=strict, progress=progress), planned)


def _fleet_given(
    inputs: Sequence[str], planned: FleetPlan, options: CompileOptions, *, strict: bool, progress: Progress
) -> Given:
    """Read logs, or the workload file that stands in their place."""
    from cachelens.fleet.workloads.files import refuse_folders, workload_file
    from cachelens.fleeting.inputs import of_log, of_workload_file
    from cachelens.reading import compile_inputs

    described = None if options.forced_format else workload_file(inputs)
    if described is not None:
        return of_workload_file(described, planned, read_as_log=strict or options != PLAIN)
    try:
        compiled = compile_inputs(inputs, options, progress=progress)
    except InputError:
        refuse_folders(inputs)
        raise
    if strict:
        refuse_skips(compiled)
    return of_log(compiled, planned)
