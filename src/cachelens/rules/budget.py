"""What the rules on budgets share: a workload's token hit rate against a line, where something is to be gained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cachelens.model.audit import Traffic, WorkloadFact
from cachelens.model.finding import Confidence, Finding, TrafficPlace
from cachelens.rules.base import Rule
from cachelens.rules.weighing import by_money, monthly

_ENOUGH = 10
"""Requests below which a rate says nothing."""
_GAIN = 0.05
"""Share of the input that must be readable beyond what is read: without, the line cannot be reached at all."""


class BudgetRule(Rule):
    """Base of the rules on token hit rates."""

    line: ClassVar[str]
    """What the rate is called."""

    def bounds(self, workload: WorkloadFact) -> tuple[float, float]:
        """Return the rates between which a workload is told: from the first, and below the second."""
        raise NotImplementedError

    def in_traffic(self, traffic: Traffic) -> Iterator[Finding]:
        """Yield workloads below the line that could read more."""
        for workload in traffic.workloads:
            rate = workload.token_hit_rate
            least, under = self.bounds(workload)
            if rate is None or workload.requests < _ENOUGH or not least <= rate < under:
                continue
            readable = (workload.readable_tokens or 0) - (workload.read_tokens or 0)
            if readable >= _GAIN * workload.input_tokens:
                yield self._finding(workload, rate, under, readable)

    def _finding(self, workload: WorkloadFact, rate: float, under: float, readable: int) -> Finding:
        known = workload.cost is not None and workload.cost_perfect is not None
        cost = workload.cost - workload.cost_perfect if known else None  # type: ignore[operator]
        return Finding(
            rule=self.id,
            severity=by_money(self.severity, cost, workload),
            confidence=Confidence.HIGH,
            message=f"{rate:.0%} of the input is read from cache, {self.line} is {under:.0%}; "
            f"{readable:,} tokens more had been sent before",
            location=TrafficPlace(workload=workload.name),
            advice="Mend the other findings of this workload, the dearest first.",
            stranded_tokens=readable,
            cost=cost,
            cost_per_month=monthly(cost, workload),
        )
