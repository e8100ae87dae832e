"""GitLab's Code Quality report of an audit: one issue a finding, as the merge request widget takes them."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, Severity
from cachelens.model.location import Location
from cachelens.reports import audit_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import visible
from cachelens.reports.json_documents import json_report

Grade = Literal["info", "minor", "major", "critical", "blocker"]

_GRADES: Final[dict[Severity, Grade]] = {
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """Where an issue starts, counted from 1."""

    begin: int


class IssueLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a file; for traffic, the first line of the log."""

    path: str
    lines: Lines


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One finding; GitLab knows it again by its fingerprint."""

    description: str
    check_name: str
    fingerprint: str
    severity: Grade
    location: IssueLocation


class AuditGitlab:
    """The artifact `codequality` of a job."""

    id = "audit-gitlab"

    def render(self, result: AuditResult, options: ReportOptions) -> str:
        """Return the list of issues, ended by a newline; suppressed findings are no issues."""
        return json_report([_issue(finding, result, options) for finding in result.findings])


def _issue(finding: Finding, result: AuditResult, options: ReportOptions) -> Issue:
    where = finding.location
    in_file = isinstance(where, Location)
    story = " ".join(words.story(finding, options))
    return Issue(
        description=visible(story if in_file else f"In {words.place(finding)}: {story}"),
        check_name=finding.rule,
        fingerprint=finding.fingerprint,
        severity=_GRADES[finding.severity],
        location=IssueLocation(
            path=words.path_of(finding, result).removeprefix("./"),
            lines=Lines(begin=where.line if isinstance(where, Location) else 1),
        ),
    )
