"""Requests ask for a longer lifetime than they need."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class LongTtl(RecordedRule):
    """Requests ask for a longer lifetime than they need.

    A longer lifetime costs more for every token written. Where the next request comes soon, nothing is gained.

    What to do: ask for the shorter lifetime. Its price was replayed over this traffic.

    Bad:

        an agent that calls every ten seconds, with a lifetime of 1h

    Good:

        the same agent with the default lifetime
    """

    id = "M408"
    name = "lifetime-longer-than-it-pays"
    severity = Severity.LOW
    faults = frozenset({Fault.LONG_TTL})
    says = "{requests} of {of} requests ask for a longer lifetime than pays; {detail} would have cost less"
    advice = "Ask for the shorter lifetime."
