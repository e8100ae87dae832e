"""The text report of a simulation: what the terminal shows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.result import SimulateResult
from cachelens.reports import simulate_text_advice, simulate_text_basis, simulate_text_checks, simulate_text_scenarios
from cachelens.reports import simulate_text_causes as causes
from cachelens.reports import simulate_text_workloads as workloads
from cachelens.reports.base import ReportOptions
from cachelens.reports.layers_text import stack_sections
from cachelens.reports.page import QUIET, page_width, wrapped, write


def _stack(result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
    """Write the response caches in front, where there are any."""
    return iter(()) if result.stack is None else stack_sections(result.stack, options)


_SECTIONS = (
    simulate_text_checks.summary,
    _stack,
    simulate_text_checks.validation,
    simulate_text_scenarios.section,
    workloads.section,
    simulate_text_advice.section,
    causes.misses,
    causes.cost_frame,
    simulate_text_basis.section,
)
"""In the order of reading: what was read, why to trust it, what if, where, what to do, why, how it was counted."""

_NEXT = (
    "Next: `cachelens audit LOGS` names what breaks the prefix, `--optimize` searches better marks and layouts; "
    "`--format json` holds every figure, `--format csv` every workload, `--format markdown` suits a pull request; "
    "`-o FILE` writes to a file."
)


class SimulateText:
    """One screen for the person who has to act on it."""

    id = "simulate-text"

    def render(self, result: SimulateResult, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(self._lines(result, options), options)

    def _lines(self, result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
        for section in _SECTIONS:
            lines = list(section(result, options))
            if lines:
                yield from lines
                yield Text()
        yield from wrapped(Text(_NEXT, style=QUIET), page_width(options))
