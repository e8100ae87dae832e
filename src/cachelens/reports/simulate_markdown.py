"""The Markdown report of a simulation: GitHub tables for a pull request comment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.result import ScenarioResult, SimulateResult, Status, Totals, WorkloadTotals
from cachelens.reports import pick, terms
from cachelens.reports import simulate_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose
from cachelens.reports.figures import UNKNOWN, approx, change, count, money, share, tokens
from cachelens.reports.simulate_figures import SCENARIO_TERMS, cost_frame, scenario_cells

_SCENARIO_HEADINGS = ("scenario", *SCENARIO_TERMS)
_WORKLOAD_HEADINGS = (
    "workload",
    "requests",
    "sessions",
    "input tokens",
    f"{terms.TOKEN_HIT_RATE} now",
    f"{terms.TOKEN_HIT_RATE} best",
    "cost now",
    "cost best",
    "main miss cause",
    "",
)
_MARKED = {Status.OK: "", Status.PREVIEW: " (preview)", Status.BOUND: " (bound)", Status.IMPOSSIBLE: ""}


class SimulateMarkdown:
    """A comment for the people who review a change."""

    id = "simulate-markdown"

    def render(self, result: SimulateResult, options: ReportOptions) -> str:
        """Return GitHub Flavored Markdown in which no text from a log acts as markup."""
        blocks = [
            "### CacheLens: prompt cache simulation",
            markdown_prose(", ".join(words.summary(result))),
            *_validation(result),
            *_scenarios(result),
            *_workloads(result, options),
            *_misses(result),
            *_cost_frame(result),
            *_counted(result, options),
        ]
        return "\n\n".join(blocks) + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, words_in: Sequence[int] = (0,)) -> str:
    """Write a table; `words_in` names the columns that stand left, the others hold figures."""
    rule = ["---" if index in words_in else "---:" for index in range(len(headings))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (headings, rule, *rows))


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _validation(result: SimulateResult) -> Iterator[str]:
    row = words.main_validation(result)
    if row is None:
        yield markdown_prose(words.NOT_VALIDATED)
        return
    estimated = pick.any_estimate(result)
    rows = (
        ("tokens read", tokens(row.predicted_read), tokens(row.recorded_read), change(row.read_error)),
        ("tokens written", tokens(row.predicted_write), tokens(row.recorded_write), change(row.write_error)),
        ("cost", money(row.predicted_cost), money(row.recorded_cost), change(row.cost_error)),
    )
    cells = [(name, _figure(guess, estimated), _figure(seen), _figure(error)) for name, guess, seen, error in rows]
    heading = f"validation on {words.plural(row.requests, 'request')}"
    yield _table((heading, "predicted", "recorded", "total error"), cells)
    others = [words.validation_short(other) for other in result.validation if other is not row]
    lines = [line for line in (words.outside(row), *others) if line]
    if lines:
        yield _bullets([markdown_prose(line) for line in lines])


def _figure(shown: str, estimated: bool = False) -> str:  # noqa: FBT001, FBT002  one sign from one flag
    """Write a figure of our own making; a lone `~` would strike text out."""
    return approx(shown, estimated=estimated).replace("~", "\\~").replace("<", "&lt;").replace(">", "&gt;")


def _scenarios(result: SimulateResult) -> Iterator[str]:
    winner = pick.best(result)
    rows = [_scenario_row(row, result, winner) for row in pick.ranked(result)]
    if rows:
        yield _table(_SCENARIO_HEADINGS, rows)
    lines = list(_scenario_lines(result))
    if lines:
        yield _bullets(lines)


def _scenario_row(row: ScenarioResult, result: SimulateResult, winner: ScenarioResult | None) -> list[str]:
    mark = " **best**" if row is winner else ""
    cells = [_figure(cell) for cell in scenario_cells(row, result)]
    return [markdown_name(row.name) + mark + _MARKED[row.status], *cells]


def _scenario_lines(result: SimulateResult) -> Iterator[str]:
    for status in (Status.PREVIEW, Status.BOUND):
        yield from _reasons(status, [row for row in pick.ranked(result) if row.status is status])
    yield from _reasons(Status.IMPOSSIBLE, pick.impossible(result))
    other = pick.same_model_alternative(result)
    if other is not None:
        yield f"**best**: {terms.MODEL_CHANGES}: {markdown_name(other.name)}"


def _reasons(status: Status, rows: Sequence[ScenarioResult]) -> Iterator[str]:
    for note, names in pick.by_note(rows):
        listed = ", ".join(map(markdown_name, names))
        reason = markdown_prose(note or terms.NO_REASON)
        yield f"{listed}: {terms.STATUS_MEANINGS[status]}: {reason}"


def _workloads(result: SimulateResult, options: ReportOptions) -> Iterator[str]:
    recorded, winner = pick.baseline(result), pick.best(result)
    if recorded is None or not recorded.workloads:
        return
    after = {row.workload: row.totals for row in winner.workloads} if winner is not None else {}
    rows = pick.costliest_workloads(recorded)
    shown = rows[: max(0, options.top_workloads)]
    if shown:
        cells = [_workload_row(row, after.get(row.workload), result, options) for row in shown]
        yield _table(_WORKLOAD_HEADINGS, cells, words_in=(0, 8, 9))
    if len(rows) > len(shown):
        yield f"and {words.plural(len(rows) - len(shown), 'more workload')}"


def _workload_row(
    row: WorkloadTotals, best: Totals | None, result: SimulateResult, options: ReportOptions
) -> list[str]:
    now = row.totals
    main = pick.main_miss(now)
    flag = words.workload_flag(now.token_hit_rate, options)
    known = pick.is_estimated(now, result)
    after = best is not None and pick.is_estimated(best, result)
    return [
        markdown_name(row.workload or terms.UNNAMED),
        count(now.requests),
        count(now.sessions),
        tokens(now.input_tokens),
        _figure(share(now.token_hit_rate), known),
        UNKNOWN if best is None else _figure(share(best.token_hit_rate), after),
        _figure(money(now.cost), known),
        UNKNOWN if best is None else _figure(money(best.cost), after),
        "none" if main is None else main.cause.value,
        f"**{flag}**" if flag else "",
    ]


def _misses(result: SimulateResult) -> Iterator[str]:
    recorded = pick.baseline(result)
    if recorded is None or recorded.total is None:
        return
    estimated = pick.is_estimated(recorded.total, result)
    rows = [
        (
            miss.cause.value,
            count(miss.requests),
            _figure(tokens(miss.tokens), estimated),
            "; ".join(part for part in (terms.CAUSES[miss.cause], words.divergence(miss)) if part),
        )
        for miss in pick.misses_by_tokens(recorded.total)
    ]
    if rows:
        yield _table((f"misses, {terms.AS_RECORDED}", "requests", "tokens", "meaning"), rows, words_in=(0, 3))


def _cost_frame(result: SimulateResult) -> Iterator[str]:
    frame = cost_frame(result)
    if frame:
        (_, amounts), *_ = frame
        headings = ("US dollars", *(heading for heading, _ in frame))
        rows = [(label, *(_figure(column[label]) for _, column in frame)) for label in amounts]
        yield _table(headings, rows)


def _counted(result: SimulateResult, options: ReportOptions) -> Iterator[str]:
    lines = words.counted(result, detail=options.detail)
    if lines:
        body = _bullets([markdown_prose(line) for line in lines])
        yield f"<details><summary>How it was counted</summary>\n\n{body}\n\n</details>"
