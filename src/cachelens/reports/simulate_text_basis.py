"""How it was counted: token evidence, rules and prices, lines not used, and what to know besides."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.result import SimulateResult
from cachelens.reports import simulate_basis
from cachelens.reports.base import ReportOptions
from cachelens.reports.page import HEADING, page_width, safe, wrapped


def section(result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
    """Write how it was counted; in full with `options.detail`."""
    width = page_width(options)
    lines = simulate_basis.counted(result, detail=options.detail)
    if lines:
        yield from wrapped(Text("How it was counted", style=HEADING), width)
    for line in lines:
        yield from wrapped(safe(line.text), width, indent=2)
