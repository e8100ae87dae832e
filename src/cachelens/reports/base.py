"""The interface of a report, and what the caller tells it."""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec

from cachelens.model.finding import Severity

MAX_WIDTH = 120
"""Text wider than this is harder to read, not easier; a wider terminal gets no more."""

ResultT = TypeVar("ResultT", contravariant=True)  # noqa: PLC0105  named for what it stands for


class ReportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Choices that hold for every format; each format uses those that mean something to it."""

    width: int = 80
    """Columns of the terminal; no line of a text report is longer, and none is longer than `MAX_WIDTH`."""
    color: bool = False
    """True adds terminal colour codes to text; the words stay the same."""
    top_workloads: int = 5
    """Workloads, and savings, listed in text and Markdown; the others are counted. JSON and CSV hold all."""
    detail: bool = False
    """True lists every rule, price and skipped line instead of a summary."""
    show_values: bool = False
    """True shows values from prompts, where a report would give their length only."""
    failing: Severity = Severity.LOW
    """Severity from which on a report of tests calls a finding a failure."""
    red_line: float = 0.40
    """Token hit rate below which a workload is flagged as broken."""
    target: float = 0.70
    """Token hit rate below which a workload is flagged as short of its target."""
    fewest_flagged: int = 10
    """Requests that a workload needs to be flagged: the rate of fewer says little."""


class Report(Protocol[ResultT]):
    """Turns a result into one format. The same result and options give the same bytes."""

    id: str
    """Permanent name, the row in `catalog.yaml`."""

    def render(self, result: ResultT, options: ReportOptions) -> str:
        """Return the whole report; ends with a newline."""
        ...
