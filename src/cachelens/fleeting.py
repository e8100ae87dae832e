"""Replays one log or generated workload through the fleets that are asked for, and puts the result together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from cachelens import __version__
from cachelens.errors import InputError, UsageError
from cachelens.fleet import ignored, remarks
from cachelens.fleet.accounts import Accounts, Rent, percentile, ratio
from cachelens.fleet.checks import checks
from cachelens.fleet.engines.base import Engine
from cachelens.fleet.events import rows_of
from cachelens.fleet.named import engine_of, policies_of
from cachelens.fleet.requests import FleetRequests, fleet_requests
from cachelens.fleet.routing.base import Policy
from cachelens.fleet.run import Replayed, Setting, replay
from cachelens.fleet.select import groups_of, of_workloads, sped_up, with_tails
from cachelens.fleet.sizing import Sizing, Speed, sizing_of, speed_of
from cachelens.fleet.workloads.generating import generate
from cachelens.fleet.workloads.spec import load
from cachelens.kernels.fleet_timed import LOST
from cachelens.model.fleet import FleetChoices, FleetResult, FleetRun, TargetRow
from cachelens.model.result import InputSummary, SkipCount
from cachelens.prompts.trace import Trace
from cachelens.reading import Compiled

MOST_REPLICAS = 1024
"""Replicas of a fleet that can be asked for."""
MOST_TRIED = 256
"""Replicas of the largest fleet that is tried for a target."""


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


def run(compiled: Compiled, planned: FleetPlan) -> FleetResult:
    """Replay a compiled log; `InputError` where nothing of it is left, `UsageError` where time is asked for in vain."""
    trace = of_workloads(compiled.trace, planned.choices.workloads)
    if planned.timed and not trace.meta.get("timed", True):
        raise UsageError(
            "the log holds no times, so there are no queues to replay", hint="leave out --timed, --event, --ttft-target"
        )
    block_size = planned.choices.block_size
    if block_size is None:
        block_size = _own_block_size(trace) or planned.engine.block_size
    requests = with_tails(trace, fleet_requests(trace, block_size, cache_answers=planned.choices.cache_answers))
    notes = tuple(remarks.of_trace(trace, requests, block_size))
    names = trace.strings["workload"]
    return Fleets(requests, names, planned).result(compiled.inputs, compiled.skips, notes)


def run_workload(path: Path, planned: FleetPlan, *, read_as_log: bool = False) -> FleetResult:
    """Replay the requests that a workload file describes; `UsageError` for a file that makes no sense.

    `read_as_log` says that it was asked for in a way that has a meaning for logs only.
    """
    described = load(path)
    names = [population.name for population in described.populations]
    if planned.choices.workloads:
        raise UsageError("a generated workload is replayed whole", hint="leave out --workload, or mend its file")
    block_size = planned.choices.block_size
    requests = generate(described, planned.engine.block_size if block_size is None else block_size)
    about = InputSummary(path=str(path), format="workload", lines=0, requests=len(requests))
    return Fleets(requests, names, planned).result(
        (about,), in_vain=tuple(_in_vain(planned.choices, read_as_log=read_as_log))
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


class Fleets:
    """Replays one set of requests through fleet after fleet."""

    def __init__(self, requests: FleetRequests, names: Sequence[str], planned: FleetPlan) -> None:
        choices = planned.choices
        if not len(requests):
            raise InputError("no request is left to replay", hint="name another log or workload")
        self._plan = planned
        self._choices = choices
        self._requests = sped_up(requests, choices.speed)
        self._groups, group_names = groups_of(self._requests, names)
        self._sizing: Sizing = sizing_of(choices, requests.block_size)
        rent = Rent(gpus_per_replica=choices.gpus_per_replica, gpu_price=choices.gpu_price)
        self._accounts = Accounts(self._requests, group_names, rent)
        self._latency: npt.NDArray[np.float64] = np.array(planned.speed.latency, dtype=np.float64)

    def result(
        self,
        inputs: tuple[InputSummary, ...],
        skips: tuple[SkipCount, ...] = (),
        notes: tuple[str, ...] = (),
        in_vain: tuple[str, ...] = (),
    ) -> FleetResult:
        """Replay everything and put the result together; `in_vain` says what was asked for and changes nothing."""
        requests, choices, planned = self._requests, self._choices, self._plan
        sizes = sorted(set(choices.replicas))
        runs = tuple(self._runs(sizes))
        held = checks(requests, sizes, self._latency, sessions_known=bool((requests.session >= 0).any()))
        single = ratio(int(self._single().sum()), int(requests.tokens.sum()))
        return FleetResult(
            version=__version__,
            inputs=inputs,
            skips=skips,
            requests=len(requests),
            input_tokens=int(requests.tokens.sum()),
            output_tokens=int(requests.output.sum()),
            sessions=len(np.unique(requests.session[requests.session >= 0])),
            workloads=len(np.unique(requests.workload)),
            span_us=int(requests.arrived[-1]),
            engine=planned.engine.id,
            engine_source=planned.engine.source,
            block_size=requests.block_size,
            timed=planned.timed,
            speed=choices.speed,
            seed=choices.seed,
            latency=planned.speed.latency,
            latency_source=planned.speed.source,
            prefill_budget=choices.prefill_budget,
            gpus_per_replica=choices.gpus_per_replica,
            changes=choices.changes,
            single_token_hit_rate=single,
            policies={policy.id: policy.summary for policy in planned.policies},
            ceilings=tuple(policy.id for policy in planned.policies if policy.is_ceiling),
            runs=runs,
            ttft_target_us=choices.ttft_target_us,
            ttft_percentile=choices.ttft_percentile,
            targets=tuple(self._targets()) if choices.ttft_target_us is not None else (),
            checks=held,
            ignored=(
                *ignored.options(choices, timed=planned.timed),
                *ignored.events(choices, int(requests.arrived[-1])),
                *in_vain,
            ),
            notes=(*notes, *remarks.of_requests(requests, timed=planned.timed), *self._sizing.notes),
        )

    def _setting(self, policy: Policy, replicas: int, capacity: int | None, *, events: bool = True) -> Setting:
        changes, added = rows_of(self._choices.changes if events else (), replicas)
        return Setting(
            policy=policy,
            replicas=replicas + added,
            engine=self._plan.engine,
            capacity=capacity,
            latency=self._latency,
            timed=self._plan.timed,
            budget=self._choices.prefill_budget,
            changes=changes,
            groups=self._groups,
            seed=self._choices.seed,
        )

    def _runs(self, sizes: Sequence[int]) -> Iterator[FleetRun]:
        for replicas in sizes:
            for capacity in self._sizing.capacities:
                for policy in self._plan.policies:
                    setting = self._setting(policy, replicas, capacity)
                    figures = self._accounts.run(setting, replay(self._requests, setting))
                    yield msgspec.structs.replace(figures, replicas=replicas)

    def _single(self) -> npt.NDArray[np.int64]:
        """Return the tokens that each request hits in one cache without limit."""
        count = len(self._requests)
        zeros, nothing = np.zeros(count, dtype=np.int64), np.zeros(0, dtype=np.int64)
        alone = Replayed(
            replica=zeros,
            hit=zeros,
            loaded=zeros,
            started=zeros,
            first_token=zeros,
            ended=zeros,
            queued=self._requests.arrived,
            admitted=zeros,
            released=zeros,
            lost=np.zeros((0, LOST), dtype=np.int64),
            steps=nothing,
            stuck=nothing,
            cached=nothing,
            evicted=nothing,
            held=0,
            distinct=0,
            interference=nothing,
        )
        return self._accounts.single(self._setting(self._plan.policies[0], 1, None, events=False), alone)

    def _targets(self) -> Iterator[TargetRow]:
        choices = self._choices
        for capacity in self._sizing.capacities:
            for policy in self._plan.policies:
                replicas, reached = self._smallest(policy, capacity)
                gpus = None if replicas is None else replicas * choices.gpus_per_replica
                price = choices.gpu_price
                yield TargetRow(
                    policy=policy.id,
                    kv_blocks=capacity,
                    replicas=replicas,
                    gpus=gpus,
                    ttft_us=reached,
                    cost_per_hour=None if gpus is None or price is None else price * gpus,
                    tried=MOST_TRIED,
                )

    def _smallest(self, policy: Policy, capacity: int | None) -> tuple[int | None, int | None]:
        """Return the smallest fleet that meets the target and its TTFT: twice as many until one does, then halving."""
        few, many, reached = 0, 1, self._ttft(policy, 1, capacity)
        while reached is None:
            if many == MOST_TRIED:
                return None, None
            few, many = many, many * 2
            reached = self._ttft(policy, many, capacity)
        while many - few > 1:
            middle = (few + many) // 2
            found = self._ttft(policy, middle, capacity)
            few, many, reached = (middle, many, reached) if found is None else (few, middle, found)
        return many, reached

    def _ttft(self, policy: Policy, replicas: int, capacity: int | None) -> int | None:
        """Return the TTFT of a fleet that serves every request, meets the target and is not saturated, else `None`."""
        setting = self._setting(policy, replicas, capacity)
        replayed = replay(self._requests, setting)
        served = replayed.replica >= 0
        if not served.all():
            return None
        times = np.sort(replayed.first_token[served] - self._requests.arrived[served])
        reached = percentile(times, self._choices.ttft_percentile)
        target = self._choices.ttft_target_us
        if target is None or reached > target or self._accounts.saturated(setting, replayed):
            return None
        return reached
