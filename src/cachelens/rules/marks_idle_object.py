"""Stored cache objects cost more rent than their reads save."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class IdleObject(RecordedRule):
    """Stored cache objects cost more rent than their reads save.

    A stored object is paid for by the hour, read or not.

    What to do: set its lifetime to the length of the work, and delete it at the end.

    Bad:

        ttl="86400s" for ten minutes of work

    Good:

        ttl="900s", deleted when the work is done
    """

    id = "M412"
    name = "stored-object-costs-more-than-it-saves"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.IDLE_OBJECT})
    says = "the rent of stored cache objects is more than their reads save"
    advice = "Let objects live shorter, or delete them when the work is done."
