"""What all rules on volatile content share: a value that changes stands before text that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from cachelens.model.audit import SlotFact, Traffic, WorkloadFact
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.model.template import PromptTemplate, Span
from cachelens.rules.base import Rule
from cachelens.rules.spans import Placed, placed

MONTH_DAYS = 30
_LITTLE = 64
"""Fixed tokens behind a value below which it is worth a remark only."""
_SOME = 512
_MUCH = 0.1
"""Share of what a workload could read from which a slot is as grave as its rule says."""
_WIDTH = 60
_SCOPES = {"request": "in every request", "session": "from session to session", "tenant": "from tenant to tenant",
           "day": "every day", "session or request": "from session to session at least"}  # fmt: skip


class VolatileRule(Rule):
    """Base of the rules on one kind of volatile value."""

    what: ClassVar[str]
    """What stands there, with its article: `a date or time`."""
    kinds: ClassVar[frozenset[str]] = frozenset()
    """Kinds of slots (`layouts.values.Kind`) that are this."""
    calls: ClassVar[re.Pattern[str] | None] = None
    """Calls in an expression, or in what it was traced back to, that give this value for sure."""
    names: ClassVar[re.Pattern[str] | None] = None
    """Names that say so without proof."""
    scopes: ClassVar[frozenset[str]] = frozenset(_SCOPES)
    advice: ClassVar[str] = "Move it behind the fixed text: to the end of the last user message."

    def in_traffic(self, traffic: Traffic) -> Iterator[Finding]:
        """Yield slots of this kind that strand anything."""
        workloads = {workload.name: workload for workload in traffic.workloads}
        for slot in traffic.slots:
            if slot.kind in self.kinds and slot.scope in self.scopes and slot.stranded_with_others > 0:
                yield self._slot(slot, workloads[slot.place.workload])

    def _slot(self, slot: SlotFact, workload: WorkloadFact) -> Finding:
        alone = slot.stranded_tokens > 0
        tokens, cost = (
            (slot.stranded_tokens, slot.cost) if alone else (slot.stranded_with_others, slot.cost_with_others)
        )
        share = tokens / max(1, (workload.read_tokens or 0) + tokens)
        tail = "" if alone else " (together with the other values there: each alone hides behind them)"
        return Finding(
            rule=self.id,
            severity=self.severity if share >= _MUCH else Severity.LOW,
            confidence=Confidence.MEDIUM if slot.weak else Confidence.HIGH,
            message=f"{self.what} at token {slot.place.token or 0:,} changes {_SCOPES.get(slot.scope, slot.scope)} "
            f"({slot.values:,} values in {slot.requests:,} requests); "
            f"{tokens:,} tokens behind it could have been read from cache{tail}",
            location=slot.place,
            advice=self.advice,
            stranded_tokens=tokens,
            cost=cost,
            cost_per_month=None
            if cost is None or not workload.days
            else cost * MONTH_DAYS / Decimal(str(workload.days)),
            samples=slot.samples,
        )

    def in_template(self, template: PromptTemplate) -> Iterator[Finding]:
        """Yield variables that are this value, by what they call or what they are called."""
        for place in placed(template):
            confidence = self._sure(place.span)
            if confidence is not None and not place.in_tail and place.message.section != "history":
                yield self._span(place, confidence)

    def _sure(self, span: Span) -> Confidence | None:
        if self.calls is not None:
            if any(map(self.calls.search, span.calls)):
                return Confidence.HIGH
            if any(self.calls.search(origin.expression) for origin in span.origins):
                return Confidence.MEDIUM
        if self.names is not None and any(map(self.names.search, span.names)):
            return Confidence.LOW
        return None

    def _span(self, place: Placed, confidence: Confidence) -> Finding:
        behind = place.fixed_behind
        severity = self.severity if behind >= _SOME else Severity.MEDIUM if behind >= _LITTLE else Severity.INFO
        return Finding(
            rule=self.id,
            severity=min(severity, self.severity, key=lambda one: one.rank),
            confidence=confidence,
            message=f"`{_short(place.span.text)}` is {self.what} at token {place.tokens_before:,}; "
            f"about {behind:,} fixed tokens stand behind it",
            location=place.span.location,
            advice=self.advice,
            stranded_tokens=behind,
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..."
