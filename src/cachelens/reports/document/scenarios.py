"""Every scenario that was replayed, and which workload gains by which."""

from __future__ import annotations

from cachelens.model.result import Status
from cachelens.reports import figures, terms
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Cell, Chart, Listing, Table
from cachelens.reports.document.cells import change, decimal, money, share, signed_money, words
from cachelens.reports.document.results import Results
from cachelens.reports.document.simulated import named, recorded
from cachelens.reports.simulate_shape import ScenarioV1, SimulateV1, TotalsV1

_MOST_SCENARIOS, _MOST_WORKLOADS, _MOST_ROWS = 24, 8, 400
_ALL = "all"
_STEPS = (-0.5, -0.2, -0.005, 0.005, 0.2)
"""Changes at which the colour of a cell changes."""


def blocks(results: Results) -> tuple[Block, ...]:
    """Return for each simulation the matrix, all scenarios, and those that cannot be."""
    found: list[Block] = []
    for number, source in enumerate(results.of(SimulateV1), start=1):
        able = [row for row in source.result.scenarios if row.totals is not None]
        matrix = _matrix(f"matrix-{number}", source.path, source.result, able)
        found += [matrix] if matrix is not None else []
        found.append(_table(f"scenarios-{number}", source.path, able))
        refused = [f"{row.name}: {row.note}" for row in source.result.scenarios if row.totals is None]
        if refused:
            found.append(Listing(title="Cannot be", items=tuple(refused)))
    return tuple(found)


def _table(identifier: str, path: str, able: list[ScenarioV1]) -> Table:
    return Table(
        id=identifier,
        caption=f"Scenarios of {path}",
        headings=(
            "scenario",
            "cost",
            "delta",
            "share",
            "per month",
            terms.TOKEN_HIT_RATE,
            terms.REQUEST_HIT_RATE,
            terms.UNREAD_WRITES,
            "trust",
        ),
        rows=tuple(_row(row, row.totals) for row in able[:_MOST_ROWS] if row.totals is not None),
        words_in=(0, 8),
        left_out=max(0, len(able) - _MOST_ROWS),
    )


def _row(row: ScenarioV1, totals: TotalsV1) -> tuple[Cell, ...]:
    compared = row.name != terms.AS_RECORDED
    sign = terms.BEST_SIGN if row.best else ""
    trust = terms.STATUS_MEANINGS[Status(row.status)] + ("; estimate" if totals.estimated else "")
    return (
        words(f"{row.name} {sign}".strip(), "good" if row.best else ""),
        money(totals.cost, estimated=totals.estimated),
        signed_money(totals.delta, estimated=totals.estimated) if compared else Cell(text="-"),
        change(totals.delta_share) if compared else Cell(text="-"),
        money(totals.cost_per_month, estimated=totals.estimated),
        share(totals.token_hit_rate),
        share(totals.request_hit_rate),
        share(totals.unread_write_share),
        words(trust),
    )


def _matrix(identifier: str, path: str, result: SimulateV1, able: list[ScenarioV1]) -> Chart | None:
    """Draw the cheapest scenarios against the costliest workloads; `None` where there is nothing to compare."""
    now = recorded(result)
    others = [row for row in able if row is not now][:_MOST_SCENARIOS]
    if now is None or not others:
        return None
    ranked = [row.workload for row in now.workloads][:_MOST_WORKLOADS]
    rows: list[charts.Row] = []
    cells: list[tuple[Cell, ...]] = []
    for scenario in others:
        of = {row.workload: row.totals for row in scenario.workloads}
        across = [(_ALL, scenario.totals), *((named(name), of.get(name)) for name in ranked)]
        line = [words(scenario.name)]
        for name, totals in across:
            ratio = totals.delta_share if totals is not None else None
            line.append(change(ratio, "good" if (ratio or 0) < 0 else "bad" if (ratio or 0) > 0 else ""))
            if ratio is not None and totals is not None:
                told = f"{scenario.name}, {name}: {figures.change(ratio)}, {figures.money(decimal(totals.cost))}"
                rows.append(
                    {
                        "scenario": scenario.name,
                        "workload": name,
                        "share": ratio,
                        "shown": _short(ratio),
                        "told": told,
                    }
                )
        cells.append(tuple(line))
    columns = [_ALL, *(named(name) for name in ranked)]
    table = Table(
        id=identifier,
        caption=f"Change of cost against as-recorded, {path}",
        headings=("scenario", *columns),
        rows=tuple(cells),
        folded=True,
        left_out=max(0, len(able) - 1 - len(others)),
    )
    return Chart(
        id=identifier,
        title="Which workload gains by which scenario",
        says="Change of cost against as-recorded, for the cheapest scenarios (rows) and the costliest workloads "
        "(columns). Less is better.",
        spec=_drawn(rows, [row.name for row in others], columns),
        table=table,
    )


def _short(ratio: float) -> str:
    return "0%" if abs(ratio) < _STEPS[3] else f"{ratio:+.0%}"


def _drawn(rows: list[charts.Row], scenarios: list[str], workloads: list[str]) -> charts.Spec:
    scale = {"type": "threshold", "domain": list(_STEPS), "range": [f"var(--h{number})" for number in range(1, 7)]}
    return charts.spec(
        rows,
        {"step": 24},
        layer=[
            {
                "mark": {"type": "rect", "stroke": "var(--paper)"},
                "encoding": {
                    "color": {"field": "share", "type": "quantitative", "scale": scale, "legend": None},
                    "description": {"field": "told"},
                },
            },
            {
                "mark": {"type": "text", "fontSize": 11, "aria": False, "color": "var(--on-heat)"},
                "encoding": {"text": {"field": "shown"}},
            },
        ],
        encoding={
            "x": {
                **charts.sorted_names("workload", workloads),
                "axis": {"orient": "top", "labelAngle": -25, "labelLimit": 110},
            },
            "y": charts.sorted_names("scenario", scenarios),
        },
    )
