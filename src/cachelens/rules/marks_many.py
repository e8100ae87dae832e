"""A request carries more cache marks than its provider takes."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.audit import Fault
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.rules.judged import finding_at
from cachelens.rules.marked import USUAL_MOST, marks
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid


class ManyMarks(RecordedRule):
    """A request carries more cache marks than its provider takes.

    Providers refuse such a request, or leave out the first marks.

    What to do: keep the mark behind the system prompt and the one at the end; take away those of earlier turns.

    Bad:

        a mark on every message

    Good:

        two marks: system prompt, last message
    """

    id = "M404"
    name = "too-many-marks"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.MANY_MARKS})
    says = "{requests} of {of} requests carry more cache marks than count"
    advice = "Keep the marks that matter: system, and the end of the last message."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield the first mark too many."""
        found = marks(template)
        cache = template.cache() if found else None
        most = cache.marks.max if cache is not None and cache.marks is not None else USUAL_MOST
        if len(found) > most:
            yield finding_at(
                self,
                found[most].location,
                f"this is the first of {len(found) - most:,} cache marks too many: a request may carry {most}",
                severity=self.severity,
                confidence=Confidence.HIGH,
                advice=self.advice,
                stranded=None,
            )
