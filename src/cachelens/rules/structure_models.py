"""A session goes from one model to another."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class ModelsAlternate(RecordedRule):
    """A session goes from one model to another.

    Each model has a cache of its own. With every change the whole history is paid for again.

    What to do: choose the model at the start of a session. Where a small model helps, give it a short prompt of its
    own.

    Bad:

        model = "large" if hard(question) else "small"

    Good:

        model = session.model
    """

    id = "S305"
    name = "models-alternate"
    severity = Severity.HIGH
    faults = frozenset({Fault.MODELS})
    says = "sessions go from one model to another in {requests} of {of} requests ({detail})"
    advice = "Keep one model for a session; give side tasks a session of their own."
