"""Requests repeat a prefix and carry no cache mark."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class NoMark(RecordedRule):
    """Requests repeat a prefix and carry no cache mark.

    Some providers cache nothing that is not marked, others only whole messages. The same system prompt is then paid
    for in full, or even written anew, every time.

    What to do: put a mark behind the system prompt, and one at the end of the last message where sessions have
    several turns; or ask for automatic marks.

    Bad:

        {"type": "text", "text": SYSTEM}

    Good:

        {"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}
    """

    id = "M401"
    name = "no-mark"
    severity = Severity.HIGH
    faults = frozenset({Fault.NO_MARK})
    says = "{requests} of {of} requests carry no cache mark behind what they share with others"
    advice = "Mark the end of the system prompt, and of the last message where sessions go on."
