"""The tables of a what-if, as headings and words; text and Markdown lay them out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import groupby

from cachelens.model.result import Status
from cachelens.model.scenario import NO_CACHE
from cachelens.model.whatif import Cell, Unit, WhatIfResult
from cachelens.reports import terms
from cachelens.reports import whatif_words as words
from cachelens.reports.figures import count, money, share
from cachelens.reports.grids import Grid, Head, Line

_Key = tuple[int | None, float]
"""Size of the prompt and amount of traffic."""
_OWN = "own TTL"
"""Stands for the lifetimes that a log records."""
_COSTS = (
    Head("token hit rate", ("token", "hit rate")),
    Head("cost", ("", "cost")),
    Head("saves against no caching", ("", "saves")),
    Head("cost a request", ("cost a", "request"), 1),
    Head("cost of 30 days", ("cost of", "30 days"), 2),
)


def grids(result: WhatIfResult) -> Iterator[Grid]:
    """Return the costs as the traffic is, then over sizes of the prompt and over amounts of traffic."""
    priced = [cell for cell in result.cells if cell.cost is not None]
    if not priced:
        return
    size, traffic = priced[0].prompt_tokens, base_traffic(result)
    yield _costs(result, base_cells(result))
    sizes = sorted({cell.prompt_tokens for cell in priced if cell.prompt_tokens is not None})
    if len(sizes) > 1:
        heads = tuple(Head(f"{count(number)} tokens", (count(number),)) for number in sizes)
        same = [cell for cell in priced if cell.traffic == traffic]
        keys: list[_Key] = [(number, traffic) for number in sizes]
        cached = [cell for cell in same if cell.boundary != NO_CACHE]
        yield _over("Saved against no caching, by fixed tokens of the prompt", heads, cached, keys, _saved)
        yield _over("Cost a request, by fixed tokens of the prompt", heads, same, keys, _a_request)
    amounts = sorted({cell.traffic for cell in priced})
    if len(amounts) > 1:
        heads = tuple(Head(words.amount(number), (f"{number:g} x",)) for number in amounts)
        same = [cell for cell in priced if cell.prompt_tokens == size]
        keys = [(size, number) for number in amounts]
        yield _over("Token hit rate, by amount of traffic", heads, same, keys, _rate)
        yield _over(f"Cost{_a_unit(result)}, by amount of traffic", heads, same, keys, _cost)


def base_cells(result: WhatIfResult) -> list[Cell]:
    """Return the cells with a cost for the traffic as it is, at the first size of the prompt."""
    priced = [cell for cell in result.cells if cell.cost is not None]
    traffic = base_traffic(result) if priced else 1.0
    return [cell for cell in priced if (cell.prompt_tokens, cell.traffic) == (priced[0].prompt_tokens, traffic)]


def alike(cells: Iterable[Cell]) -> list[list[Cell]]:
    """Put cells with the same figures together, the cheapest first."""
    folds: dict[Hashable, list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: (cell.cost or 0, cell.boundary != NO_CACHE)):
        folds.setdefault((cell.model, cell.cost, cell.token_hit_rate, cell.status), []).append(cell)
    return list(folds.values())


def base_traffic(result: WhatIfResult) -> float:
    """Return the amount that stands for the traffic as it is."""
    amounts = [cell.traffic for cell in result.cells]
    return 1.0 if 1.0 in amounts else amounts[0]


def changes(result: WhatIfResult) -> Iterator[Grid]:
    """Return what dated prices make of the same traffic."""
    if not result.changes:
        return
    lines = []
    for model, group in groupby(result.changes, key=lambda row: row.model):
        rows = list(group)
        for index, (row, after) in enumerate(zip(rows, [*rows[1:], None], strict=True)):
            since = f"from {row.start}" if row.start else f"before {after.start}" if after is not None else "always"
            cells = (str(row.standing), money(row.cost), words.changed(row))
            lines.append(Line(since, cells, above="" if index else model))
    heads = (Head("standing", ("standing",)), Head("cost", ("cost",)), Head("change", ("change",)))
    yield Grid(f"Price changes: the same traffic{_a_unit(result)}", "Prices", heads, tuple(lines))


def _a_unit(result: WhatIfResult) -> str:
    return " a day" if result.traffic.unit is Unit.DAY else ""


def _costs(result: WhatIfResult, cells: Sequence[Cell]) -> Grid:
    lines = []
    for model, group in groupby(cells, key=lambda cell: cell.model):
        for index, fold in enumerate(alike(group)):
            first = fold[0]
            figures = (_rate(first), _cost(first), _saved(first), _a_request(first), _a_month(first))
            lines.append(Line(folded(fold), figures, is_best=result.best in fold, above="" if index else model))
    kept = [at for at in range(len(_COSTS)) if any(line.cells[at] for line in lines)]
    return Grid(
        f"Cost{_a_unit(result)} by model, marks and TTL{_where(cells[0])}",
        "Marks",
        tuple(_COSTS[at] for at in kept),
        tuple(line._replace(cells=tuple(line.cells[at] for at in kept)) for line in lines),
    )


def _where(cell: Cell) -> str:
    conditions = words.conditions(cell)
    return f" ({conditions})" if conditions else ""


def folded(cells: Sequence[Cell]) -> str:
    """Name cells with the same figures: each boundary once, with its lifetimes, and the sign of their status."""
    ttls: dict[str, list[str]] = {}
    for cell in cells:
        ttls.setdefault(cell.boundary, []).append(cell.ttl)
    names = [
        f"{name} {' or '.join(ttl or _OWN for ttl in found)}" if any(found) else name for name, found in ttls.items()
    ]
    sign = terms.STATUS_SIGNS[cells[0].status]
    return f"{', '.join(names)}{' ' if sign else ''}{sign}"


def _over(
    title: str,
    heads: tuple[Head, ...],
    cells: Sequence[Cell],
    keys: Sequence[_Key],
    shown: Callable[[Cell], str],
) -> Grid:
    """Set boundaries and lifetimes against what varies."""
    lines = []
    for model, group in groupby(cells, key=lambda cell: cell.model):
        rows: dict[tuple[str, str], dict[_Key, Cell]] = {}
        for cell in group:
            rows.setdefault((cell.boundary, cell.ttl), {})[cell.prompt_tokens, cell.traffic] = cell
        folds: dict[tuple[tuple[str, ...], Status], list[Cell]] = {}
        for row in rows.values():
            figures = tuple(shown(row[key]) if key in row else "" for key in keys)
            first = next(iter(row.values()))
            folds.setdefault((figures, first.status), []).append(first)
        for index, ((figures, _), fold) in enumerate(folds.items()):
            lines.append(Line(folded(fold), figures, above="" if index else model))
    return Grid(title, "Marks", heads, tuple(lines))


def _rate(cell: Cell) -> str:
    return words.estimate(cell, share(cell.token_hit_rate))


def _cost(cell: Cell) -> str:
    return words.estimate(cell, money(cell.cost))


def _saved(cell: Cell) -> str:
    return words.estimate(cell, share(cell.saving)) if cell.boundary != NO_CACHE else ""


def _a_request(cell: Cell) -> str:
    return words.estimate(cell, money(cell.cost_per_request))


def _a_month(cell: Cell) -> str:
    return "" if cell.cost_a_month is None else words.estimate(cell, money(cell.cost_a_month))


def legend(result: WhatIfResult) -> Iterator[str]:
    """Explain the signs in use, and say what cannot be."""
    for status in (Status.PREVIEW, Status.BOUND):
        marked = [cell for cell in result.cells if cell.status is status]
        if marked:
            yield f"{terms.STATUS_SIGNS[status]} {terms.STATUS_MEANINGS[status]}"
            yield from (f"  {reason}" for reason in dict.fromkeys(r for cell in marked for r in cell.reasons))
    if any(cell.evidence in terms.ESTIMATES for cell in result.cells):
        yield "~ token counts are estimates, from counts for another model"
    for reason, names in _unpriced(result).items():
        yield f"without a figure: {'; '.join(names)}: {reason}"


def _unpriced(result: WhatIfResult) -> dict[str, list[str]]:
    """Return the cells that have no cost, by reason."""
    found: dict[str, list[str]] = {}
    for cell in result.cells:
        if cell.cost is None:
            names = found.setdefault("; ".join(cell.reasons) or "no price is known", [])
            if words.name(cell) not in names:
                names.append(words.name(cell))
    return found
