"""The SARIF 2.1.0 report of an audit, within the limits of GitHub code scanning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, Severity, TrafficPlace
from cachelens.model.location import Location
from cachelens.model.rule import RuleAbout
from cachelens.reports import audit_sarif_shape as sarif
from cachelens.reports import audit_words as words
from cachelens.reports.audit_escaping import clipped, uri
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import visible
from cachelens.reports.figures import plain, plural
from cachelens.reports.json_documents import json_report
from cachelens.reports.masking import shown

LEVELS: Final[dict[Severity, sarif.Level]] = {
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_PROBLEM: Final = {"error": "error", "warning": "warning", "note": "recommendation"}
"""GitHub's names for the levels of a rule."""

_MOST_RESULTS: Final = 25_000
"""GitHub takes no run with more."""
_MOST_TEXT: Final = 1_000
"""GitHub takes no description of more than 1,024 characters."""


class AuditSarif:
    """One run with all rules, every finding, and those that are suppressed marked so."""

    id = "audit-sarif"

    def render(self, result: AuditResult, options: ReportOptions) -> str:
        """Return the indented document, ended by a newline."""
        rules = {rule.id: index for index, rule in enumerate(result.rules)}
        found = [(finding, False) for finding in result.findings] + [(finding, True) for finding in result.suppressed]
        run = sarif.Run(
            tool=sarif.Tool(
                driver=sarif.Driver(
                    name="CacheLens", semantic_version=result.version, rules=tuple(map(_descriptor, result.rules))
                )
            ),
            invocations=(
                sarif.Invocation(execution_successful=True, tool_execution_notifications=tuple(_notes(result))),
            ),
            column_kind="unicodeCodePoints",
            results=tuple(
                _result(finding, _place(finding, result), rules.get(finding.rule), options, suppressed=suppressed)
                for finding, suppressed in found[:_MOST_RESULTS]
            ),
        )
        return json_report(sarif.Sarif(schema=sarif.SCHEMA_URI, version="2.1.0", runs=(run,)))


def _descriptor(rule: RuleAbout) -> sarif.Descriptor:
    level = LEVELS[rule.severity]
    return sarif.Descriptor(
        id=rule.id,
        name=rule.name,
        short_description=_message(rule.summary),
        full_description=_message(" ".join(" ".join(rule.page.split("\n\n")[:2]).split())),
        help=sarif.Help(text=rule.page, markdown=rule.page),
        default_configuration=sarif.Configuration(level=level),
        properties={
            "tags": ("prompt-caching", rule.family.replace(" ", "-")),
            "precision": rule.precision.value,
            "problem.severity": _PROBLEM[level],
        },
    )


def _result(
    finding: Finding, place: sarif.Place, rule: int | None, options: ReportOptions, *, suppressed: bool
) -> sarif.Result:
    known = finding.fingerprint
    silenced = sarif.Suppression(kind="inSource", justification=visible(finding.suppression))
    return sarif.Result(
        rule_id=finding.rule,
        rule_index=rule,
        level=LEVELS[finding.severity],
        message=_message(" ".join(words.story(finding, options))),
        locations=(place,),
        partial_fingerprints={"cachelensFinding/v1": known, "primaryLocationLineHash": known} if known else {},
        suppressions=(silenced,) if suppressed else (),
        properties=dict(_properties(finding, options)),
    )


def _properties(finding: Finding, options: ReportOptions) -> Iterator[tuple[str, str | int | bool | tuple[str, ...]]]:
    yield "severity", finding.severity.value
    yield "confidence", finding.confidence.value
    yield "fixable", finding.fixable
    if finding.stranded_tokens is not None:
        yield "strandedTokens", finding.stranded_tokens
    if finding.cost is not None:
        yield "cost", plain(finding.cost)
    if finding.cost_per_month is not None:
        yield "costPerMonth", plain(finding.cost_per_month)
    if finding.samples:
        yield "values", tuple(shown(value, values=options.show_values) for value in finding.samples)


def _place(finding: Finding, result: AuditResult) -> sarif.Place:
    where = finding.location
    if isinstance(where, Location):
        place = _in_file(where)
        if finding.traffic is None:
            return place
        return msgspec.structs.replace(place, logical_locations=(_in_traffic(finding.traffic),))
    return sarif.Place(
        physical_location=sarif.PhysicalLocation(
            artifact_location=sarif.Artifact(uri=uri(words.path_of(finding, result))), region=sarif.Region(start_line=1)
        ),
        logical_locations=(_in_traffic(where),),
    )


def _in_traffic(where: TrafficPlace) -> sarif.LogicalLocation:
    name = visible(where.workload)
    parts = (name, where.place, "" if where.token is None else f"token {where.token}")
    return sarif.LogicalLocation(
        name=name, fully_qualified_name="/".join(part for part in parts if part), kind="workload"
    )


def _in_file(where: Location) -> sarif.Place:
    region = sarif.Region(
        start_line=where.line, start_column=where.column, end_line=where.end_line, end_column=where.end_column
    )
    artifact = sarif.Artifact(uri=uri(where.path))
    return sarif.Place(physical_location=sarif.PhysicalLocation(artifact_location=artifact, region=region))


def _notes(result: AuditResult) -> Iterator[sarif.Notification]:
    more = len(result.findings) + len(result.suppressed) - _MOST_RESULTS
    if more > 0:
        text = f"{plural(more, 'finding')} of the least weight left out: a run holds {_MOST_RESULTS:,}."
        yield sarif.Notification(level="warning", message=_message(text))
    if result.known:
        text = f"{plural(result.known, 'finding')} left out: known from the baseline."
        yield sarif.Notification(level="note", message=_message(text))
    for skip in result.skips:
        if not skip.benign:
            yield sarif.Notification(level="warning", message=_message(words.skipped(skip)))
    for problem in result.problems:
        place = _in_file(problem.location)
        yield sarif.Notification(level="warning", message=_message(problem.message), locations=(place,))


def _message(text: str) -> sarif.Message:
    """Make a message in which nothing is a link: SARIF reads `[text](target)` as one."""
    shown_text = clipped(visible(text), _MOST_TEXT).replace("\\", "\\\\")
    return sarif.Message(text=shown_text.replace("[", "\\[").replace("]", "\\]"))
