"""What rules on recorded traffic share: each tells faults of its own kind, and values of its own kinds that change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cachelens.model.audit import Fault, FaultFact, SlotFact, SlotOrigin, Traffic, WorkloadFact
from cachelens.model.finding import Confidence, Finding
from cachelens.rules.base import Rule
from cachelens.rules.judged import short
from cachelens.rules.nature import Nature, nature_of
from cachelens.rules.weighing import monthly, weighed

SCOPES = {
    "request": "in every request",
    "session": "from session to session",
    "tenant": "from tenant to tenant",
    "day": "every day",
    "session or request": "from session to session at least",
}
"""How often a value changes, in words."""


_MOST_NAMED = 3


class RecordedRule(Rule):
    """Base of the rules on recorded traffic."""

    faults: ClassVar[frozenset[Fault]] = frozenset()
    """Faults that this rule tells."""
    says: ClassVar[str] = ""
    """What such a fault is; may name `requests`, `of` and `detail`."""
    what: ClassVar[str] = ""
    """What a value is that this rule tells, with its article: `a date or time`."""
    nature: ClassVar[Nature | None] = None
    """Values that this rule tells."""
    advice: ClassVar[str] = "Move it behind the fixed text: to the end of the last user message."

    def in_traffic(self, traffic: Traffic) -> Iterator[Finding]:
        """Yield faults and values of this kind that cost something."""
        workloads = {workload.name: workload for workload in traffic.workloads}
        for fault in traffic.faults:
            if fault.fault in self.faults and fault.place.workload in workloads:
                yield from self._fault(fault, workloads[fault.place.workload])
        for slot in self._slots(traffic):
            if slot.place.workload in workloads:
                yield from self._slot(slot, workloads[slot.place.workload])

    def _slots(self, traffic: Traffic) -> list[SlotFact]:
        """Return the values of this kind; of several at one place the one that strands most, the first of equals.

        Those that different variables of a template make are told apart.
        """
        found: dict[tuple[str, str, tuple[SlotOrigin, ...]], SlotFact] = {}
        for slot in traffic.slots:
            if nature_of(slot) is self.nature:
                where = slot.place.workload, slot.place.place, slot.origins
                if where not in found or slot.stranded_tokens > found[where].stranded_tokens:
                    found[where] = slot
        return list(found.values())

    def _fault(self, fault: FaultFact, workload: WorkloadFact) -> Iterator[Finding]:
        severity = weighed(self.severity, fault.stranded_tokens, fault.cost, workload)
        if severity is None:
            return
        tokens = fault.stranded_tokens
        lost = f"; {tokens:,} tokens could have been read from cache" if tokens else ""
        says = self.says.format(requests=f"{fault.requests:,}", of=f"{fault.of:,}", detail=fault.detail)
        yield Finding(
            rule=self.id,
            severity=severity,
            confidence=Confidence.MEDIUM if fault.weak else Confidence.HIGH,
            message=says + lost,
            location=fault.place,
            advice=self.advice,
            stranded_tokens=tokens,
            cost=fault.cost,
            cost_per_month=monthly(fault.cost, workload),
            samples=fault.samples,
        )

    def _subject(self, slot: SlotFact) -> str:
        """Say what changes and where, in the template too where it is known."""
        at = f"at token {slot.place.token or 0:,}"
        if len(slot.origins) == 1:
            where = f"{at} of {slot.place.place} in workload {slot.place.workload}"
            return f"`{short(slot.origins[0].expression)}` is {self.what} {where} and"
        places = [f"{one.location.path}:{one.location.line}" for one in slot.origins]
        made = f", made by one of {len(places)} that fit alike ({', '.join(places[:_MOST_NAMED])})," if places else ""
        return f"{self.what} {at}{made}"

    def _slot(self, slot: SlotFact, workload: WorkloadFact) -> Iterator[Finding]:
        tokens = slot.stranded_tokens
        severity = weighed(self.severity, tokens, slot.cost, workload)
        if severity is None:
            return
        versions = f", in {len(slot.in_versions)} of {slot.versions} versions of the text" if slot.versions > 1 else ""
        others = ", once the other values there stay the same too" if slot.slots > 1 else ""
        yield Finding(
            rule=self.id,
            severity=severity,
            confidence=Confidence.MEDIUM if slot.weak else Confidence.HIGH,
            message=f"{self._subject(slot)} changes {SCOPES.get(slot.scope, slot.scope)} "
            f"({slot.values:,} values in {slot.requests:,} requests{versions}); "
            f"{tokens:,} tokens behind it could have been read from cache{others}",
            location=slot.origins[0].location if len(slot.origins) == 1 else slot.place,
            traffic=slot.place if len(slot.origins) == 1 else None,
            advice=self.advice,
            stranded_tokens=tokens,
            cost=slot.cost,
            cost_per_month=monthly(slot.cost, workload),
            samples=slot.samples,
        )
