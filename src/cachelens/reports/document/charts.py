"""Vega-Lite specifications, one function a form of chart. Colours are the page's own, named by CSS variables.

Data enters as values, under field names of ours: nothing from a log is ever read as an expression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, str | float | int | bool | None]
Spec = dict[str, Any]

WIDTH = 660
"""Units of the drawing, which the page scales to what there is room for."""
SERIES = 8
"""Colours that can be told apart; what has more series is drawn grouped."""
_COLOURS = [f"var(--c{number})" for number in range(1, SERIES + 1)]
_DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]
_CONFIG: Spec = {
    "background": None,
    "padding": {"left": 8, "right": 40, "top": 6, "bottom": 6},
    "font": "Arial, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--ink)",
        "titleColor": "var(--ink)",
        "gridColor": "var(--line)",
        "domainColor": "var(--quiet)",
        "tickColor": "var(--quiet)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 220,
    },
    "legend": {
        "labelColor": "var(--ink)",
        "titleColor": "var(--ink)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "orient": "top",
        "columns": 3,
        "columnPadding": 26,
        "rowPadding": 4,
        "labelLimit": 260,
    },
    "rule": {"color": "var(--quiet)"},
    "text": {"color": "var(--ink)", "fontSize": 12},
}


def spec(rows: Sequence[Row], height: int | Spec, **parts: Any) -> Spec:  # noqa: ANN401  parts of a specification
    """Return a whole specification over these rows."""
    return {
        "data": {"values": [dict(row) for row in rows]},
        "width": WIDTH,
        "height": height,
        "config": _CONFIG,
        **parts,
    }


def rows(values: Sequence[Row], field: str, names: Sequence[str], inner: Spec) -> Spec:
    """Return a chart for each name of a field, one below the other."""
    header = {"labelColor": "var(--ink)", "labelFontSize": 12, "labelOrient": "top"}
    return {
        "data": {"values": [dict(row) for row in values]},
        "facet": {"row": {"field": field, "type": "nominal", "title": None, "sort": list(names), "header": header}},
        "spec": {"width": WIDTH, "height": 180, **inner},
        "config": _CONFIG,
    }


def colour(field: str, title: str, names: Sequence[str]) -> Spec:
    """Give each name a colour; the order is that of `names`."""
    used = [_COLOURS[number % SERIES] for number in range(len(names))]
    return {"field": field, "type": "nominal", "title": title, "scale": {"domain": list(names), "range": used}}


def stroke(field: str, title: str, names: Sequence[str]) -> Spec:
    """Give each name a colour, told by a stroke of the line, which shows its dash too."""
    legend = {"symbolType": "stroke", "symbolSize": 400, "symbolStrokeWidth": 2}
    return {**colour(field, title, names), "legend": legend}


def dash(field: str, title: str, names: Sequence[str]) -> Spec:
    """Give each name a dash, so that lines differ without colour too; the title must be that of the colour."""
    used = [_DASHES[number % SERIES] for number in range(len(names))]
    return {"field": field, "type": "nominal", "title": title, "scale": {"domain": list(names), "range": used}}


def share_axis(field: str, title: str) -> Spec:
    """Return an axis from 0% to 100%."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%", "tickCount": 5},
    }


def sorted_names(field: str, names: Sequence[str], title: str | None = None) -> Spec:
    """Return an axis of names in this order."""
    return {"field": field, "type": "nominal", "title": title, "sort": list(names)}
