"""The workload table of the Markdown report, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.result import SimulateResult, Totals, WorkloadTotals
from cachelens.reports import pick, terms
from cachelens.reports import simulate_advice as advice
from cachelens.reports import simulate_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose
from cachelens.reports.figures import UNKNOWN, count, money, plural, share, tokens
from cachelens.reports.markdown import bullets, figure, table

_HEADINGS = (
    "workload",
    "requests",
    "sessions",
    "input tokens",
    f"{terms.TOKEN_HIT_RATE} now",
    f"{terms.TOKEN_HIT_RATE} best",
    "cost now",
    "cost best",
    "best scenario",
    "main miss cause",
    "",
)
_WORDS_IN = (0, 8, 9, 10)


def blocks(result: SimulateResult, options: ReportOptions) -> Iterator[str]:
    """Write the costliest workloads, each now and in its own best scenario, and the largest savings."""
    recorded, best = pick.baseline(result), pick.best_by_workload(result)
    if recorded is None or not recorded.workloads:
        return
    rows = pick.costliest_workloads(recorded)
    shown = rows[: max(0, options.top_workloads)]
    if shown:
        cells = [_row(row, best.get(row.workload), result, options) for row in shown]
        yield table(_HEADINGS, cells, words_in=_WORDS_IN)
    if len(rows) > len(shown):
        yield f"and {plural(len(rows) - len(shown), 'more workload')}"
    yield from _advice(result, options)


def _row(
    row: WorkloadTotals, best: pick.WorkloadBest | None, result: SimulateResult, options: ReportOptions
) -> list[str]:
    main = pick.main_miss(row.totals)
    flag = words.workload_flag(row.totals, options)
    said = filter(None, (words.recorded_rate(row.totals, result), f"**{flag}**" if flag else ""))
    rate_now, cost_now = _figures(row.totals, result)
    rate_best, cost_best = _figures(best.totals, result) if best is not None else (UNKNOWN, UNKNOWN)
    return [
        markdown_name(row.workload or terms.UNNAMED),
        count(row.totals.requests),
        count(row.totals.sessions),
        tokens(row.totals.input_tokens),
        rate_now,
        rate_best,
        cost_now,
        cost_best,
        UNKNOWN if best is None else markdown_name(best.scenario.name),
        "none" if main is None else main.cause.value,
        "; ".join(said),
    ]


def _figures(totals: Totals, result: SimulateResult) -> tuple[str, str]:
    estimated = pick.is_estimated(totals, result)
    return (
        figure(share(totals.token_hit_rate), estimated=estimated),
        figure(money(totals.cost), estimated=estimated),
    )


def _advice(result: SimulateResult, options: ReportOptions) -> Iterator[str]:
    savings = advice.savings(result)
    shown = savings[: max(0, options.top_workloads)]
    if not shown:
        return
    lines = [
        "\n".join(
            [
                advice.sentence(saving, result).markdown,
                *(f"  - {markdown_prose(step)}" for step in advice.steps(saving, result)),
            ]
        )
        for saving in shown
    ]
    if len(savings) > len(shown):
        lines.append(f"and {plural(len(savings) - len(shown), 'more workload')} that can save")
    yield f"**{advice.HEADING}** ({advice.SUBTITLE})"
    yield bullets(lines)
