"""The scenario table of the text report: as recorded first, then the cheapest on top."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.result import ScenarioResult, SimulateResult, Status
from cachelens.reports import pick, terms
from cachelens.reports import simulate_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.arrange import Fold, groups
from cachelens.reports.base import ReportOptions
from cachelens.reports.page import GOOD, HEADING, QUIET, page_width, safe, wrapped
from cachelens.reports.phrases import listed
from cachelens.reports.simulate_figures import SCENARIO_TERMS, scenario_cells, shown_terms

_HEADINGS = (
    ("token", "hit rate"),
    ("request", "hit rate"),
    ("tokens", terms.READ),
    ("tokens", terms.WRITTEN),
    ("tokens", terms.PLAIN),
    ("unread", "writes"),
    (terms.COST,),
    (terms.DELTA,),
    ("",),
    (terms.PER_MONTH,),
)
_TIERS = {terms.READ: 2, terms.WRITTEN: 2, terms.PLAIN: 2, terms.UNREAD_WRITES: 2, terms.PER_MONTH: 1}
_COLUMNS = tuple(
    Column(label=term, heading=heading, tier=_TIERS.get(term, 0))
    for term, heading in zip(SCENARIO_TERMS, _HEADINGS, strict=True)
)


def section(result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
    """Write the table, the signs used in it, and what could not be replayed."""
    width = page_width(options)
    rows = pick.ranked(result)
    winner = pick.best(result)
    if rows:
        yield from lay_out(_table(result, winner), width)
    for line in _legend(result, rows, winner, detail=options.detail):
        yield from wrapped(line, width, indent=2)


def _table(result: SimulateResult, winner: ScenarioResult | None) -> Table:
    shown = shown_terms(result)
    rows = []
    for group in groups(result):
        for index, fold in enumerate(group.rows):
            rows.append(_row(fold, result, winner, shown, above="" if index else group.heading))
    return Table(
        heading="Scenario",
        columns=tuple(_COLUMNS[index] for index in shown),
        rows=tuple(rows),
        keep_names=True,
    )


def _row(fold: Fold, result: SimulateResult, winner: ScenarioResult | None, shown: list[int], *, above: str) -> Row:
    scenario, is_best = fold.first, winner in fold.members
    sign = (terms.BEST_SIGN if is_best else "") + terms.STATUS_SIGNS[scenario.status]
    name = ", ".join(fold.labels)
    figures = scenario_cells(scenario, result)
    classes = "" if scenario.total is None else words.written_classes(scenario.total)
    details = [
        f"{cell} ({classes})" if column.label == terms.WRITTEN and classes else cell
        for column, cell in zip(_COLUMNS, figures, strict=True)
    ]
    return Row(
        name=safe(f"{name} {sign}" if sign else name, GOOD if is_best else ""),
        cells=tuple(Text(figures[index]) for index in shown),
        details=tuple(Text(details[index]) for index in shown),
        remarks=tuple(map(Text, words.scenario_remarks(scenario, result))),
        above=safe(above, HEADING),
    )


def _legend(
    result: SimulateResult, rows: list[ScenarioResult], winner: ScenarioResult | None, *, detail: bool
) -> Iterator[Text]:
    if winner is not None:
        yield Text(f"{terms.BEST_SIGN} best: the cheapest that is known as well as the recorded one")
    other = pick.same_model_alternative(result)
    if other is not None:
        yield safe(f"  {terms.MODEL_CHANGES}: {other.name}")
    for status in (Status.OK, Status.PREVIEW, Status.BOUND):
        marked = [scenario for scenario in rows if scenario.status is status]
        if marked and terms.STATUS_SIGNS[status]:
            yield Text(f"{terms.STATUS_SIGNS[status]} {terms.STATUS_MEANINGS[status]}")
        for reason, names in pick.by_reason(marked):
            if reason:
                under = "  " if terms.STATUS_SIGNS[status] else ""
                yield safe(f"{under}{listed(names, every=detail)}: {reason}", QUIET)
    for reason, names in pick.by_reason(pick.impossible(result)):
        yield safe(
            f"{terms.STATUS_MEANINGS[Status.IMPOSSIBLE]}: {listed(names, every=detail)}: {reason or terms.NO_REASON}"
        )
