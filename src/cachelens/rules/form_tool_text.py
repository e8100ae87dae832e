"""The definition of a tool changes between requests."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule


class ToolText(RecordedRule):
    """The definition of a tool changes between requests.

    A description with a count in it, an enumeration filled from a database: tools stand in front of everything, so
    all of the request is new to the cache.

    What to do: keep descriptions and schemas fixed, and say in a message what changes.

    Bad:

        "description": f"Search the {count:,} articles"

    Good:

        "description": "Search the articles"
    """

    id = "F203"
    name = "tool-definition-changes"
    severity = Severity.HIGH
    faults = frozenset({Fault.TOOL_CHANGED})
    nature = Nature.TOOL
    what = "a stretch of a tool's definition"
    says = "a tool's definition changes"
    advice = "Keep definitions as they are; say what changes in a message."
