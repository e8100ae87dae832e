"""The hit rate over time, and the points from which on it has another level."""

from __future__ import annotations

from cachelens.reports import figures
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Cell, Chart, Missing, Table
from cachelens.reports.document.cells import count, share, when, words
from cachelens.reports.document.results import KINDS, Results
from cachelens.reports.durations import instant, span
from cachelens.reports.simulate_shape import SimulateV1, TimeSeriesV1

_ALL = "all"
_MILLISECOND = 1000
_WHY = "the result has no hit rate over time: its log has no times, or an earlier version wrote it"


def blocks(results: Results) -> tuple[Block, ...]:
    """Return the hit rate over time of each simulation."""
    found: list[Block] = []
    for number, source in enumerate(results.of(SimulateV1), start=1):
        series = source.result.over_time
        if not series:
            found.append(Missing(why=f"{source.path}: {_WHY}", how=KINDS["simulate"].make))
            continue
        found.append(_chart(f"over-time-{number}", source.path, series))
    return tuple(found)


def _name(series: TimeSeriesV1) -> str:
    return series.workload or _ALL


def _chart(identifier: str, path: str, some: tuple[TimeSeriesV1, ...]) -> Chart:
    names = [_name(series) for series in some]
    rows: list[charts.Row] = [
        {
            "series": _name(series),
            "at": point.start_us // _MILLISECOND,
            "rate": point.token_hit_rate,
            "told": f"{_name(series)}, {instant(point.start_us)}: {figures.share(point.token_hit_rate)} of "
            f"{figures.tokens(point.input_tokens)} tokens, {figures.plural(point.requests, 'request')}",
        }
        for series in some
        for point in series.points
    ]
    line = {
        "mark": {"type": "line", "point": {"size": 22, "filled": True}, "strokeWidth": 1.6},
        "encoding": {
            "x": {"field": "at", "type": "temporal", "title": "time, UTC", "scale": {"type": "utc"}},
            "y": charts.share_axis("rate", "token hit rate"),
            "color": charts.stroke("series", "workload", names),
            "strokeDash": charts.dash("series", "workload", names),
            "description": {"field": "told"},
        },
    }
    changes = [{"x": {"datum": change.at_us // _MILLISECOND}} for change in some[0].changes]
    rules = [{"mark": {"type": "rule", "strokeDash": [4, 3], "aria": False}, "encoding": one} for one in changes]
    return Chart(
        id=identifier,
        title="Token hit rate over time",
        says=_says(some),
        spec=charts.spec(rows, 260, layer=[line, *rules]),
        table=_table(identifier, path, some),
    )


def _says(some: tuple[TimeSeriesV1, ...]) -> str:
    changes = [
        f"{_name(series)} from {figures.share(change.before)} to {figures.share(change.after)} "
        f"at {instant(change.at_us)} (p {change.p_value:.2g})"
        for series in some
        for change in series.changes
    ]
    step = f"As recorded and replayed, in steps of {span(some[0].step_us)}."
    if not changes:
        return f"{step} No change of level stands out (Pettitt's test, p < 0.01)."
    return f"{step} The level changes: {'; '.join(changes)}; by Pettitt's test, which takes steps as independent."


def _table(identifier: str, path: str, some: tuple[TimeSeriesV1, ...]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for series in some:
        changes = {change.at_us: change for change in series.changes}
        for point in series.points:
            change = changes.get(point.start_us)
            note = "" if change is None else f"from {figures.share(change.before)} to {figures.share(change.after)}"
            rows.append(
                (
                    words(_name(series)),
                    when(point.start_us),
                    share(point.token_hit_rate),
                    count(point.requests),
                    Cell(text=figures.tokens(point.input_tokens), rank=point.input_tokens),
                    words(note),
                )
            )
    return Table(
        id=identifier,
        caption=f"Token hit rate over time, {path}",
        headings=("workload", "from", "token hit rate", "requests", "input tokens", "change of level"),
        rows=tuple(rows),
        words_in=(0, 1, 5),
        folded=True,
    )
