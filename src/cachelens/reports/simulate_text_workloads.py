"""The workload table of the text report: now against the best scenario, the costliest first."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.result import SimulateResult, Totals, WorkloadTotals
from cachelens.reports import pick, terms
from cachelens.reports import simulate_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import UNKNOWN, approx, count, money, plural, share, tokens
from cachelens.reports.page import BAD, QUIET, WARN, page_width, safe, wrapped

_NOW_AND_BEST = (
    Column(label="requests", heading=("requests",), tier=2),
    Column(label="sessions", heading=("sessions",), tier=2),
    Column(label="input tokens", heading=("input", "tokens"), tier=1),
    Column(label=terms.TOKEN_HIT_RATE, heading=("token", "hit rate", "now")),
    Column(label=f"best {terms.TOKEN_HIT_RATE}", heading=("token", "hit rate", "-> best")),
    Column(label=terms.COST, heading=("cost", "now")),
    Column(label=f"best {terms.COST}", heading=("cost", "-> best")),
    Column(label="main miss cause", heading=("main", "miss cause"), left=True, tier=2),
)


def section(result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
    """Write the costliest workloads and count the others."""
    width = page_width(options)
    recorded = pick.baseline(result)
    if recorded is None or not recorded.workloads:
        return
    best = pick.best_by_workload(result)
    rows = pick.costliest_workloads(recorded)
    shown = rows[: max(0, options.top_workloads)]
    if shown:
        table = Table(
            heading="Workload",
            columns=_NOW_AND_BEST,
            rows=tuple(_row(row, best.get(row.workload), result, options) for row in shown),
        )
        yield from lay_out(table, width)
    if len(rows) > len(shown):
        more = f"and {plural(len(rows) - len(shown), 'more workload')}"
        yield from wrapped(Text(f"{more}; `--format csv` lists all", style=QUIET), width, indent=2)


def _row(row: WorkloadTotals, best: pick.WorkloadBest | None, result: SimulateResult, options: ReportOptions) -> Row:
    now = row.totals
    main = pick.main_miss(now)
    cells = (
        count(now.requests),
        count(now.sessions),
        tokens(now.input_tokens),
        _known(share(now.token_hit_rate), now, result),
        UNKNOWN if best is None else _known(share(best.totals.token_hit_rate), best.totals, result),
        _known(money(now.cost), now, result),
        UNKNOWN if best is None else _known(money(best.totals.cost), best.totals, result),
        "none" if main is None else main.cause.value,
    )
    return Row(
        name=safe(row.workload or terms.UNNAMED),
        cells=tuple(map(Text, cells)),
        remarks=tuple(_remarks(now, best, result, options)),
    )


def _remarks(
    now: Totals, best: pick.WorkloadBest | None, result: SimulateResult, options: ReportOptions
) -> Iterator[Text]:
    recorded = words.recorded_rate(now, result)
    if recorded:
        yield Text(recorded, style=WARN)
    flag = words.workload_flag(now, options)
    if flag:
        yield Text(flag, style=BAD if flag.endswith("red line") else WARN)
    if best is not None and best.scenario.name != terms.AS_RECORDED:
        yield safe(f"best: {best.scenario.name}")


def _known(shown: str, totals: Totals, result: SimulateResult) -> str:
    return approx(shown, estimated=pick.is_estimated(totals, result))
