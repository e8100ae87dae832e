"""How the money of a fault, in the bill of the whole log, sets how grave it is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cachelens.model.audit import WorkloadFact
from cachelens.model.finding import Severity
from cachelens.rules.weighing import by_money, weighed


def workload(cost: str | None, log_cost: str | None, *, read_tokens: int = 1000) -> WorkloadFact:
    return WorkloadFact(
        name="support",
        requests=60,
        sessions=6,
        token_hit_rate=0.5,
        read_tokens=read_tokens,
        written_tokens=0,
        unread_write_share=None,
        cost=None if cost is None else Decimal(cost),
        cost_no_cache=None,
        cost_perfect=None,
        misses={},
        head_tokens=0,
        marked=0,
        needs_marks=False,
        days=None,
        log_cost=None if log_cost is None else Decimal(log_cost),
    )


@pytest.mark.parametrize(
    ("severity", "lost", "cost", "log_cost", "expected"),
    [
        (Severity.LOW, "10.00", "90", "100", Severity.MEDIUM),
        (Severity.LOW, "9.99", "90", "100", Severity.LOW),
        (Severity.HIGH, "10.00", "90", "100", Severity.HIGH),
        (Severity.HIGH, "0.50", "0.99", "100", Severity.MEDIUM),
        (Severity.HIGH, "0.50", "1.00", "100", Severity.HIGH),
        (Severity.LOW, "0.50", "0.99", "100", Severity.LOW),
        (Severity.HIGH, "0.50", "0.99", None, Severity.HIGH),
        (Severity.HIGH, "0.50", None, "100", Severity.HIGH),
        (Severity.HIGH, None, "0.99", "100", Severity.MEDIUM),
        (Severity.LOW, "0", "0", "0", Severity.LOW),
    ],
)
def test_a_tenth_of_the_bill_raises_and_a_cheap_workload_lowers(
    severity: Severity, lost: str | None, cost: str | None, log_cost: str | None, expected: Severity
) -> None:
    paid = None if lost is None else Decimal(lost)
    assert by_money(severity, paid, workload(cost, log_cost)) is expected


def test_money_outweighs_a_small_share_of_the_reads() -> None:
    among = workload("90", "100", read_tokens=990)
    assert weighed(Severity.HIGH, 10, Decimal("9.99"), among) is Severity.LOW
    assert weighed(Severity.HIGH, 10, Decimal(10), among) is Severity.MEDIUM


def test_what_would_save_nothing_is_no_more_than_information() -> None:
    assert weighed(Severity.HIGH, 500, Decimal(-20), workload("90", "100")) is Severity.INFO
