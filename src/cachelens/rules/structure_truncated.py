"""The history slides: its first messages are dropped from turn to turn."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class HistoryTruncated(RecordedRule):
    """The history slides: its first messages are dropped from turn to turn.

    Every turn begins at another message, so the whole history is new to the cache, in every turn. A longer history
    that is read from cache is often the cheaper one.

    What to do: let the history grow, and when it must shrink, cut a large piece at once: one miss in twenty turns
    instead of twenty.

    Bad:

        messages = history[-10:]

    Good:

        if tokens(history) > limit: history = history[len(history) // 2 :]
    """

    id = "S301"
    name = "history-cut-in-front"
    severity = Severity.HIGH
    faults = frozenset({Fault.TRUNCATED})
    says = "the history is cut off in front in {requests} of {of} requests"
    advice = "Keep the history, or cut a large piece at once instead of a little in every turn."
