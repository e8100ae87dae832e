"""A tool's definition says the same with its keys in another order, or with other white space."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class ToolKeys(RecordedRule):
    """A tool's definition says the same with its keys in another order, or with other white space.

    A cache compares what was sent, not what it means. Dictionaries built in another order make another prefix.

    What to do: write JSON with sorted keys (`sort_keys=True`) and one way of spacing.

    Bad:

        json.dumps(dict(set(schema.items())))

    Good:

        json.dumps(schema, sort_keys=True)
    """

    id = "F204"
    name = "tool-keys-in-another-order"
    severity = Severity.HIGH
    faults = frozenset({Fault.TOOL_KEYS})
    says = "a tool's definition is written in another way in {requests} of {of} requests"
    advice = "Write tools with sorted keys and one way of spacing."
