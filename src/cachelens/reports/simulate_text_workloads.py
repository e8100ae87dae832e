"""The workload table of the text report: now against the best scenario, the costliest first."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.result import SimulateResult, Totals, WorkloadTotals
from cachelens.reports import pick, terms
from cachelens.reports import simulate_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import UNKNOWN, approx, count, money, share, tokens
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
    winner = pick.best(result)
    after = {row.workload: row.totals for row in winner.workloads} if winner is not None else {}
    rows = pick.costliest_workloads(recorded)
    shown = rows[: max(0, options.top_workloads)]
    if shown:
        table = Table(
            heading="Workload",
            columns=_NOW_AND_BEST,
            rows=tuple(_row(row, after.get(row.workload), result, options) for row in shown),
        )
        yield from lay_out(table, width)
    if len(rows) > len(shown):
        more = f"and {words.plural(len(rows) - len(shown), 'more workload')}"
        yield from wrapped(Text(f"{more}; `--format csv` lists all", style=QUIET), width, indent=2)


def _row(row: WorkloadTotals, best: Totals | None, result: SimulateResult, options: ReportOptions) -> Row:
    now = row.totals
    main = pick.main_miss(now)
    flag = words.workload_flag(now.token_hit_rate, options)
    style = BAD if flag.endswith("red line") else WARN
    cells = (
        count(now.requests),
        count(now.sessions),
        tokens(now.input_tokens),
        _known(share(now.token_hit_rate), now, result),
        UNKNOWN if best is None else _known(share(best.token_hit_rate), best, result),
        _known(money(now.cost), now, result),
        UNKNOWN if best is None else _known(money(best.cost), best, result),
        "none" if main is None else main.cause.value,
    )
    return Row(
        name=safe(row.workload or terms.UNNAMED),
        cells=tuple(map(Text, cells)),
        remarks=(Text(flag, style=style),) if flag else (),
    )


def _known(shown: str, totals: Totals, result: SimulateResult) -> str:
    return approx(shown, estimated=pick.is_estimated(totals, result))
