"""What the screen of an audit says beside its findings."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Confidence, Finding, Severity, TrafficPlace
from cachelens.reports.audit_text import AuditText
from cachelens.reports.base import ReportOptions

SAID = "Figures of one workload overlap and do not add up."


def lost(workload: str, cost: str | None) -> Finding:
    return Finding(
        rule="V101",
        severity=Severity.MEDIUM,
        confidence=Confidence.HIGH,
        message="a date changes",
        location=TrafficPlace(workload=workload),
        advice="",
        cost=None if cost is None else Decimal(cost),
    )


@pytest.mark.parametrize(
    ("findings", "times"),
    [
        ((lost("chat", "1"), lost("chat", "2"), lost("chat", "3")), 1),
        ((lost("chat", "1"), lost("search", "2")), 0),
        ((lost("chat", "1"), lost("chat", None)), 0),
    ],
)
def test_several_figures_of_one_workload_are_said_once_to_overlap(findings: tuple[Finding, ...], times: int) -> None:
    report = AuditText().render(AuditResult(version="0.1.0", findings=findings), ReportOptions())
    assert report.count(SAID) == times
