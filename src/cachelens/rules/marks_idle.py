"""A session lies idle longer than the cache lives, and no longer lifetime would cost less."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class IdleGap(RecordedRule):
    """A session lies idle longer than the cache lives, and no longer lifetime would cost less.

    What is not used in time is gone and is paid for again.

    What to do: group requests that can wait, answer within the lifetime, or keep a large prefix warm by a short
    request where that is cheaper than writing it again.

    Bad:

        a job every 10 minutes, a lifetime of 5

    Good:

        the jobs of an hour, one after the other
    """

    id = "M411"
    name = "idle-longer-than-the-lifetime"
    severity = Severity.LOW
    faults = frozenset({Fault.IDLE})
    says = "the cache had expired in {requests} of {of} requests{detail}"
    advice = "Answer within the lifetime, keep the prefix warm where that is cheaper, or group such requests."
