"""The JUnit report of an audit: a suite for each family of rules, a test for each rule and place.

A rule that found nothing is a test that passed; a suppressed finding is a test that was skipped. The name of a test
leaves out the token, so that a server knows the test again when the traffic has moved on.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding
from cachelens.reports import audit_words as words
from cachelens.reports.audit_escaping import xml_document, xml_text
from cachelens.reports.base import ReportOptions

_OTHERS = "other rules"


class AuditJunit:
    """A document for servers that draw tests."""

    id = "audit-junit"

    def render(self, result: AuditResult, options: ReportOptions) -> str:
        """Return the indented document with its counts, ended by a newline; no time is told."""
        root = ET.Element("testsuites", name="cachelens audit")
        for name, tests in (*_suites(result, options), ("reading", [_unread(line) for line in words.unread(result)])):
            if tests:
                suite = ET.SubElement(root, "testsuite", name=name)
                suite.attrib.update(_counts(tests))
                suite.set("skipped", _count(tests, "skipped"))
                suite.extend(tests)
        root.attrib.update(_counts(root.findall("testsuite/testcase")))
        ET.indent(root)
        return xml_document(f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n')


def _suites(result: AuditResult, options: ReportOptions) -> Iterator[tuple[str, list[ET.Element]]]:
    families: dict[str, list[ET.Element]] = {rule.family: [] for rule in result.rules}
    rules = words.titles(result)
    found = _by_place(result.findings)
    silenced = _by_place(result.suppressed)
    for rule in dict.fromkeys((*rules, *found, *silenced)):
        about = rules.get(rule)
        suite = families.setdefault(about.family if about else _OTHERS, [])
        failed, skipped = found.get(rule, {}), silenced.get(rule, {})
        suite += [_found(findings, options) for findings in failed.values()]
        suite += [_suppressed(findings[0]) for place, findings in skipped.items() if place not in failed]
        if about and not failed and not skipped:
            suite.append(_case(rule, about.name))
    yield from families.items()


def _by_place(findings: tuple[Finding, ...]) -> dict[str, dict[str, list[Finding]]]:
    """Gather findings by rule and place, in the order in which they stand."""
    rules: dict[str, dict[str, list[Finding]]] = {}
    for finding in findings:
        rules.setdefault(finding.rule, {}).setdefault(words.place(finding, token=False), []).append(finding)
    return rules


def _found(findings: list[Finding], options: ReportOptions) -> ET.Element:
    gravest = findings[0]
    case = _case(gravest.rule, words.place(gravest, token=False))
    text = "\n".join(xml_text(line) for finding in findings for line in words.story(finding, options))
    if gravest.severity.rank >= options.failing.rank:
        said = xml_text(words.what(gravest))
        ET.SubElement(case, "failure", type=gravest.severity.value, message=said).text = text
    else:
        ET.SubElement(case, "system-out").text = f"{gravest.severity.value}: {text}"
    return case


def _suppressed(finding: Finding) -> ET.Element:
    case = _case(finding.rule, words.place(finding, token=False))
    reason = f"suppressed: {finding.suppression}" if finding.suppression else "suppressed"
    ET.SubElement(case, "skipped", message=xml_text(reason))
    return case


def _unread(line: str) -> ET.Element:
    case = _case("reading", line)
    ET.SubElement(case, "skipped", message="could not be read")
    return case


def _case(group: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=f"cachelens.{group}", name=xml_text(name))


def _counts(tests: list[ET.Element]) -> dict[str, str]:
    return {"tests": str(len(tests)), "failures": _count(tests, "failure"), "errors": "0"}


def _count(tests: list[ET.Element], kind: str) -> str:
    return str(sum(test.find(kind) is not None for test in tests))
