"""The scenario table of the text report: as recorded first, then the cheapest on top."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.result import ScenarioResult, SimulateResult, Status
from cachelens.reports import pick, terms
from cachelens.reports import simulate_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.page import GOOD, QUIET, page_width, safe, wrapped
from cachelens.reports.simulate_figures import SCENARIO_TERMS, scenario_cells

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
        table = Table(
            heading="Scenario",
            columns=_COLUMNS,
            rows=tuple(_row(scenario, result, winner) for scenario in rows),
            keep_names=True,
        )
        yield from lay_out(table, width)
    for line in _legend(result, rows, winner):
        yield from wrapped(line, width, indent=2)


def _row(scenario: ScenarioResult, result: SimulateResult, winner: ScenarioResult | None) -> Row:
    sign = (terms.BEST_SIGN if scenario is winner else "") + terms.STATUS_SIGNS[scenario.status]
    name = f"{scenario.name} {sign}" if sign else scenario.name
    figures = scenario_cells(scenario, result)
    classes = "" if scenario.total is None else words.written_classes(scenario.total)
    details = tuple(
        f"{cell} ({classes})" if column.label == terms.WRITTEN and classes else cell
        for column, cell in zip(_COLUMNS, figures, strict=True)
    )
    return Row(
        name=safe(name, GOOD if scenario is winner else ""),
        cells=tuple(map(Text, figures)),
        details=tuple(map(Text, details)),
    )


def _legend(result: SimulateResult, rows: list[ScenarioResult], winner: ScenarioResult | None) -> Iterator[Text]:
    if winner is not None:
        yield Text(f"{terms.BEST_SIGN} best: the cheapest that is known as well as the recorded one")
    other = pick.same_model_alternative(result)
    if other is not None:
        yield safe(f"  {terms.MODEL_CHANGES}: {other.name}")
    for status in (Status.PREVIEW, Status.BOUND):
        marked = [scenario for scenario in rows if scenario.status is status]
        if marked:
            yield Text(f"{terms.STATUS_SIGNS[status]} {terms.STATUS_MEANINGS[status]}")
        for note, names in pick.by_note(marked):
            if note:
                yield safe(f"  {', '.join(names)}: {note}", QUIET)
    for note, names in pick.by_note(pick.impossible(result)):
        yield safe(f"{terms.STATUS_MEANINGS[Status.IMPOSSIBLE]}: {', '.join(names)}: {note or terms.NO_REASON}")
