"""A mark with a longer lifetime stands behind one with a shorter lifetime."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class TtlOrder(RecordedRule):
    """A mark with a longer lifetime stands behind one with a shorter lifetime.

    The longer one would outlive what it rests on; providers refuse it.

    What to do: give the marks in front the longer lifetime.

    Bad:

        tools (5m), system (1h)

    Good:

        tools (1h), system (1h), last message (5m)
    """

    id = "M405"
    name = "short-lifetime-before-long"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.TTL_ORDER})
    says = "{requests} of {of} requests have a mark with a longer lifetime behind one with a shorter"
    advice = "Give the marks in front the longer lifetime."
