"""Sums one replayed scenario into results: counts, rates, money and misses, in all and per workload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from cachelens.kernels import entries
from cachelens.model.prompt import SegmentKind
from cachelens.model.result import Evidence, MissCause, MissCount, ScenarioResult, Status, Totals, WorkloadTotals
from cachelens.model.scenario import AS_RECORDED, Scenario
from cachelens.model.usage import WRITE_TTLS
from cachelens.prompts.trace import SPLIT, Trace
from cachelens.replay.bills import Ledger, Tariff, lacking
from cachelens.replay.grouping import group_by, sum_by
from cachelens.replay.sums import Replayed

I64 = npt.NDArray[np.int64]
MONTH_DAYS = 30
SHORTEST_PROJECTION_DAYS = 1.0
"""A log that spans less is not projected to a month: a day's rhythm would be missing."""

_PARAMETER = 64
"""Stands among the causes of `kernels.entries` for a divergence at request parameters."""
_CAUSES = {
    entries.COLD: MissCause.COLD,
    entries.EXPIRED: MissCause.EXPIRED,
    entries.DIVERGED: MissCause.DIVERGED,
    entries.TOO_SHORT: MissCause.TOO_SHORT,
    entries.LOOKBACK: MissCause.LOOKBACK,
    entries.NOT_VISIBLE: MissCause.NOT_VISIBLE,
    entries.UNMARKED: MissCause.UNMARKED,
    _PARAMETER: MissCause.PARAMETER,
}
_MOST_PLACES = 5


def impossible(scenario: Scenario, *reasons: str) -> ScenarioResult:
    """Return the result of a scenario that cannot be: its name and why."""
    return ScenarioResult(
        name=scenario.name,
        layout=scenario.layout,
        boundary=scenario.boundary,
        ttl=scenario.ttl or "default",
        model=scenario.model or AS_RECORDED,
        provider=scenario.provider or AS_RECORDED,
        status=Status.IMPOSSIBLE,
        note="; ".join(reasons),
        reasons=reasons,
    )


class Baseline(NamedTuple):
    """What a cost is compared with: only results over the same requests compare."""

    requests: int
    cost: Decimal | None


_NOTHING = Baseline(0, None)


