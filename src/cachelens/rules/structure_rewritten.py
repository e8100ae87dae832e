"""Earlier messages of a conversation are changed."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class HistoryRewritten(RecordedRule):
    """Earlier messages of a conversation are changed.

    A time stamp on each message, tool results blanked out later, reasoning dropped: from the first change on, the
    history is new to the cache.

    What to do: append only. Where old tool results must go, clear many at once, rarely.

    Bad:

        for message in history: message.content = shortened(message)

    Good:

        history.append(message)
    """

    id = "S302"
    name = "history-rewritten"
    severity = Severity.HIGH
    faults = frozenset({Fault.REWRITTEN})
    says = "earlier messages are changed in {requests} of {of} requests"
    advice = "Leave earlier messages as they were sent."
