"""Requests repeat a prefix and carry no cache mark."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.audit import Fault
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.providers.vocabulary import Mechanism
from cachelens.rules.judged import finding_at
from cachelens.rules.marked import fixed_head, marks
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid


class NoMark(RecordedRule):
    """Requests repeat a prefix and carry no cache mark.

    Some providers cache nothing that is not marked, others only whole messages. The same system prompt is then paid
    for in full, or even written anew, every time.

    What to do: put a mark behind the system prompt, and one at the end of the last message where sessions have
    several turns; or ask for automatic marks.

    Bad:

        {"type": "text", "text": SYSTEM}

    Good:

        {"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}
    """

    id = "M401"
    name = "no-mark"
    severity = Severity.HIGH
    faults = frozenset({Fault.NO_MARK})
    says = "{requests} of {of} requests carry no cache mark behind what they share with others"
    advice = "Mark the end of the system prompt, and of the last message where sessions go on."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield calls without any mark whose fixed beginning is long enough for a cache that needs one."""
        if not template.template.sent or marks(template):
            return
        facts, cache = template.model(), template.cache()
        if facts is None or cache is None or cache.mechanism is not Mechanism.EXPLICIT_BREAKPOINTS:
            return
        head, least = fixed_head(template), facts.min_tokens_at(None)
        if least is not None and head >= least:
            yield finding_at(
                self,
                template.template.location,
                f"this call begins with about {head:,} fixed tokens and marks none of them; {facts.id} caches "
                f"from {least:,} tokens on, at marks only",
                severity=Severity.MEDIUM,
                confidence=Confidence.MEDIUM,
                advice=self.advice,
                stranded=head,
            )
