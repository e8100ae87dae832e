"""Request parameters that are part of the cache's key change."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class ParametersAlternate(RecordedRule):
    """Request parameters that are part of the cache's key change.

    Some parameters void the cache from a level on: `tool_choice` and thinking the messages, others everything.

    What to do: keep them as they are for a session; say in the last message what should be different this time.

    Bad:

        tool_choice = {"type": "any"} if first else {"type": "auto"}

    Good:

        tool_choice = {"type": "auto"}
    """

    id = "S306"
    name = "parameters-alternate"
    severity = Severity.HIGH
    faults = frozenset({Fault.PARAMETERS})
    says = "request parameters change in {requests} of {of} requests ({detail})"
    advice = "Keep these parameters for a whole session."
