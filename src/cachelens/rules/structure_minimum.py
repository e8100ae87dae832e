"""What requests share is shorter than the model's smallest cached prefix."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class BelowMinimum(RecordedRule):
    """What requests share is shorter than the model's smallest cached prefix.

    Below its minimum a model caches nothing, and says nothing about it.

    What to do: move fixed text of the messages in front, or add worked examples if they help the answers anyway; or
    take a model with a smaller minimum. Text that only fills up costs more than it saves unless requests are many.

    Bad:

        system: 900 tokens (minimum 1,024)

    Good:

        system: 900 tokens, and 400 tokens of examples
    """

    id = "S304"
    name = "prefix-below-minimum"
    severity = Severity.LOW
    faults = frozenset({Fault.TOO_SHORT})
    says = "the shared prefix is shorter than the model caches ({detail}) in {requests} of {of} requests"
    advice = "Put more of what is fixed in front, or take a model with a smaller minimum."
