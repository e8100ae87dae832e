"""A cache mark stands behind content that never repeats."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.audit import Fault
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.rules.judged import finding_at
from cachelens.rules.marked import never_repeats
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid


class UnreadMark(RecordedRule):
    """A cache mark stands behind content that never repeats.

    A write costs more than plain input. What is written and never read only costs.

    What to do: take such a mark away, or move it in front of the part that changes.

    Bad:

        [system, question (marked)]

    Good:

        [system (marked), question]
    """

    id = "M402"
    name = "mark-on-what-never-repeats"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.UNREAD_MARK})
    says = "the mark at this place, in {requests} of {of} requests, writes {detail} tokens that nobody reads"
    advice = "Take the mark away, or move it in front of what changes."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield the first mark in front of the messages that has a value before it which is always new."""
        messages = template.template.messages
        for place in template.places:
            if not never_repeats(place):
                continue
            number = next(n for n, message in enumerate(messages) if message is place.message)
            behind = [one for one in messages[number:-1] if one.marked and one.section in {"system", "tools"}]
            if behind:
                yield finding_at(
                    self,
                    behind[0].location,
                    "this cache mark stands behind a value that is new in every request: what it writes is never read",
                    severity=self.severity,
                    confidence=place.told.confidence if place.told is not None else Confidence.LOW,
                    advice=self.advice,
                    stranded=None,
                )
            return
