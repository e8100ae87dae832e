"""From what the loops wrote to figures: one row a run, sums and ratios included."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from cachelens.fleet.engines.base import Engine
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.run import Replayed, Setting, alive_at_start
from cachelens.fleet.unlimited import Calls, all_in_turn, as_timed, in_one_cache, one_by_one, without_limit
from cachelens.kernels.fleet_timed import COMES
from cachelens.model.fleet import FleetRun, Interference, Losses, ReplicaRow, Spread, Timing

I64 = npt.NDArray[np.int64]

HOUR_US = 3_600_000_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rent:
    """What a fleet costs while it is up."""

    gpus_per_replica: int = 1
    gpu_price: Decimal | None = None
    """US dollars for one GPU for an hour."""


class Accounts:
    """Turns replays of one set of requests into figures."""

    def __init__(self, requests: FleetRequests, names: Sequence[str], rent: Rent) -> None:
        self._requests = requests
        self._names = names
        """Of the groups whose interference is counted."""
        self._rent = rent
        self._singles: dict[bytes, int] = {}

    def ceiling(self, engine: Engine) -> float | None:
        """Return the token hit rate of one cache without limit for all requests; `None` without a token."""
        return ratio(self._single(engine, all_in_turn(len(self._requests))), int(self._requests.tokens.sum()))

    def _single(self, engine: Engine, calls: Calls) -> int:
        """Return the tokens hit in one cache without limit that is asked for the same requests, in the same order."""
        known = calls.request.tobytes() + engine.id.encode()
        if known not in self._singles:
            self._singles[known] = int(without_limit(self._requests, engine, in_one_cache(calls)).sum())
        return self._singles[known]

    def run(self, setting: Setting, replayed: Replayed) -> FleetRun:
        """Return the figures of one replay."""
        served = replayed.replica >= 0
        tokens = self._requests.tokens
        hit = np.where(served, replayed.hit, 0)
        new = np.where(served, tokens - hit, 0)
        asked = int(tokens[served].sum())
        return FleetRun(
            policy=setting.policy.id,
            replicas=setting.replicas,
            kv_blocks=setting.capacity,
            served=int(served.sum()),
            rejected=int((~served).sum()),
            rejected_tokens=int(tokens[~served].sum()),
            input_tokens=asked,
            hit_tokens=int(hit.sum()),
            loaded_tokens=int(replayed.loaded[served].sum()),
            token_hit_rate=ratio(int(hit.sum()), asked),
            request_hit_rate=ratio(int((hit > 0).sum()), int(served.sum())),
            losses=self._losses(setting, replayed, int(hit.sum()), asked),
            utilisation=None if setting.capacity is None else float((replayed.cached / setting.capacity).mean()),
            evicted_blocks=int(replayed.evicted.sum()),
            held_blocks=replayed.held,
            duplicate_blocks=replayed.held - replayed.distinct,
            duplicate_share=ratio(replayed.held - replayed.distinct, replayed.held),
            uncached_imbalance=imbalance(_by_replica(replayed, new, setting.replicas)),
            per_replica=self._replicas(setting, replayed, hit),
            interference=self._interference(replayed.interference),
            timing=self._timing(setting, replayed) if setting.timed else None,
        )

    def _losses(self, setting: Setting, replayed: Replayed, hit: int, asked: int) -> Losses | None:
        if not asked:
            return None
        came = one_by_one(replayed)
        apart = int(without_limit(self._requests, setting.engine, came).sum())
        ready = apart
        if setting.timed:
            ready = int(without_limit(self._requests, setting.engine, as_timed(replayed)).sum())
        single = self._single(setting.engine, came)
        return Losses(
            routing=single - apart,
            computing=apart - ready,
            eviction=ready - hit,
            workload=asked - single,
            routing_share=(single - apart) / asked,
            computing_share=(apart - ready) / asked,
            eviction_share=(ready - hit) / asked,
            workload_share=(asked - single) / asked,
        )

    def _replicas(self, setting: Setting, replayed: Replayed, hit: I64) -> tuple[ReplicaRow, ...]:
        count = setting.replicas
        requests = _by_replica(replayed, np.ones_like(hit), count)
        asked, found = (_by_replica(replayed, column, count) for column in (self._requests.tokens, hit))
        offered = self._offered(setting, replayed) if setting.timed else [None] * count
        return tuple(
            ReplicaRow(
                replica=number,
                requests=int(requests[number]),
                input_tokens=int(asked[number]),
                hit_tokens=int(found[number]),
                uncached_tokens=int(asked[number] - found[number]),
                token_hit_rate=ratio(int(found[number]), int(asked[number])),
                utilisation=None if setting.capacity is None else int(replayed.cached[number]) / setting.capacity,
                offered_load=offered[number],
            )
            for number in range(count)
        )

    def _offered(self, setting: Setting, replayed: Replayed) -> list[float | None]:
        """Return for each replica the time that it needs over the time that it was up while requests came."""
        up = alive_for(setting.changes, setting.replicas, self._span())
        needed = replayed.steps + replayed.stuck
        return [int(need) / int(time) if time else None for need, time in zip(needed, up, strict=True)]

    def saturated(self, setting: Setting, replayed: Replayed) -> bool:
        """Say whether any replica needs longer for its requests than it took them to come."""
        return any(load is not None and load > 1 for load in self._offered(setting, replayed))

    def _span(self) -> int:
        return int(self._requests.arrived[-1]) if len(self._requests) else 0

    def _timing(self, setting: Setting, replayed: Replayed) -> Timing:
        served = replayed.replica >= 0
        arrived, started = self._requests.arrived[served], replayed.started[served]
        first = replayed.first_token[served]
        duration = int(replayed.ended.max(initial=0))
        offered = [load for load in self._offered(setting, replayed) if load is not None]
        up = alive_for(setting.changes, setting.replicas, self._span())
        needed = int((replayed.steps + replayed.stuck).sum())
        hours = int(alive_for(setting.changes, setting.replicas, duration).sum()) * self._rent.gpus_per_replica
        price = self._rent.gpu_price
        return Timing(
            ttft=spread(first - arrived),
            queueing=spread(started - arrived),
            prefill=spread(first - started),
            offered_load=max(offered, default=None),
            offered_load_mean=ratio(needed, int(up.sum())),
            is_saturated=self.saturated(setting, replayed),
            busy_imbalance=imbalance(replayed.steps),
            duration_us=duration,
            restarted=len(replayed.lost),
            gpu_hours=hours / HOUR_US,
            cost=None if price is None else Decimal(hours) / HOUR_US * price,
        )

    def _interference(self, blocks: I64) -> tuple[Interference, ...]:
        total = int(blocks.sum())
        rows = [
            Interference(by=self._names[by], of=self._names[of], blocks=int(blocks[by, of]), share=0.0)
            for by, of in np.argwhere(blocks).tolist()
        ]
        rows.sort(key=lambda row: -row.blocks)
        return tuple(Interference(by=row.by, of=row.of, blocks=row.blocks, share=row.blocks / total) for row in rows)


def ratio(part: int, whole: int) -> float | None:
    """Return a share; `None` of nothing."""
    return part / whole if whole else None


def imbalance(amounts: I64) -> float | None:
    """Return the largest over the mean; `None` where all are zero."""
    total = int(amounts.sum())
    return int(amounts.max()) * len(amounts) / total if total else None


def spread(times: I64) -> Spread | None:
    """Return mean and percentiles by nearest rank, in whole microseconds; `None` of nothing."""
    if not len(times):
        return None
    ordered = np.sort(times)
    p50, p95, p99 = (percentile(ordered, percent) for percent in (50, 95, 99))
    return Spread(mean=int(times.sum()) // len(times), p50=p50, p95=p95, p99=p99)


def percentile(ordered: I64, percent: int) -> int:
    """Return the smallest of some rising times that so many in a hundred do not exceed."""
    return int(ordered[max(0, -(-len(ordered) * percent // 100) - 1)])


def alive_for(changes: I64, replicas: int, until: int) -> I64:
    """Return for each replica how many of the first `until` microseconds it is up."""
    up, since = alive_at_start(changes, replicas), np.zeros(replicas, dtype=np.int64)
    total = np.zeros(replicas, dtype=np.int64)
    for at, kind, replica in changes.tolist():
        time = min(at, until)
        if up[replica]:
            total[replica] += time - since[replica]
        up[replica], since[replica] = kind == COMES, time
    return total + np.where(up == 1, until - since, 0)


def _by_replica(replayed: Replayed, column: I64, replicas: int) -> I64:
    served = replayed.replica >= 0
    sums = np.zeros(replicas, dtype=np.int64)
    np.add.at(sums, replayed.replica[served], column[served])
    return sums
