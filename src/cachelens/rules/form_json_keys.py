"""JSON inside a prompt says the same with its keys in another order."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule


class JsonKeys(RecordedRule):
    """JSON inside a prompt says the same with its keys in another order.

    A cache compares what was sent, not what it means: from the first key that moved on, nothing is read.

    What to do: write JSON with sorted keys (`sort_keys=True`).

    Bad:

        json.dumps(dict(settings_from_a_set))

    Good:

        json.dumps(settings, sort_keys=True)
    """

    id = "F205"
    name = "json-keys-in-another-order"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.KEYS})
    nature = Nature.KEYS
    what = "a piece of JSON with its keys in another order"
    says = "JSON in the text has its keys in another order in {requests} of {of} requests"
    advice = "Write JSON with sorted keys."
