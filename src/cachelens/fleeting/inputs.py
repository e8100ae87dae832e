"""What a fleet is given: choices that were checked, and requests from a log or a workload file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from cachelens.errors import InputError, UsageError
from cachelens.fleet import remarks
from cachelens.fleet.engines.base import Engine
from cachelens.fleet.named import engine_of, policies_of
from cachelens.fleet.requests import FleetRequests, fleet_requests
from cachelens.fleet.routing.base import Policy
from cachelens.fleet.select import of_workloads, with_tails
from cachelens.fleet.sizing import Speed, speed_of
from cachelens.fleet.workloads.generating import generate
from cachelens.fleet.workloads.spec import load
from cachelens.model.fleet import FleetChoices
from cachelens.model.result import InputSummary, SkipCount
from cachelens.prompts.trace import Trace
from cachelens.reading import Compiled

MOST_REPLICAS = 1024
"""Replicas of a fleet that can be asked for."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FleetPlan:
    """What to replay: choices that were checked, and what they name."""

    choices: FleetChoices
    policies: tuple[Policy, ...]
    engine: Engine
    speed: Speed
    timed: bool


def plan(choices: FleetChoices) -> FleetPlan:
    """Load what the choices name; `UsageError` for what is not known or contradicts itself."""
    _check(choices)
    return FleetPlan(
        choices=choices,
        policies=tuple(policies_of(choices.policies)),
        engine=engine_of(choices.engine),
        speed=speed_of(choices),
        timed=choices.timed or choices.ttft_target_us is not None or bool(choices.changes),
    )


def _check(choices: FleetChoices) -> None:
    for replicas in choices.replicas:
        if not 1 <= replicas <= MOST_REPLICAS:
            raise UsageError(
                f"a fleet of {replicas:,} replicas cannot be replayed", hint=f"choose from 1 to {MOST_REPLICAS:,}"
            )
    if not choices.replicas:
        raise UsageError("no fleet size is given", hint="for example: --replicas 1,2,4,8")
    if not 0 < choices.speed < float("inf"):
        raise UsageError(f"a speed of {choices.speed:g} cannot be replayed", hint="choose a number above 0")
    if choices.prefill_budget < 1:
        raise UsageError("a prefill step needs a budget of at least one token", hint="vLLM's default is 8192")
    if choices.ttft_target_us is not None and choices.changes:
        raise UsageError("fleets are not sized for events", hint="leave out --ttft-target or --event")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Given:
    """The requests, at least one, and where they are from."""

    requests: FleetRequests
    names: Sequence[str]
    """Of the workloads."""
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...] = ()
    notes: tuple[str, ...] = ()
    in_vain: tuple[str, ...] = ()
    """What was asked for and means nothing for such an input."""

    def __post_init__(self) -> None:
        """Refuse nothing at all."""
        if not len(self.requests):
            raise InputError("no request is left to replay", hint="name another log or workload")


def of_log(compiled: Compiled, planned: FleetPlan) -> Given:
    """Return what a log gives; `InputError` where nothing is left, `UsageError` where time is asked for in vain."""
    trace = of_workloads(compiled.trace, planned.choices.workloads)
    if planned.timed and not trace.meta.get("timed", True):
        raise UsageError(
            "the log holds no times, so there are no queues to replay", hint="leave out --timed, --event, --ttft-target"
        )
    block_size = planned.choices.block_size
    if block_size is None:
        block_size = _own_block_size(trace) or planned.engine.block_size
    requests = with_tails(trace, fleet_requests(trace, block_size, cache_answers=planned.choices.cache_answers))
    return Given(
        requests=requests,
        names=trace.strings["workload"],
        inputs=compiled.inputs,
        skips=compiled.skips,
        notes=tuple(remarks.of_trace(trace, requests, block_size)),
    )


def of_workload_file(path: Path, planned: FleetPlan, *, read_as_log: bool = False) -> Given:
    """Return the requests that a workload file describes; `UsageError` for a file that makes no sense.

    `read_as_log` says that it was asked for in a way that has a meaning for logs only.
    """
    described = load(path)
    if planned.choices.workloads:
        raise UsageError("a generated workload is replayed whole", hint="leave out --workload, or mend its file")
    block_size = planned.choices.block_size
    requests = generate(described, planned.engine.block_size if block_size is None else block_size)
    return Given(
        requests=requests,
        names=[population.name for population in described.populations],
        inputs=(InputSummary(path=str(path), format="workload", lines=0, requests=len(requests)),),
        in_vain=tuple(_in_vain(planned.choices, read_as_log=read_as_log)),
    )


def _in_vain(choices: FleetChoices, *, read_as_log: bool) -> Iterator[str]:
    """Say which options mean nothing for a workload file."""
    if not choices.cache_answers:
        yield "--no-answer-cache changes nothing: the workload file says which answers are remembered"
    if read_as_log:
        yield "options about reading logs change nothing for a workload file"


def _own_block_size(trace: Trace) -> int | None:
    """Return the block size of a trace of hashes, if it has one."""
    sizes = trace.meta.get("block_sizes")
    return int(sizes[0]) if isinstance(sizes, list) and len(sizes) == 1 and sizes[0] % 16 == 0 else None
