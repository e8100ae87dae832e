"""JUnit: valid as Jenkins checks it, with counts that add up."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import xmlschema

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Severity, TrafficPlace
from cachelens.reports.audit_junit import AuditJunit
from cachelens.reports.base import ReportOptions
from tests.reports.audit_sample import HOSTILE, finding, hostile, sample

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parents[1] / "data" / "junit-10.xsd"))


def root(result: AuditResult, **options: object) -> ET.Element:
    return ET.fromstring(AuditJunit().render(result, ReportOptions(**options)))  # type: ignore[arg-type] # noqa: S314 - ours


def test_every_kind_of_result_is_valid_for_jenkins() -> None:
    for result in (sample(), hostile(HOSTILE), AuditResult(version="0.1.0", findings=())):
        SCHEMA.validate(AuditJunit().render(result, ReportOptions(detail=True)))


def test_counts_are_those_of_the_tests() -> None:
    shown = root(sample())
    for suite in shown:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("skipped") == str(len(suite.findall("testcase/skipped")))
    assert (shown.get("tests"), shown.get("failures"), shown.get("errors")) == ("9", "4", "0")


def test_a_suite_a_family_and_a_rule_that_found_nothing_passes() -> None:
    shown = root(sample())
    assert [suite.get("name") for suite in shown] == [
        "volatile content",
        "unstable form",
        "marks and lifetimes",
        "budgets",
        "reading",
    ]
    (passed,) = shown.findall("testsuite[@name='budgets']/testcase")
    assert passed.attrib == {"classname": "cachelens.B701", "name": "hit-rate-below-red-line"}
    assert not list(passed)


def test_findings_below_the_level_pass_and_say_so() -> None:
    assert root(sample()).get("failures") == "4"
    strict = root(sample(), failing=Severity.HIGH)
    assert strict.get("failures") == "2"
    out = strict.find("testsuite/testcase[@name='src/app.py:10:1']/system-out")
    assert out is not None
    assert (out.text or "").startswith("low: A date")
    assert root(sample(), failing=Severity.INFO).get("failures") == "5"


def test_findings_of_one_rule_and_place_are_one_test() -> None:
    """The token moves with the traffic and is no part of the name."""
    two = tuple(
        finding("V101", Severity.HIGH, location=TrafficPlace(workload="w", place="system 1", token=token))
        for token in (3, 9)
    )
    shown = root(msgspec.structs.replace(sample(), findings=two, suppressed=two[:1]))
    (case,) = shown.findall("testsuite/testcase[@name='w, system 1']")
    assert len(case.findall("failure")) == 1
    assert not case.findall("skipped")


def test_rules_that_are_not_described_are_not_lost() -> None:
    shown = root(AuditResult(version="0.1.0", findings=(finding("X999", Severity.HIGH),)))
    assert shown.get("failures") == "1"


def test_characters_that_xml_cannot_hold_are_shown_or_replaced() -> None:
    shown = AuditJunit().render(hostile("\x00\ufffe\ud800a"), ReportOptions())
    assert r"\x00" in shown
    assert "\ufffd" in shown
    assert r"\ud800a" in shown
