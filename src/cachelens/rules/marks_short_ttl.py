"""Entries expire before the next request comes, and a longer lifetime would cost less."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class ShortTtl(RecordedRule):
    """Entries expire before the next request comes, and a longer lifetime would cost less.

    People think, tools run, schedules wait. A prefix that expires in between is written again each time.

    What to do: ask for the longer lifetime, at least for the system prompt. Its price was replayed over this
    traffic.

    Bad:

        {"type": "ephemeral"}

    Good:

        {"type": "ephemeral", "ttl": "1h"}
    """

    id = "M407"
    name = "lifetime-too-short"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.SHORT_TTL})
    says = "the cache had expired in {requests} of {of} requests; with a lifetime of {detail} it would have cost less"
    advice = "Ask for the longer lifetime."
