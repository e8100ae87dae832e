"""A mark with a longer lifetime stands behind one with a shorter lifetime."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.audit import Fault
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.rules.judged import finding_at
from cachelens.rules.marked import marks, seconds
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid


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

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield the first mark that lives longer than one in front of it."""
        found = marks(template)
        cache = template.cache() if found else None
        if cache is not None and (cache.marks is None or not cache.marks.longer_ttl_first):
            return
        shortest: int | None = None
        for message in found:
            length = seconds(message)
            if length is None:
                continue
            if shortest is not None and length > shortest:
                yield finding_at(
                    self,
                    message.location,
                    "this mark asks for a longer lifetime than one in front of it",
                    severity=self.severity,
                    confidence=Confidence.HIGH,
                    advice=self.advice,
                    stranded=None,
                )
                return
            shortest = length if shortest is None else min(shortest, length)
