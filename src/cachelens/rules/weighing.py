"""How grave a finding in traffic is, and what it comes to in a month."""

from __future__ import annotations

from decimal import Decimal

from cachelens.model.audit import WorkloadFact
from cachelens.model.finding import Severity

MONTH_DAYS = 30
_MUCH = 0.1
"""Share of what a workload could read, or of its cost, from which a fault is as grave as its rule says."""
_SOME = 0.02
_TRIFLE = 0.005
"""Share below which a fault is not worth a line: the first request of every value loses this much."""

_DEAR = Decimal("0.1")
"""Share of the bill of the whole log from which a fault is never a small one."""
_CHEAP = Decimal("0.01")
"""Share of the bill of the whole log below which no fault of a workload is a grave one."""


def share_of(tokens: int | None, cost: Decimal | None, workload: WorkloadFact) -> float | None:
    """Return what part of its possible reads, or else of its cost, a workload loses; `None` where nothing tells."""
    if tokens is not None:
        return tokens / max(1, (workload.read_tokens or 0) + tokens)
    if cost is not None and workload.cost:
        return float(cost / workload.cost)
    return None


def weighed(severity: Severity, tokens: int | None, cost: Decimal | None, workload: WorkloadFact) -> Severity | None:
    """Return how grave a fault is that may be as grave as `severity`; `None` for one that is not worth telling."""
    share = share_of(tokens, cost, workload)
    if share is None:
        return severity
    if share < _TRIFLE:
        return None
    if cost is not None and cost <= 0:
        return Severity.INFO
    most = severity if share >= _MUCH else Severity.MEDIUM if share >= _SOME else Severity.LOW
    return by_money(min(severity, most, key=_rank), cost, workload)


def by_money(severity: Severity, cost: Decimal | None, workload: WorkloadFact) -> Severity:
    """Return at least `medium` for a dear part of the whole log's bill, at most `medium` in a cheap workload."""
    bill = workload.log_cost
    if not bill or workload.cost is None:
        return severity
    if cost is not None and cost >= _DEAR * bill:
        return max(severity, Severity.MEDIUM, key=_rank)
    return min(severity, Severity.MEDIUM, key=_rank) if workload.cost < _CHEAP * bill else severity


def _rank(severity: Severity) -> int:
    return severity.rank


def monthly(cost: Decimal | None, workload: WorkloadFact) -> Decimal | None:
    """Scale a cost to a month; `None` for a log of less than a day, which does not show a day's rhythm."""
    if cost is None or not workload.days or workload.days < 1:
        return None
    return cost * MONTH_DAYS / Decimal(str(workload.days))
