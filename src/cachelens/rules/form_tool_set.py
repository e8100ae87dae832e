"""Tools are added or removed between requests."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class ToolSet(RecordedRule):
    """Tools are added or removed between requests.

    A tool more or less changes the front of the request. All that stands behind it, system prompt and history, is
    paid for again.

    What to do: send one list for a whole session, better for all sessions; where the provider has them, use allowed
    tools, tool search or deferred tools, which leave the prefix as it is.

    Bad:

        tools = [search] if step == 0 else [search, fetch]

    Good:

        tools = [fetch, search]
    """

    id = "F202"
    name = "tools-added-or-removed"
    severity = Severity.HIGH
    faults = frozenset({Fault.TOOLS_DIFFER})
    says = "tools are added or removed in {requests} of {of} requests ({detail})"
    advice = "Send the same tools always, and say in the last message, or by `tool_choice`, which may be used."
