"""The scenario table of the Markdown report, and what its marks mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.result import ScenarioResult, SimulateResult, Status
from cachelens.reports import pick, terms
from cachelens.reports import simulate_words as words
from cachelens.reports.arrange import Fold, groups
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose
from cachelens.reports.markdown import bullets, figure, table
from cachelens.reports.phrases import listed
from cachelens.reports.simulate_figures import SCENARIO_TERMS, scenario_cells, shown_terms

_MARKED = {Status.OK: "", Status.PREVIEW: " (preview)", Status.BOUND: " (bound)", Status.IMPOSSIBLE: ""}


def blocks(result: SimulateResult, options: ReportOptions) -> Iterator[str]:
    """Write the table, as recorded first, and what could not be replayed in full."""
    winner, shown = pick.best(result), shown_terms(result)
    rows: list[list[str]] = []
    for group in groups(result):
        if group.heading:
            rows.append([f"**{markdown_prose(group.heading)}**", *("" for _ in shown)])
        rows += [_row(fold, result, winner, shown) for fold in group.rows]
    if rows:
        yield table(("scenario", *(SCENARIO_TERMS[index] for index in shown)), rows)
    lines = list(_legend(result, detail=options.detail))
    if lines:
        yield bullets(lines)


def _row(fold: Fold, result: SimulateResult, winner: ScenarioResult | None, shown: Sequence[int]) -> list[str]:
    mark = " **best**" if winner in fold.members else ""
    remarks = "".join(f" ({figure(remark)})" for remark in words.scenario_remarks(fold.first, result))
    cells = scenario_cells(fold.first, result)
    names = ", ".join(map(markdown_name, fold.labels))
    return [names + mark + _MARKED[fold.first.status] + remarks, *(figure(cells[index]) for index in shown)]


def _legend(result: SimulateResult, *, detail: bool) -> Iterator[str]:
    for status in (Status.OK, Status.PREVIEW, Status.BOUND):
        yield from _reasons(status, [row for row in pick.ranked(result) if row.status is status], detail=detail)
    yield from _reasons(Status.IMPOSSIBLE, pick.impossible(result), detail=detail)
    other = pick.same_model_alternative(result)
    if other is not None:
        yield f"**best**: {terms.MODEL_CHANGES}: {markdown_name(other.name)}"


def _reasons(status: Status, rows: Sequence[ScenarioResult], *, detail: bool) -> Iterator[str]:
    for reason, names in pick.by_reason(rows):
        if status is Status.OK and not reason:
            continue
        which = listed(list(map(markdown_name, names)), every=detail)
        meaning = "" if status is Status.OK else f"{terms.STATUS_MEANINGS[status]}: "
        yield f"{which}: {meaning}{markdown_prose(reason or terms.NO_REASON)}"