class Summary:
    """Turns replays of one trace into results."""

    def __init__(self, trace: Trace, *, days: float | None) -> None:
        """`days` is the span of the log."""
        self._trace = trace
        self._days = days
        self._workload = trace.column("workload")
        self._names = trace.strings["workload"]
        self._session = trace.column("session")
        self._depth = _depths(trace)
        self._sessions: dict[int, list[int]] = {}
        """Sessions by number of subsets: there are two ways to cut a trace, as a whole and by workload."""

    def scenario(
        self,
        replayed: Replayed,
        tariff: Tariff,
        perfect: I64,
        baseline: Mapping[str, Baseline],
        evidence: Mapping[str, Evidence],
    ) -> ScenarioResult:
        """Return a scenario's result; `baseline` is the as-recorded result of each workload and of all (``""``).

        `evidence` says how each model's tokens were counted.
        """
        reasons = (*replayed.reasons, *lacking(tariff, replayed.write))
        blank = msgspec.structs.replace(
            impossible(replayed.scenario, *reasons), ttl=_ttl_text(replayed), status=replayed.status
        )
        if replayed.status is Status.IMPOSSIBLE:
            return blank
        members = replayed.covered
        everyone = np.where(members, 0, -1)
        total = self._totals(replayed, tariff, perfect, everyone, [baseline.get("", _NOTHING)], evidence)[0]
        workload = np.where(members, self._workload, -1)
        known = [baseline.get(name, _NOTHING) for name in self._names]
        parts = self._totals(replayed, tariff, perfect, workload, known, evidence)
        refused = sum_by(workload, replayed.default_ttl, len(self._names)).tolist()
        rows = [
            WorkloadTotals(workload=name, totals=totals, ttl_refused=refused[k] == totals.requests)
            for k, (name, totals) in enumerate(zip(self._names, parts, strict=True))
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
        baseline: Sequence[Baseline],
        known: Mapping[str, Evidence],
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
        sessions = self._sessions_of(subset, size)
        unseen, kept = total(replayed.unknown), total(replayed.kept)
        misses = self._misses(replayed, subset, size)
        evidence = _weakest(replayed, subset, size, known)
        recorded = self._recorded(subset, size)
        result = []
        for k in range(size):
            unknown = unseen[k] == requests[k] and requests[k] > 0
            written = sum(tokens[k] for tokens in writes.values())
            cost = None if unknown else costs.cost[k]
            before = baseline[k].cost if baseline[k].requests == requests[k] else None
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
                    unread_write_share=None if kept[k] else _ratio(unread[k], written),
                    cost=cost,
                    cost_no_cache=costs.no_cache[k],
                    cost_perfect=None if unknown or kept[k] == requests[k] else costs.perfect[k],
                    storage_cost=costs.storage[k] or Decimal(0),
                    delta=_minus(cost, before),
                    delta_share=_share(cost, before),
                    cost_per_month=self._per_month(cost),
                    cost_per_session=cost / sessions[k] if cost is not None and sessions[k] else None,
                    misses=misses[k],
                    evidence=evidence[k],
                    recorded_hit_rate=recorded[k],
                )
            )
        return result

    def _recorded(self, subset: I64, size: int) -> list[float | None]:
        """Return the token hit rate of each subset as recorded, over the requests that report it."""
        read, plain = self._trace.column("read"), self._trace.column("plain")
        known = np.where((read >= 0) & (plain >= 0), subset, -1)
        written = sum(np.maximum(self._trace.column(f"write_{label}"), 0) for label in WRITE_TTLS)
        tokens = np.maximum(read, 0) + np.maximum(plain, 0) + written
        reads: list[int] = sum_by(known, np.maximum(read, 0), size).tolist()
        inputs: list[int] = sum_by(known, tokens, size).tolist()
        return [_ratio(*pair) for pair in zip(reads, inputs, strict=True)]

    def _sessions_of(self, subset: I64, size: int) -> list[int]:
        """Count the sessions of each subset; scenarios over all requests share the answer."""
        whole = int(subset.min(initial=0)) >= 0
        if not whole or size not in self._sessions:
            counts = _distinct(self._session, subset, size)
            if not whole:
                return counts
            self._sessions[size] = counts
        return self._sessions[size]

    def _per_month(self, cost: Decimal | None) -> Decimal | None:
        if cost is None or self._days is None or self._days < SHORTEST_PROJECTION_DAYS:
            return None
        return cost * MONTH_DAYS / Decimal(str(self._days))

    def _misses(self, replayed: Replayed, subset: I64, size: int) -> list[tuple[MissCount, ...]]:
        """Count requests and tokens by cause, and for divergences where they part."""
        some = np.flatnonzero((replayed.cause != entries.NONE) & (subset >= 0))
        mine, where, cause = subset[some], replayed.where[some], replayed.cause[some].copy()
        cause[(cause == entries.DIVERGED) & (self._trace.nodes.kind[where] == SegmentKind.PARAMS)] = _PARAMETER
        groups = group_by(mine, cause)
        tokens = sum_by(groups.of, replayed.missed[some], len(groups.rows)).tolist()
        places = self._places(mine, where, cause == entries.DIVERGED)
        result: list[list[MissCount]] = [[] for _ in range(size)]
        for (k, number), requests, missed in zip(groups.rows, groups.sizes, tokens, strict=True):
            found = places.get(k, []) if number == entries.DIVERGED else []
            result[k].append(
                MissCount(
                    cause=_CAUSES[number],
                    requests=requests,
                    tokens=missed,
                    segments=tuple((depth, count) for count, depth, _ in found),
                    kinds=tuple(SegmentKind(kind).name.lower().replace("_", "-") for _, _, kind in found),
                )
            )
        return [tuple(sorted(counts, key=lambda c: (-c.tokens, c.cause))) for counts in result]

    def _places(self, subset: I64, where: I64, chosen: npt.NDArray[np.bool_]) -> dict[int, list[tuple[int, int, int]]]:
        """Return for each subset (requests, segment, its kind) where most of the chosen requests part."""
        groups = group_by(subset[chosen], self._depth[where[chosen]], self._trace.nodes.kind[where[chosen]])
        found: dict[int, list[tuple[int, int, int]]] = {}
        for (k, depth, kind), requests in zip(groups.rows, groups.sizes, strict=True):
            found.setdefault(k, []).append((requests, depth, kind))
        return {k: sorted(rows, key=lambda row: (-row[0], *row[1:]))[:_MOST_PLACES] for k, rows in found.items()}


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


def _weakest(replayed: Replayed, subset: I64, size: int, known: Mapping[str, Evidence]) -> list[Evidence | None]:
    """Return the weakest evidence among each subset's token counts."""
    order = list(Evidence)
    worst = np.full(size, -1, dtype=np.int64)
    for index, facts in enumerate(replayed.assignment.facts):
        rank = order.index(known.get(facts.id, Evidence.ESTIMATED))
        mine = np.bincount(subset[(replayed.assignment.of == index) & (subset >= 0)], minlength=size) > 0
        worst[mine] = np.maximum(worst[mine], rank)
    return [order[rank] if rank >= 0 else None for rank in worst.tolist()]


def _ttl_text(replayed: Replayed) -> str:
    """Say which TTL holds: the scenario's, the log's, or the default of the profiles."""
    if replayed.scenario.ttl:
        return replayed.scenario.ttl
    if replayed.scenario.boundary == AS_RECORDED:
        return AS_RECORDED
    defaults = sorted({profile.ttl.default_at(None) for profile in replayed.profiles if profile.ttl.default_at(None)})
    return f"default ({', '.join(defaults)})" if defaults else "default"


def _depths(trace: Trace) -> I64:
    """Return for each node the number of its segment on the path, from 1; parameters and splits do not count."""
    from cachelens.kernels.trees import accumulate

    nodes = trace.nodes
    counts = ((nodes.flags & SPLIT) == 0) & (nodes.kind != SegmentKind.PARAMS)
    counts[0] = False
    depth: I64 = accumulate(np.ascontiguousarray(nodes.parent), counts.astype(np.int64))
    inside = (nodes.flags & SPLIT) != 0
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
