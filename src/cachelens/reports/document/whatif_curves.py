"""Curves of a what-if: what caching saves against the length of the prompt, and what is read against the traffic."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cachelens.model.scenario import NO_CACHE
from cachelens.model.whatif import Cell, WhatIfResult
from cachelens.reports import figures, whatif_grids
from cachelens.reports import whatif_words as said
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Chart


class _Over(NamedTuple):
    """A figure against what varies."""

    id: str
    title: str
    axis: str
    at: Callable[[Cell], float | None]
    rate: Callable[[Cell], float | None]
    kept: Callable[[Cell], object]
    """What must be as in the first cell."""


_OVER = (
    _Over(
        "sizes",
        "Saved against no caching, by fixed tokens of the prompt",
        "fixed tokens",
        lambda cell: cell.prompt_tokens,
        lambda cell: cell.saving,
        lambda cell: cell.traffic,
    ),
    _Over(
        "amounts",
        "Token hit rate, by amount of traffic",
        "times the traffic",
        lambda cell: cell.traffic,
        lambda cell: cell.token_hit_rate,
        lambda cell: cell.prompt_tokens,
    ),
)


def curves(number: int, result: WhatIfResult) -> list[Block]:
    """Return a chart for each of the two that varies."""
    base = whatif_grids.base_cells(result)[0]
    return [chart for over in _OVER if (chart := _chart(f"whatif-{over.id}-{number}", over, base, result)) is not None]


def _chart(identifier: str, over: _Over, base: Cell, result: WhatIfResult) -> Chart | None:
    lines: dict[str, dict[float, float]] = {}
    for cell in result.cells:
        at, rate = over.at(cell), over.rate(cell)
        if at is not None and rate is not None and cell.boundary != NO_CACHE and over.kept(cell) == over.kept(base):
            lines.setdefault(said.name(cell), {})[at] = rate
    if len({at for line in lines.values() for at in line}) < 2:  # noqa: PLR2004  one point is no curve
        return None
    drawn = _told_apart(lines)
    names = list(drawn)
    rows: list[charts.Row] = [
        {"name": name, "at": at, "rate": rate, "told": f"{name}, {at:,g} {over.axis}: {figures.share(rate)}"}
        for name, line in drawn.items()
        for at, rate in sorted(line.items())
    ]
    low = min(0.0, *(rate for line in drawn.values() for rate in line.values()))
    encoding = {
        "x": {
            "field": "at",
            "type": "quantitative",
            "title": over.axis,
            "scale": {"type": "log"},
            "axis": {"format": ",~r", "values": sorted({at for line in drawn.values() for at in line})},
        },
        "y": {**charts.share_axis("rate", over.title.partition(",")[0].lower()), "scale": {"domain": [low, 1]}},
        "color": charts.stroke("name", "way", names),
        "strokeDash": charts.dash("name", "way", names),
        "description": {"field": "told"},
    }
    mark = {"type": "line", "point": {"size": 26, "filled": True}, "strokeWidth": 1.6}
    return Chart(
        id=identifier,
        title=over.title,
        says=f"Each way at each point; the table below has all. {_range(drawn)}",
        spec=charts.spec(rows, 240, mark=mark, encoding=encoding),
        table=None,
    )


def _told_apart(lines: dict[str, dict[float, float]]) -> dict[str, dict[float, float]]:
    """Return the lines that differ, the highest first, as many as there are colours."""
    seen: dict[tuple[tuple[float, float], ...], str] = {}
    for name, line in lines.items():
        seen.setdefault(tuple(sorted(line.items())), name)
    ranked = sorted(seen.values(), key=lambda name: (-max(lines[name].values()), name))
    return {name: lines[name] for name in ranked[: charts.SERIES]}


def _range(lines: dict[str, dict[float, float]]) -> str:
    name, line = next(iter(lines.items()))
    first, last = min(line), max(line)
    return f"{name} goes from {figures.share(line[first])} to {figures.share(line[last])}."
