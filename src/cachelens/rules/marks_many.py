"""A request carries more cache marks than its provider takes."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


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
