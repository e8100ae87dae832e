"""A workload pays more for writing to the cache than it saves by reading."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class UnreadWrites(RecordedRule):
    """A workload pays more for writing to the cache than it saves by reading.

    A write costs more than plain input and pays off when it is read. Single calls with a marked question never
    read.

    What to do: mark only what later requests repeat, or nothing.

    Bad:

        one call per document, the document marked

    Good:

        one call per document, the instructions marked
    """

    id = "M409"
    name = "caching-costs-more-than-it-saves"
    severity = Severity.HIGH
    faults = frozenset({Fault.UNREAD_WRITES})
    says = "with its cache it cost more than it would have without: {detail} tokens written were never read"
    advice = "Mark less: only what later requests repeat."
