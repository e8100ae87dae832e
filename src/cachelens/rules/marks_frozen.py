"""The deepest cache mark does not follow the history."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class FrozenMark(RecordedRule):
    """The deepest cache mark does not follow the history.

    Only what stands in front of the last mark is read. All turns behind it are paid for in full, again and again.

    What to do: in every turn, mark the end of the last message too; or ask for automatic marks.

    Bad:

        messages[0] (marked), then forty turns

    Good:

        messages[0] (marked), then forty turns, the last one marked
    """

    id = "M403"
    name = "mark-stays-behind"
    severity = Severity.HIGH
    faults = frozenset({Fault.FROZEN_MARK})
    says = "the last mark stays where it is while the history grows, in {requests} of {of} requests"
    advice = "Mark the end of the last message as well, in every turn."
