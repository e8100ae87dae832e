"""Sums one replayed scenario into results: counts, rates, money and misses, in all and per workload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cachelens.kernels import entries
from cachelens.model.prompt import SegmentKind
from cachelens.model.result import Evidence, MissCause, MissCount, ScenarioResult, Status, Totals, WorkloadTotals
from cachelens.prompts.columns import OPAQUE
from cachelens.prompts.trace import Trace
from cachelens.replay.bills import Ledger, Tariff
from cachelens.replay.engine import Replayed
from cachelens.replay.grouping import group_by, sum_by

I64 = npt.NDArray[np.int64]
MONTH_DAYS = 30
SHORTEST_PROJECTION_DAYS = 1.0
"""A log that spans less is not projected to a month: a day's rhythm would be missing."""

_CAUSES = {
    entries.COLD: MissCause.COLD,
    entries.EXPIRED: MissCause.EXPIRED,
    entries.DIVERGED: MissCause.DIVERGED,
    entries.TOO_SHORT: MissCause.TOO_SHORT,
    entries.LOOKBACK: MissCause.LOOKBACK,
    entries.NOT_VISIBLE: MissCause.NOT_VISIBLE,
    entries.UNMARKED: MissCause.UNMARKED,
}
_MOST_PLACES = 5


class Summary:
    """Turns replays of one trace into results."""

    def __init__(self, trace: Trace, *, days: float | None, evidence: Mapping[str, Evidence]) -> None:
        """`days` is the span of the log, `evidence` how each model's tokens were counted."""
        self._trace = trace
        self._days = days
        self._evidence = evidence
        self._workload = trace.column("workload")
        self._names = trace.strings["workload"]
        self._session = trace.column("session")
        self._depth = _depths(trace)

    def scenario(
        self, replayed: Replayed, tariff: Tariff, perfect: I64, baseline: Mapping[str, Decimal | None]
    ) -> ScenarioResult:
        """Return a scenario's result; `baseline` holds the as-recorded cost of each workload and of all (``""``)."""
        scenario = replayed.scenario
        blank = ScenarioResult(
            name=scenario.name,
            layout=scenario.layout,
            boundary=scenario.boundary,
            ttl=_ttl_text(replayed),
            model=scenario.model or "as-recorded",
            provider=scenario.provider or "as-recorded",
            status=replayed.status,
            note=replayed.note,
        )
        if replayed.status is Status.IMPOSSIBLE:
            return blank
        members = replayed.covered
        everyone = np.where(members, 0, -1)
        total = self._totals(replayed, tariff, perfect, everyone, [baseline.get("")])[0]
        workload = np.where(members, self._workload, -1)
        known = [baseline.get(name) for name in self._names]
        parts = self._totals(replayed, tariff, perfect, workload, known)
        rows = [
            WorkloadTotals(workload=name, totals=totals)
            for name, totals in zip(self._names, parts, strict=True)
            if totals.requests
        ]
        rows.sort(key=lambda row: (-(row.totals.cost or Decimal(0)), -row.totals.input_tokens, row.workload))
        return msgspec.structs.replace(blank, total=total, workloads=tuple(rows))

    def _totals(
        self,
        replayed: Replayed,
        tariff: Tariff,
        perfect: I64,
        subset: I64,
        baseline: Sequence[Decimal | None],
    ) -> list[Totals]:
        """Return the totals of every subset; `subset` is -1 for requests that belong to none."""
        size = len(baseline)
        costs = _Costs(self._trace, replayed, tariff, perfect, subset, size)

        def total(values: npt.NDArray[Any]) -> list[int]:
            sums: list[int] = sum_by(subset, values, size).tolist()
            return sums

        read_any, requests = total(replayed.read > 0), total(np.ones(len(subset), dtype=np.bool_))
        input_tokens, read, plain = total(replayed.total), total(replayed.read), total(replayed.plain)
        unread = total(replayed.unread)
        writes = {label: total(tokens) for label, tokens in replayed.write.items()}
        output = self._trace.column("output")
        outputs, reported = total(np.maximum(output, 0)), total(output >= 0)
        sessions = _distinct(self._session, subset, size)
        opaque = total((self._trace.requests["flags"] & OPAQUE) != 0)
        misses = self._misses(replayed, subset, size)
        evidence = self._weakest(replayed, subset, size)
        result = []
        for k in range(size):
            unknown = opaque[k] == requests[k] and requests[k] > 0
            written = sum(tokens[k] for tokens in writes.values())
            cost = None if unknown and replayed.status is not Status.OK else costs.cost[k]
            result.append(
                Totals(
                    requests=requests[k],
                    sessions=sessions[k],
                    input_tokens=input_tokens[k],
                    plain_tokens=None if unknown else plain[k],
                    read_tokens=None if unknown else read[k],
                    write_tokens={} if unknown else {label: tokens[k] for label, tokens in writes.items()},
                    output_tokens=outputs[k] if reported[k] else None,
                    token_hit_rate=None if unknown else _ratio(read[k], input_tokens[k]),
                    request_hit_rate=None if unknown else _ratio(read_any[k], requests[k]),
                    unread_write_share=_ratio(unread[k], written),
                    cost=None if unknown else cost,
                    cost_no_cache=costs.no_cache[k],
                    cost_perfect=None if unknown else costs.perfect[k],
                    storage_cost=costs.storage[k] or Decimal(0),
                    delta=_minus(cost, baseline[k]),
                    delta_share=_share(cost, baseline[k]),
                    cost_per_month=None if unknown else self._per_month(cost),
                    cost_per_session=cost / sessions[k] if cost is not None and sessions[k] and not unknown else None,
                    misses=misses[k],
                    evidence=evidence[k],
                )
            )
        return result

    def _per_month(self, cost: Decimal | None) -> Decimal | None:
        if cost is None or self._days is None or self._days < SHORTEST_PROJECTION_DAYS:
            return None
        return cost * MONTH_DAYS / Decimal(str(self._days))

    def _misses(self, replayed: Replayed, subset: I64, size: int) -> list[tuple[MissCount, ...]]:
        """Count requests and tokens by cause, and for divergences where they part."""
        at_parameters = self._trace.nodes.kind[replayed.where] == SegmentKind.PARAMS
        diverged = replayed.cause == entries.DIVERGED
        result: list[list[MissCount]] = [[] for _ in range(size)]
        for number, cause in _CAUSES.items():
            hit = (replayed.cause == number) & (subset >= 0)
            splits = [(cause, hit)]
            if number == entries.DIVERGED:
                splits = [(cause, hit & ~at_parameters), (MissCause.PARAMETER, hit & at_parameters & diverged)]
            for name, chosen in splits:
                for k, count in self._counted(name, replayed, subset, chosen):
                    result[k].append(count)
        return [tuple(sorted(counts, key=lambda c: (-c.tokens, c.cause))) for counts in result]

    def _counted(
        self, cause: MissCause, replayed: Replayed, subset: I64, chosen: npt.NDArray[np.bool_]
    ) -> list[tuple[int, MissCount]]:
        if not chosen.any():
            return []
        rows = []
        for k in np.flatnonzero(np.bincount(subset[chosen])).tolist():
            mine = chosen & (subset == k)
            places: tuple[tuple[int, int], ...] = ()
            if cause is MissCause.DIVERGED:
                depth, number = np.unique(self._depth[replayed.where[mine]], return_counts=True)
                ranked = np.lexsort((depth, -number))[:_MOST_PLACES]
                places = tuple((int(depth[i]), int(number[i])) for i in ranked)
            tokens = int(replayed.missed[mine].sum())
            rows.append((k, MissCount(cause=cause, requests=int(mine.sum()), tokens=tokens, segments=places)))
        return rows

    def _weakest(self, replayed: Replayed, subset: I64, size: int) -> list[Evidence | None]:
        """Return the weakest evidence among each subset's token counts."""
        order = list(Evidence)
        worst = np.full(size, -1, dtype=np.int64)
        for index, facts in enumerate(replayed.assignment.facts):
            rank = order.index(self._evidence.get(facts.id, Evidence.ESTIMATED))
            mine = np.bincount(subset[(replayed.assignment.of == index) & (subset >= 0)], minlength=size) > 0
            worst[mine] = np.maximum(worst[mine], rank)
        return [order[rank] if rank >= 0 else None for rank in worst.tolist()]


