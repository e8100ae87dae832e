"""The same tools are sent in another order."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class ToolOrder(RecordedRule):
    """The same tools are sent in another order.

    Tools stand in front of everything else. In another order they are another prefix, and nothing of the request is
    read from cache.

    What to do: sort the tools by name, once, where the request is made.

    Bad:

        tools = list({search, fetch, calculate})

    Good:

        tools = sorted([search, fetch, calculate], key=lambda tool: tool["name"])
    """

    id = "F201"
    name = "tools-in-another-order"
    severity = Severity.HIGH
    faults = frozenset({Fault.TOOLS_REORDERED})
    says = "the same tools stand in another order in {requests} of {of} requests ({detail})"
    advice = "Sort the tools by name before they are sent."
