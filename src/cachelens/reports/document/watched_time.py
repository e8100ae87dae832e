"""Recorded hit rate and cost over time, with the points from which on the hit rate has another level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from cachelens.model.metrics import MetricsResult, Point, Timeline
from cachelens.reports import figures, terms
from cachelens.reports import metrics_words as said
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Cell, Chart, Table
from cachelens.reports.document.cells import amount, count, when, words
from cachelens.reports.durations import instant, span

_ALL = "all"
_MILLISECOND = 1000
_MOST_LINES, _MOST_ROWS, _MOST_STEPS, _MOST_LEVELS = 5, 1600, 48, 12
_TIME = {"field": "at", "type": "temporal", "title": "time, UTC", "scale": {"type": "utc"}}


class _Step(NamedTuple):
    """Spans next to each other, drawn as one."""

    start_us: int
    rate: float | None
    """Mean of their token hit rates, by requests."""
    requests: int
    cost: Decimal | None


def over_time(number: int, path: str, whole: Timeline, result: MetricsResult) -> Iterator[Chart]:
    """Yield the hit rate of all requests and of the largest workloads, and the cost of all."""
    lines = [(_ALL, whole)]
    if len(result.workloads) > 1:
        own = sorted(result.workloads, key=lambda row: (-row.figures.input_tokens, row.name))
        lines += [(row.name or terms.UNNAMED, row.timeline) for row in own[:_MOST_LINES] if row.timeline is not None]
    width = _width(whole)
    everywhere: list[tuple[str, Timeline | None]] = [(_ALL, whole)]
    everywhere += [(row.name or terms.UNNAMED, row.timeline) for row in result.workloads]
    levels = [f"{name} {shift}" for name, timeline in everywhere for shift in said.shifts(timeline)]
    yield _rates(f"metrics-rates-{number}", path, lines, width, levels)
    if any(point.cost is not None for point in whole.points):
        yield _costs(f"metrics-costs-{number}", whole, width)


def _width(whole: Timeline) -> int:
    """Return the length of a step: a multiple of the spans, so long that there are not too many to be seen."""
    spans = (whole.points[-1].start_us - whole.points[0].start_us) // whole.width_us + 1
    return whole.width_us * -(-spans // _MOST_STEPS)


def _steps(timeline: Timeline, width: int) -> list[_Step]:
    joined: dict[int, list[Point]] = {}
    for point in timeline.points:
        joined.setdefault(point.start_us // width * width, []).append(point)
    return [_step(start, points) for start, points in joined.items()]


def _step(start_us: int, points: list[Point]) -> _Step:
    rated = [(point.token_hit_rate, point.requests) for point in points if point.token_hit_rate is not None]
    requests = sum(weight for _, weight in rated)
    costs = [point.cost for point in points if point.cost is not None]
    return _Step(
        start_us=start_us,
        rate=sum(rate * weight for rate, weight in rated) / requests if requests else None,
        requests=requests,
        cost=sum(costs, Decimal(0)) if costs else None,
    )


def _rates(
    identifier: str, path: str, lines: Sequence[tuple[str, Timeline]], width: int, levels: Sequence[str]
) -> Chart:
    names = [name for name, _ in lines]
    rows: list[charts.Row] = [
        {
            "series": name,
            "at": step.start_us // _MILLISECOND,
            "rate": step.rate,
            "told": f"{name}, {instant(step.start_us)}: {figures.share(step.rate)}, "
            f"{figures.plural(step.requests, 'request')}",
        }
        for name, line in lines
        for step in _steps(line, width)
        if step.rate is not None
    ]
    whole = lines[0][1]
    mark = {"type": "line", "point": {"size": 22, "filled": True}, "strokeWidth": 1.6}
    encoding = {
        "x": _TIME,
        "y": charts.share_axis("rate", terms.TOKEN_HIT_RATE),
        "color": charts.stroke("series", "workload", names),
        "strokeDash": charts.dash("series", "workload", names),
        "description": {"field": "told"},
    }
    rules = [
        {
            "mark": {"type": "rule", "strokeDash": [4, 3], "aria": False},
            "encoding": {"x": {"datum": shift.at_us // _MILLISECOND}},
        }
        for shift in whole.shifts or ()
    ]
    return Chart(
        id=identifier,
        title="Recorded token hit rate over time",
        says=f"{_drawn(whole, width)} {_levels(levels)}",
        spec=charts.spec(rows, 260, layer=[{"mark": mark, "encoding": encoding}, *rules]),
        table=_points(identifier, path, lines),
    )


def _drawn(whole: Timeline, width: int) -> str:
    if width == whole.width_us:
        return f"In steps of {span(width)}."
    return f"In steps of {span(width)}: means, by requests, of spans of {span(whole.width_us)}, which the table has."


def _levels(found: Sequence[str]) -> str:
    more = f"; and {len(found) - _MOST_LEVELS} more" if len(found) > _MOST_LEVELS else ""
    return f"The level changes: {'; '.join(found[:_MOST_LEVELS])}{more}." if found else "No change of level stands out."


def _points(identifier: str, path: str, lines: Sequence[tuple[str, Timeline]]) -> Table:
    rows = [
        (
            words(name),
            when(point.start_us),
            count(point.requests),
            *(
                Cell(text=said.reported(figures.share(rate), rate), rank=rate)
                for rate in (point.token_hit_rate, point.request_hit_rate)
            ),
            amount(point.cost),
        )
        for name, line in lines
        for point in line.points
    ]
    return Table(
        id=identifier,
        caption=f"Hit rate and cost over time, {path}",
        headings=("workload", "from", "requests", terms.TOKEN_HIT_RATE, terms.REQUEST_HIT_RATE, "cost"),
        rows=tuple(rows[:_MOST_ROWS]),
        words_in=(0, 1),
        folded=True,
        left_out=max(0, len(rows) - _MOST_ROWS),
    )


def _costs(identifier: str, whole: Timeline, width: int) -> Chart:
    steps = [(step, step.cost) for step in _steps(whole, width) if step.cost is not None]
    rows: list[charts.Row] = [
        {
            "at": step.start_us // _MILLISECOND,
            "to": (step.start_us + width) // _MILLISECOND,
            "cost": float(cost),
            "told": f"{instant(step.start_us)}: {figures.money(cost)}",
        }
        for step, cost in steps
    ]
    dearest, most = max(steps, key=lambda row: row[1])
    return Chart(
        id=identifier,
        title="Cost over time",
        says=f"In steps of {span(width)}; the dearest, from {instant(dearest.start_us)}, cost {figures.money(most)}.",
        spec=charts.spec(
            rows,
            180,
            mark={"type": "bar", "color": "var(--c1)"},
            encoding={
                "x": _TIME,
                "x2": {"field": "to"},
                "y": {
                    "field": "cost",
                    "type": "quantitative",
                    "title": "US dollars",
                    "axis": {"format": "$,.4~r", "tickCount": 5},
                },
                "y2": {"datum": 0},
                "description": {"field": "told"},
            },
        ),
        table=None,
    )
