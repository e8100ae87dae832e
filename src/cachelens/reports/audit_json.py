"""The JSON report of an audit, in the shape `cachelens.audit/v1`."""

from __future__ import annotations

from collections import Counter

import msgspec

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.location import Location
from cachelens.reports import audit_shape as v1
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plain_or_none
from cachelens.reports.json_documents import json_report, schema_text
from cachelens.reports.masking import shown
from cachelens.reports.shapes import inputs_of, skips_of


class AuditJson:
    """One document for programs, valid under `docs/schemas/audit.v1.json`."""

    id = "audit-json"

    def render(self, result: AuditResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        return json_report(to_shape(result, options))


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/audit.v1.json`."""
    return schema_text(v1.AuditV1, v1.SCHEMA_ID)


def to_shape(result: AuditResult, options: ReportOptions) -> v1.AuditV1:
    """Convert a result to the published shape."""
    return v1.AuditV1(
        version=result.version,
        summary=_summary(result),
        findings=tuple(_finding(finding, options) for finding in result.findings),
        suppressed=tuple(_finding(finding, options) for finding in result.suppressed),
        inputs=inputs_of(result.inputs),
        skips=skips_of(result.skips),
        problems=tuple(
            v1.ProblemV1(location=file_place(row.location), code=row.code, message=row.message)
            for row in result.problems
        ),
        maps=tuple(msgspec.convert(row, v1.MapV1, from_attributes=True) for row in result.maps),
    )


def _summary(result: AuditResult) -> v1.SummaryV1:
    found = Counter(finding.severity.value for finding in result.findings)
    return v1.SummaryV1(
        findings=len(result.findings),
        severities=v1.SeveritiesV1(high=found["high"], medium=found["medium"], low=found["low"], info=found["info"]),
        suppressed=len(result.suppressed),
        known=result.known,
        requests=result.requests,
        workloads=len(result.workloads),
        templates=result.templates,
        files=result.files,
        rules=tuple(rule.id for rule in result.rules),
    )


def _finding(finding: Finding, options: ReportOptions) -> v1.FindingV1:
    where = finding.location
    return v1.FindingV1(
        rule=finding.rule,
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        message=finding.message,
        location=file_place(where) if isinstance(where, Location) else _traffic(where),
        traffic=None if finding.traffic is None else _traffic(finding.traffic),
        advice=finding.advice,
        stranded_tokens=finding.stranded_tokens,
        cost=plain_or_none(finding.cost),
        cost_per_month=plain_or_none(finding.cost_per_month),
        values=tuple(shown(value, values=options.show_values) for value in finding.samples),
        fixable=finding.fixable,
        fingerprint=finding.fingerprint,
        suppression=finding.suppression,
    )


def file_place(where: Location) -> v1.FilePlaceV1:
    """Convert a stretch of a file to its published shape."""
    return v1.FilePlaceV1(
        path=where.path,
        line=where.line,
        column=where.column,
        end_line=where.end_line,
        end_column=where.end_column,
    )


def _traffic(where: TrafficPlace) -> v1.TrafficPlaceV1:
    return v1.TrafficPlaceV1(workload=where.workload, place=where.place, token=where.token)
