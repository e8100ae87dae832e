"""`cachelens doctor` as text: whether all is well, then what was looked at, section by section."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from cachelens.model.doctor import Check, DoctorResult, State
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plural
from cachelens.reports.lines import folded, line_width


class DoctorText:
    """A line first that says whether something needs a look."""

    id = "doctor-text"

    def render(self, result: DoctorResult, options: ReportOptions) -> str:
        """Return the lines."""
        return "".join(f"{line}\n" for line in _lines(result, line_width(options)))


def _lines(result: DoctorResult, width: int) -> Iterator[str]:
    faults = len(result.faults)
    health = "all is well" if not faults else f"{plural(faults, 'thing')} to look at"
    yield from folded(f"CacheLens {result.version}, Python {result.python}, {result.platform}: {health}", width)
    names = max((len(check.name) for check in result.checks), default=0)
    for section, checks in groupby(result.checks, key=lambda check: check.section):
        yield ""
        yield section
        for check in checks:
            yield from _check(check, names, width)


def _check(check: Check, names: int, width: int) -> Iterator[str]:
    states = max(map(len, State))
    head = f"  {check.state:<{states}} {check.name:<{names}} "
    told = f"{check.value}; {check.hint}" if check.value and check.hint else check.value or check.hint
    yield from folded(told, width, first=head, rest=" " * len(head))
