"""Waterfalls: from one height to the next, with what each step takes away or adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cachelens.reports.document import charts

MONEY_AXIS = "$,.4~r"
COUNT_AXIS = ",.6~r"


class Height(NamedTuple):
    """One step of a waterfall."""

    name: str
    value: float
    shown: str
    """The value as it is read."""


def drawn(steps: Sequence[Height], title: str, axis: str) -> charts.Spec:
    """Draw the steps from top to bottom; `axis` is the format of its figures."""
    return charts.spec(
        _rows(steps),
        {"step": 34},
        layer=[
            {
                "mark": {"type": "bar", "height": {"band": 0.72}},
                "encoding": {
                    "x": {
                        "field": "from",
                        "type": "quantitative",
                        "title": title,
                        "axis": {"format": axis, "tickCount": 6},
                    },
                    "x2": {"field": "to"},
                    "color": {
                        "field": "part",
                        "type": "nominal",
                        "title": None,
                        "scale": {
                            "domain": ["left", "saved", "added"],
                            "range": ["var(--c1)", "var(--good-soft)", "var(--bad-soft)"],
                        },
                    },
                    "description": {"field": "told"},
                },
            },
            {
                "transform": [{"filter": "datum.part === 'left'"}],
                "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "middle", "aria": False},
                "encoding": {"x": {"field": "to", "type": "quantitative"}, "text": {"field": "shown"}},
            },
        ],
        encoding={"y": charts.sorted_names("step", [step.name for step in steps])},
    )


def _rows(steps: Sequence[Height]) -> list[charts.Row]:
    rows: list[charts.Row] = []
    for step, earlier in zip(steps, [steps[0], *steps], strict=False):
        told = f"{step.name}: {step.shown}"
        kept = {"step": step.name, "shown": step.shown, "told": told}
        rows.append({**kept, "from": 0.0, "to": step.value, "part": "left"})
        if step.value != earlier.value:
            low, high = sorted((step.value, earlier.value))
            part = "saved" if step.value < earlier.value else "added"
            rows.append({**kept, "from": low, "to": high, "part": part})
    return rows