class _Costs:
    """Money per subset: as replayed, without a cache, with a perfect one, and the rent within."""

    def __init__(self, trace: Trace, replayed: Replayed, tariff: Tariff, perfect: I64, subset: I64, size: int) -> None:
        group = np.where(subset >= 0, tariff.group, -1)
        self._size = size
        self._priced = bool((group >= 0).any())
        ledger = Ledger(group, tariff.rates, np.maximum(subset, 0), size)
        output = np.maximum(trace.column("output"), 0)
        counts = {"plain": replayed.plain, "read": replayed.read, "output": output, **replayed.write}
        rent = {"stored_token_seconds": replayed.stored_token_seconds}
        stored = bool(replayed.stored.any())
        storage = self._money(ledger, {"stored": replayed.stored}) if stored else None
        rents = self._money(ledger, rent) if stored else None
        self.storage = [Decimal(0)] * size if rents is None else rents
        own = self._money(ledger, counts)
        self.cost = [
            None if a is None else a + ((storage[k] or 0) if storage else 0) + ((rents[k] or 0) if rents else 0)
            for k, a in enumerate(own)
        ]
        self.no_cache = self._money(ledger, {"plain": replayed.total, "output": output})
        seen = np.maximum(np.minimum(perfect, replayed.total), replayed.read)
        self.perfect = self._money(ledger, {"read": seen, "cheapest": replayed.total - seen, "output": output})

    def _money(self, ledger: Ledger, counts: Mapping[str, I64]) -> list[Decimal | None]:
        if not self._priced:
            return [None] * self._size
        return list(ledger.money(counts))


def _ttl_text(replayed: Replayed) -> str:
    """Say which TTL holds: the scenario's, the log's, or the default of the profiles."""
    if replayed.scenario.ttl:
        return replayed.scenario.ttl
    if replayed.scenario.boundary == "as-recorded":
        return "as-recorded"
    defaults = sorted({profile.ttl.default_at(None) for profile in replayed.profiles if profile.ttl.default_at(None)})
    return f"default ({', '.join(defaults)})" if defaults else "default"


def _depths(trace: Trace) -> I64:
    """Return for each node the number of its segment on the path, from 1; parameters and splits do not count."""
    from cachelens.kernels.trees import accumulate

    nodes = trace.nodes
    counts = ((nodes.flags & 4) == 0) & (nodes.kind != SegmentKind.PARAMS)
    counts[0] = False
    depth: I64 = accumulate(np.ascontiguousarray(nodes.parent), counts.astype(np.int64))
    inside = (nodes.flags & 4) != 0
    depth[inside] += 1
    return depth


def _distinct(values: I64, subset: I64, size: int) -> list[int]:
    """Count distinct values per subset."""
    counts = [0] * size
    for number, _ in group_by(subset, values).rows:
        if number >= 0:
            counts[number] += 1
    return counts


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _minus(cost: Decimal | None, base: Decimal | None) -> Decimal | None:
    return None if cost is None or base is None else cost - base


def _share(cost: Decimal | None, base: Decimal | None) -> float | None:
    return None if cost is None or not base else float((cost - base) / base)
