"""Replays one log or generated workload through the fleets that are asked for, and puts the result together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from cachelens import __version__
from cachelens.fleet import ignored, remarks
from cachelens.fleet.accounts import Accounts, Rent, percentile
from cachelens.fleet.checks import checks
from cachelens.fleet.events import rows_of
from cachelens.fleet.routing.base import Policy
from cachelens.fleet.run import Setting, replay
from cachelens.fleet.select import groups_of, sped_up
from cachelens.fleet.sizing import Sizing, sizing_of
from cachelens.fleeting.inputs import FleetPlan, Given
from cachelens.model.fleet import FleetResult, FleetRun, TargetRow

MOST_TRIED = 256
"""Replicas of the largest fleet that is tried for a target."""


def run(given: Given, planned: FleetPlan) -> FleetResult:
    """Replay requests through every fleet that is asked for."""
    return Fleets(given, planned).result()


class Fleets:
    """Replays one set of requests through fleet after fleet."""

    def __init__(self, given: Given, planned: FleetPlan) -> None:
        choices = planned.choices
        self._given = given
        self._plan = planned
        self._choices = choices
        self._requests = sped_up(given.requests, choices.speed)
        self._groups, group_names = groups_of(self._requests, given.names)
        self._sizing: Sizing = sizing_of(choices, self._requests.block_size)
        rent = Rent(gpus_per_replica=choices.gpus_per_replica, gpu_price=choices.gpu_price)
        self._accounts = Accounts(self._requests, group_names, rent)
        self._latency: npt.NDArray[np.float64] = np.array(planned.speed.latency, dtype=np.float64)

    def result(self) -> FleetResult:
        """Replay everything and put the result together."""
        given, requests, choices, planned = self._given, self._requests, self._choices, self._plan
        sizes = sorted(set(choices.replicas))
        runs = tuple(self._runs(sizes))
        held = checks(requests, sizes, self._latency)
        return FleetResult(
            version=__version__,
            inputs=given.inputs,
            skips=given.skips,
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
            single_token_hit_rate=self._accounts.ceiling(planned.engine),
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
                *given.in_vain,
            ),
            notes=(
                *remarks.of_policies(planned.policies, timed=planned.timed),
                *given.notes,
                *remarks.of_requests(requests, timed=planned.timed),
                *self._sizing.notes,
            ),
        )

    def _setting(self, policy: Policy, replicas: int, capacity: int | None) -> Setting:
        changes, added = rows_of(self._choices.changes, replicas)
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
