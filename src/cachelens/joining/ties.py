"""Ties what changes in the traffic to the variable of the template that made it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from cachelens.joining.fitting import Fit, Fitter, messages_of
from cachelens.joining.matching import Filled
from cachelens.layouts.slots import PlaceReport, Slot, text_of
from cachelens.model.audit import SlotOrigin
from cachelens.model.finding import Finding
from cachelens.model.prompt import Role, SegmentKind
from cachelens.model.template import PromptTemplate
from cachelens.prompts.trace import Trace

MOST_TEXTS = 24
"""Texts of a place that are matched; more are sampled evenly."""
LEAST_TEXTS = 2
"""Texts that must say the same."""
MOSTLY = 0.8
"""Share of the texts that must say the same."""
_VALUES = "V"
"""The family of rules on values that change: traffic shows better than a name what one is."""
_Origins = tuple[SlotOrigin, ...]


class Ties:
    """The variables behind the slots of one trace."""

    def __init__(self, trace: Trace, templates: Sequence[PromptTemplate]) -> None:
        self._trace = trace
        self._fitter = Fitter(messages_of(templates))
        self._fits: dict[int, list[Fit]] = {}

    def origins(self, report: PlaceReport, slot: Slot) -> _Origins:
        """Return what made a slot: one variable, several where templates fit equally well, none where nothing fits."""
        found: Counter[_Origins] = Counter()
        readable = 0
        segments = sorted(report.values)
        for segment in segments[:: max(1, len(segments) // MOST_TEXTS)][:MOST_TEXTS]:
            fits = self._of(segment)
            readable += bool(fits)
            start, stop = _extent(report, slot, segment)
            origins = [origin for fit in fits for origin in _over(fit, start, stop)]
            if origins:
                found[tuple(sorted(set(origins)))] += 1
        if not found:
            return ()
        origins_, count = min(found.items(), key=lambda pair: (-pair[1], pair[0]))
        return origins_ if count >= max(LEAST_TEXTS, MOSTLY * readable) else ()

    def _of(self, segment: int) -> list[Fit]:
        if segment not in self._fits:
            segments = self._trace.segments
            kind, role = SegmentKind(int(segments.kind[segment])), Role(int(segments.role[segment]))
            self._fits[segment] = self._fitter.fits(text_of(self._trace, segment), kind, role)
        return self._fits[segment]


def merged(written: Sequence[Finding], shown: Sequence[Finding]) -> list[Finding]:
    """Return what templates say and what traffic shows, without what templates alone say of the same values."""
    places = {finding.location for finding in shown if finding.traffic is not None}
    doubled = [one for one in written if one.location in places and one.rule.startswith(_VALUES)]
    fixable = {(one.rule, one.location) for one in doubled if one.fixable}
    left = [one for one in written if one not in doubled]
    return [
        *left,
        *(msgspec.structs.replace(one, fixable=True) if (one.rule, one.location) in fixable else one for one in shown),
    ]


def _extent(report: PlaceReport, slot: Slot, segment: int) -> tuple[int, int]:
    """Return where in a text a slot stands."""
    values = report.values[segment]
    before = report.skeleton.literals[: slot.number + 1]
    start = sum(map(len, before)) + sum(map(len, values[: slot.number]))
    return start, start + len(values[slot.number])


def _over(fit: Fit, start: int, stop: int) -> list[SlotOrigin]:
    """Return the expressions whose value covers most of a stretch, or the end of it where none covers any."""
    holes = fit.filled()
    shared = [min(stop, hole.stop) - max(start, hole.start) for hole in holes]
    most = max(shared, default=-1)
    if most < 0 or (most == 0 and stop > start):
        return []
    return _origins(fit, holes[shared.index(most)])


def _origins(fit: Fit, hole: Filled) -> list[SlotOrigin]:
    spans = fit.program.holes[hole.hole].spans
    return [SlotOrigin(location=span.location, expression=span.text) for span in spans]
