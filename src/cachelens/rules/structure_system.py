"""Text within the system prompt changes between requests."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule


class SystemText(RecordedRule):
    """Text within the system prompt changes between requests.

    The system prompt stands in front of the whole conversation. Instructions for one step, hints, or the question
    itself in there make all behind them new to the cache.

    What to do: keep the system prompt fixed, and add what holds for this turn as a message at the end.

    Bad:

        system: Rules ... {{ hint_for_this_step }} ... more rules

    Good:

        system: Rules ... more rules
        user: {{ question }} ({{ hint_for_this_step }})
    """

    id = "S307"
    name = "system-text-changes"
    severity = Severity.HIGH
    nature = Nature.SYSTEM
    what = "a stretch of the system prompt"
    advice = "Say what changes in a message at the end, and keep the system prompt as it is."
