"""A cache mark stands behind content that never repeats."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


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
