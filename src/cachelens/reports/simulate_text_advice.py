"""What to do, in the text report: one line for each workload that can save money."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.result import SimulateResult
from cachelens.reports import simulate_advice as advice
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plural
from cachelens.reports.page import HEADING, QUIET, page_width, safe, wrapped


def section(result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
    """Write the largest savings and count the others; nothing where there are none."""
    width = page_width(options)
    savings = advice.savings(result)
    shown = savings[: max(0, options.top_workloads)]
    if shown:
        yield from wrapped(Text.assemble((advice.HEADING, HEADING), f": {advice.SUBTITLE}"), width)
    for saving in shown:
        yield from wrapped(safe(advice.sentence(saving, result).text), width, indent=2)
        for step in advice.steps(saving, result):
            yield from wrapped(safe(f"- {step}"), width, indent=4)
    if len(savings) > len(shown):
        more = plural(len(savings) - len(shown), "more workload")
        yield from wrapped(Text(f"and {more} that can save; `--format csv` lists all", style=QUIET), width, indent=2)
