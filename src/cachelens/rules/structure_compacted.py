"""The history is summed up and goes on shorter."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class HistoryCompacted(RecordedRule):
    """The history is summed up and goes on shorter.

    A summary instead of the history is a new prefix. It is paid for once and is often worth it; done often, it
    costs more than it saves.

    What to do: compact rarely, keep the first messages as they are, and do it while the cache is warm.

    Bad:

        every 5 turns: history = [summary(history)]

    Good:

        at 80 % of the context window: history = [*history[:4], summary(history[4:])]
    """

    id = "S303"
    name = "history-compacted"
    severity = Severity.INFO
    faults = frozenset({Fault.COMPACTED})
    says = "the history is shortened in {requests} of {of} requests"
    advice = "Compact rarely, and leave the front of the history as it was."
