"""What-ifs: the cheapest ways, every point of the grid, what pays, and what changes if something does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from cachelens.model.whatif import Cell, Unit, WhatIfResult
from cachelens.reports import figures, terms, whatif_advice, whatif_grids
from cachelens.reports import whatif_words as said
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Chart, Listing, Missing, Prose, Table
from cachelens.reports.document.blocks import Cell as TableCell
from cachelens.reports.document.cells import amount, change, count, share, words
from cachelens.reports.document.restored import restored
from cachelens.reports.document.results import Results
from cachelens.reports.document.whatif_curves import curves
from cachelens.reports.whatif_shape import WhatIfV1

_MOST_BARS, _MOST_ROWS, _MOST_MODELS, _MOST_REMARKS = 16, 600, 12, 40


def blocks(results: Results) -> tuple[Block, ...]:
    """Return for each what-if its headline, the grid, and the sentences."""
    found: list[Block] = []
    for number, source in enumerate(results.of(WhatIfV1), start=1):
        result = restored(source.result, WhatIfResult)
        lines = (*said.summary(result), said.parts(result), said.sampled(result), *said.headlines(result))
        found.append(Prose(lines=tuple(f"{line}." for line in (f"From {source.path}", *lines) if line)))
        if whatif_grids.base_cells(result):
            found.append(_costs(f"whatif-costs-{number}", result))
            found += curves(number, result)
        else:
            found.append(Missing(why=f"{source.path} has no cost", how="cachelens whatif LOGS --model MODEL"))
        found.append(_grid(f"whatif-{number}", source.path, result))
        remarks = tuple(line.strip() for line in whatif_grids.legend(result))
        found += [Listing(title="Signs, and what has no figure", items=remarks[:_MOST_REMARKS])] if remarks else []
        found += _pays(result)
        if result.changes:
            found.append(_changes(f"whatif-prices-{number}", result))
        found += [Listing(title=title, items=tuple(items)) for title, items in said.sections(result, detail=False)]
    return tuple(found)


def unit(result: WhatIfResult) -> str:
    """Say what costs are over."""
    return "a day" if result.traffic.unit is Unit.DAY else "over the log"


def _costs(identifier: str, result: WhatIfResult) -> Chart:
    folds = whatif_grids.alike(whatif_grids.base_cells(result))
    shown = folds[:_MOST_BARS]
    names = [f"{fold[0].model}: {whatif_grids.folded(fold)}" for fold in shown]
    costs = [said.estimate(fold[0], figures.money(fold[0].cost)) for fold in shown]
    rows: list[charts.Row] = [
        {
            "name": name,
            "cost": float(fold[0].cost or 0),
            "shown": cost,
            "told": f"{name}: {cost}, {figures.share(fold[0].token_hit_rate)} of tokens read",
        }
        for name, cost, fold in zip(names, costs, shown, strict=True)
    ]
    more = f" {figures.plural(len(folds) - len(shown), 'dearer way')} left out." if len(folds) > len(shown) else ""
    return Chart(
        id=identifier,
        title="The cheapest ways",
        says=f"Cost {unit(result)}, the cheapest first: {names[0]} {costs[0]} to {names[-1]} {costs[-1]}.{more}",
        spec=charts.spec(
            rows,
            {"step": 26},
            layer=[
                {
                    "mark": {"type": "bar", "height": {"band": 0.7}, "color": "var(--c1)"},
                    "encoding": {"description": {"field": "told"}},
                },
                {
                    "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "middle", "aria": False},
                    "encoding": {"text": {"field": "shown"}},
                },
            ],
            encoding={
                "x": {
                    "field": "cost",
                    "type": "quantitative",
                    "title": f"US dollars {unit(result)}",
                    "axis": {"format": "$,.4~r", "tickCount": 5},
                },
                "y": {**charts.sorted_names("name", names), "axis": {"labelLimit": 330}},
            },
        ),
        table=None,
    )


def _grid(identifier: str, path: str, result: WhatIfResult) -> Table:
    cells = sorted(result.cells, key=lambda cell: (cell.cost is None, cell.cost or 0))
    columns = [column for column in _COLUMNS if column.varies is None or len(set(map(column.varies, cells))) > 1]
    return Table(
        id=identifier,
        caption=f"Every way of {path}: cost {unit(result)}",
        headings=tuple(column.heading for column in columns),
        rows=tuple(tuple(column.shown(cell, result) for column in columns) for cell in cells[:_MOST_ROWS]),
        words_in=tuple(at for at, column in enumerate(columns) if column.is_word),
        left_out=max(0, len(cells) - _MOST_ROWS),
    )


class _Column(NamedTuple):
    """A column of the grid; where `varies` is given, it is shown only if that does."""

    heading: str
    shown: Callable[[Cell, WhatIfResult], TableCell]
    is_word: bool = False
    varies: Callable[[Cell], object] | None = None


def _marks(cell: Cell, result: WhatIfResult) -> TableCell:
    is_best = cell == result.best
    return words(cell.boundary + (f" {terms.BEST_SIGN}" if is_best else ""), "good" if is_best else "")


def _usd(cost: Callable[[Cell], Decimal | None]) -> Callable[[Cell, WhatIfResult], TableCell]:
    return lambda cell, _: amount(cost(cell), estimated=cell.evidence in terms.ESTIMATES)


_COLUMNS = (
    _Column("model", lambda cell, _: words(cell.model), is_word=True),
    _Column("marks", _marks, is_word=True),
    _Column("TTL", lambda cell, _: words(cell.ttl or "-"), is_word=True),
    _Column(
        "fixed tokens",
        lambda cell, _: TableCell(text="as it is") if cell.prompt_tokens is None else count(cell.prompt_tokens),
        varies=lambda cell: cell.prompt_tokens,
    ),
    _Column(
        "traffic",
        lambda cell, _: TableCell(text=f"{cell.traffic:g} x", rank=cell.traffic),
        varies=lambda cell: cell.traffic,
    ),
    _Column(terms.TOKEN_HIT_RATE, lambda cell, _: share(cell.token_hit_rate)),
    _Column("cost", _usd(lambda cell: cell.cost)),
    _Column("saves", lambda cell, _: share(cell.saving)),
    _Column("cost a request", _usd(lambda cell: cell.cost_per_request)),
    _Column("of 30 days", _usd(lambda cell: cell.cost_a_month)),
    _Column("status", lambda cell, _: words(cell.status), is_word=True),
)


def _pays(result: WhatIfResult) -> list[Block]:
    found: list[Block] = [
        Listing(
            title=f"What pays on {row.card.model}, by prices and rules alone",
            items=(whatif_advice.card(row.card), *whatif_advice.sentences(row)),
        )
        for row in result.answers[:_MOST_MODELS]
    ]
    more = len(result.answers) - len(found)
    return [*found, Prose(lines=(f"{figures.plural(more, 'more model')} in the result itself.",))] if more else found


def _changes(identifier: str, result: WhatIfResult) -> Table:
    rows = result.changes[:_MOST_ROWS]
    return Table(
        id=identifier,
        caption=f"Price changes: the same traffic {unit(result)}",
        headings=("model", "from", "standing", "cost", "change"),
        rows=tuple(
            (words(row.model), words(row.start or "-"), words(row.standing), amount(row.cost), change(row.change))
            for row in rows
        ),
        words_in=(0, 1, 2),
        left_out=len(result.changes) - len(rows),
    )
