"""The CSV report of a simulation: one row per scenario and workload, and one for each scenario's total."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from cachelens.model.result import ScenarioResult, SimulateResult, Totals
from cachelens.model.usage import WRITE_TTLS
from cachelens.reports import pick
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import csv_cell
from cachelens.reports.figures import plain
from cachelens.reports.terms import AS_RECORDED

_SCENARIO = (
    "row",
    "scenario",
    "layout",
    "boundary",
    "ttl",
    "model",
    "provider",
    "status",
    "note",
    "best",
    "workload",
)
_FIGURES = (
    "requests",
    "sessions",
    "input_tokens",
    "plain_tokens",
    "read_tokens",
    "written_tokens",
    "output_tokens",
    "token_hit_rate",
    "request_hit_rate",
    "unread_write_share",
    "cost_usd",
    "cost_no_cache_usd",
    "cost_perfect_usd",
    "storage_cost_usd",
    "delta_usd",
    "delta_share",
    "cost_per_month_usd",
    "cost_per_session_usd",
    "estimated",
    "main_miss_cause",
)
_BEST = ("workload_best_scenario", "workload_best_cost_usd", "workload_best_token_hit_rate")


class SimulateCsv:
    """A table for spreadsheets. An empty cell means unknown; what looks like a formula starts with `'`."""

    id = "simulate-csv"

    def render(self, result: SimulateResult, options: ReportOptions) -> str:
        """Return the table with its heading; rows end in a line feed."""
        ttls = _ttls(result)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*_SCENARIO, *_FIGURES, *_BEST, *(csv_cell(f"write_{ttl}_tokens") for ttl in ttls)])
        writer.writerows(_rows(result, ttls))
        return out.getvalue()


def _ttls(result: SimulateResult) -> list[str]:
    """Return the classes of writes: the known ones always, so that columns stay put; then others."""
    totals = [s.total for s in result.scenarios if s.total is not None]
    totals += [row.totals for s in result.scenarios for row in s.workloads]
    found = {label for part in totals for label in part.write_tokens}
    return [*WRITE_TTLS, *sorted(found - set(WRITE_TTLS))]


def _rows(result: SimulateResult, ttls: list[str]) -> Iterator[list[str]]:
    winner = pick.best(result)
    own = pick.best_by_workload(result)
    for scenario in (*pick.ranked(result), *pick.impossible(result)):
        is_best = scenario is winner
        names = _names(scenario, "total", "", is_best=is_best)
        yield [*names, *_figures(scenario.total, scenario, result), *_best(None), *_writes(scenario.total, ttls)]
        for part in pick.costliest_workloads(scenario):
            names = _names(scenario, "workload", part.workload, is_best=is_best)
            figures = _figures(part.totals, scenario, result)
            yield [*names, *figures, *_best(own.get(part.workload)), *_writes(part.totals, ttls)]


def _names(scenario: ScenarioResult, row: str, workload: str, *, is_best: bool) -> list[str]:
    names = (
        row,
        scenario.name,
        scenario.layout,
        scenario.boundary,
        scenario.ttl,
        scenario.model,
        scenario.provider,
        scenario.status.value,
        scenario.note,
        _truth(is_best),
        workload,
    )
    return [csv_cell(name) for name in names]


def _best(choice: pick.WorkloadBest | None) -> list[str]:
    if choice is None:
        return [""] * len(_BEST)
    totals = choice.totals
    return [csv_cell(choice.scenario.name), _money(totals.cost), _ratio(totals.token_hit_rate)]


def _writes(totals: Totals | None, ttls: list[str]) -> list[str]:
    return ["" if totals is None else _number(totals.write_tokens.get(ttl)) for ttl in ttls]


def _figures(totals: Totals | None, scenario: ScenarioResult, result: SimulateResult) -> list[str]:
    if totals is None:
        return [""] * len(_FIGURES)
    compared = scenario.name != AS_RECORDED
    main = pick.main_miss(totals)
    known = totals.read_tokens is not None or bool(totals.write_tokens)
    return [
        _number(totals.requests),
        _number(totals.sessions),
        _number(totals.input_tokens),
        _number(totals.plain_tokens),
        _number(totals.read_tokens),
        _number(totals.written_tokens if known else None),
        _number(totals.output_tokens),
        _ratio(totals.token_hit_rate),
        _ratio(totals.request_hit_rate),
        _ratio(totals.unread_write_share),
        _money(totals.cost),
        _money(totals.cost_no_cache),
        _money(totals.cost_perfect),
        _money(totals.storage_cost),
        _money(totals.delta if compared else None),
        _ratio(totals.delta_share if compared else None),
        _money(totals.cost_per_month),
        _money(totals.cost_per_session),
        _truth(pick.is_estimated(totals, result)),
        "" if main is None else main.cause.value,
    ]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else plain(amount)


def _truth(value: bool) -> str:  # noqa: FBT001  one word from one flag
    return "true" if value else "false"
