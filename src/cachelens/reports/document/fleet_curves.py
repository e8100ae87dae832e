"""Curves of a sweep: hit rate and time to first token against replicas, hit rate against the cache of a replica."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from cachelens.reports import figures
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Chart
from cachelens.reports.durations import span
from cachelens.reports.fleet_shape import FleetV1, RunV1, TargetV1

ENDLESS: Final = "no limit"
_SECOND = 1_000_000
_MOST_CACHES = 4
_DIGITS = 3
"""Of a rate, and of seconds: curves that differ by less cannot be told apart."""


class _Curve(NamedTuple):
    """Policies whose curves are the same."""

    name: str
    policy: str
    rate: float
    """The highest in the largest fleet."""


def curves(number: int, result: FleetV1) -> list[Block]:
    """Return what can be drawn of a sweep; where there is only one fleet size and one cache, nothing."""
    shown = _told_apart(result)
    some = [(curve.name, run) for curve in shown for run in result.runs if run.policy == curve.policy]
    names = [curve.name for curve in shown]
    caches = [blocks for blocks in dict.fromkeys(run.kv_blocks for _, run in some) if blocks is not None]
    found: list[Block] = []
    if len({run.replicas for _, run in some}) > 1:
        found.append(_over_replicas(f"fleet-hits-{number}", some, names))
    if len(caches) > 1:
        found.append(_over_cache(f"fleet-cache-{number}", some, names))
    if any(_ttft(run) is not None for _, run in some):
        found.append(_times(f"fleet-ttft-{number}", some, names, result))
    return found


def _told_apart(result: FleetV1) -> list[_Curve]:
    """Return the curves that are drawn: those with most hits in the largest fleet, and the one with least.

    Policies with the same curve are one; there are as many curves as colours.
    """
    largest = max(run.replicas for run in result.runs)
    points: dict[str, list[tuple[int, int, float, float]]] = {}
    best: dict[str, float] = {}
    for run in result.runs:
        rate = run.token_hit_rate or 0.0
        point = (run.replicas, run.kv_blocks or -1, round(rate, _DIGITS), round(_ttft(run) or 0.0, _DIGITS))
        points.setdefault(run.policy, []).append(point)
        if run.replicas == largest:
            best[run.policy] = max(best.get(run.policy, 0.0), rate)
    same: dict[tuple[tuple[int, int, float, float], ...], list[str]] = {}
    for policy, its in points.items():
        same.setdefault(tuple(its), []).append(policy)
    found = [_Curve(_name(some), some[0], best.get(some[0], 0.0)) for some in same.values()]
    found.sort(key=lambda curve: (-curve.rate, curve.name))
    return found if len(found) <= charts.SERIES else [*found[: charts.SERIES - 1], found[-1]]


def _name(policies: Sequence[str]) -> str:
    return policies[0] if len(policies) == 1 else f"{policies[0]} and {len(policies) - 1} more"


def _ttft(run: RunV1) -> float | None:
    """Return the 95th percentile of the time to first token in seconds."""
    return run.timing.ttft.p95 / _SECOND if run.timing is not None and run.timing.ttft is not None else None


def _cache(run: RunV1) -> str:
    return ENDLESS if run.kv_blocks is None else f"{run.kv_blocks:,} blocks"


def _rows(some: Sequence[tuple[str, RunV1]]) -> list[charts.Row]:
    return [
        {
            "policy": name,
            "replicas": run.replicas,
            "cache": _cache(run),
            "blocks": run.kv_blocks,
            "rate": run.token_hit_rate,
            "ttft": _ttft(run),
            "told": f"{name}, {figures.plural(run.replicas, 'replica')}, {_cache(run)}: "
            f"{figures.share(run.token_hit_rate)} of tokens read"
            + (f", TTFT P95 {span(int(seconds * _SECOND))}" if (seconds := _ttft(run)) is not None else ""),
        }
        for name, run in some
    ]


def _lines(x: charts.Spec, y: charts.Spec, names: Sequence[str]) -> charts.Spec:
    return {
        "mark": {"type": "line", "point": {"size": 45, "filled": True}, "strokeWidth": 2},
        "encoding": {
            "x": x,
            "y": y,
            "color": charts.stroke("policy", "policy", names),
            "strokeDash": charts.dash("policy", "policy", names),
            "description": {"field": "told"},
        },
    }


def _by_replicas() -> charts.Spec:
    return {"field": "replicas", "type": "ordinal", "title": "replicas", "axis": {"labelAngle": 0}}


def _over_replicas(identifier: str, some: Sequence[tuple[str, RunV1]], names: Sequence[str]) -> Chart:
    caches = list(dict.fromkeys(_cache(run) for _, run in some))[:_MOST_CACHES]
    inner = _lines(_by_replicas(), charts.share_axis("rate", "token hit rate"), names)
    rows = [row for row in _rows(some) if row["cache"] in caches]
    drawn = charts.spec(rows, 260, **inner) if len(caches) == 1 else charts.rows(rows, "cache", caches, inner)
    return Chart(
        id=identifier,
        title="Token hit rate against replicas",
        says="Share of input tokens read from a replica's cache, by routing policy; those with most hits in the "
        "largest fleet, and the one with least.",
        spec=drawn,
        table=None,
    )


def _over_cache(identifier: str, some: Sequence[tuple[str, RunV1]], names: Sequence[str]) -> Chart:
    largest = max(run.replicas for _, run in some)
    rows = _rows([(name, run) for name, run in some if run.replicas == largest and run.kv_blocks is not None])
    x = {
        "field": "blocks",
        "type": "quantitative",
        "title": "blocks a replica",
        "scale": {"type": "log", "nice": False},
        "axis": {"format": "~s"},
    }
    return Chart(
        id=identifier,
        title="Capacity curve",
        says=f"Token hit rate against the cache of each of {figures.plural(largest, 'replica')}.",
        spec=charts.spec(rows, 240, **_lines(x, charts.share_axis("rate", "token hit rate"), names)),
        table=None,
    )


def _times(identifier: str, some: Sequence[tuple[str, RunV1]], names: Sequence[str], result: FleetV1) -> Chart:
    largest = max((run.kv_blocks for _, run in some if run.kv_blocks is not None), default=None)
    rows = [row for row in _rows(some) if row["ttft"] is not None and row["blocks"] in (None, largest)]
    y = {"field": "ttft", "type": "quantitative", "title": "TTFT P95, seconds", "scale": {"type": "log"}}
    layers = [_lines(_by_replicas(), y, names)]
    says = "Time to first token, 95th percentile, as the latency model has it, with the largest cache."
    if result.ttft_target_us is not None:
        target = {"y": {"datum": result.ttft_target_us / _SECOND}}
        layers.append({"mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.5}, "encoding": target})
        says += f" The dashed line is the target, {span(result.ttft_target_us)}; {_chosen(result.targets)}"
    return Chart(
        id=identifier,
        title="Time to first token against replicas",
        says=says,
        spec=charts.spec(rows, 260, layer=layers),
        table=None,
    )


def _chosen(targets: Sequence[TargetV1]) -> str:
    met = [(target.replicas, target.policy) for target in targets if target.replicas is not None]
    if not met:
        return "no fleet that was tried meets it."
    replicas, policy = min(met)
    return f"the smallest fleet that meets it has {figures.plural(replicas, 'replica')} ({policy})."
