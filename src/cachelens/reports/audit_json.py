"""The JSON report of an audit, in the shape `cachelens.audit/v1`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Finding
from cachelens.model.location import Location
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import json_document
from cachelens.reports.figures import plain
from cachelens.reports.masking import shown

SCHEMA_ID = "cachelens.audit/v1"


class AuditJson:
    """One document for programs."""

    id = "audit-json"

    def render(self, result: AuditResult, options: ReportOptions) -> str:
        """Return the indented document, ended by a newline."""
        document = {
            "schema": SCHEMA_ID,
            "version": result.version,
            "summary": {
                "findings": len(result.findings),
                "requests": result.requests,
                "workloads": len(result.workloads),
                "templates": result.templates,
                "files": result.files,
                "rules": list(result.rules),
            },
            "findings": [_finding(finding, options) for finding in result.findings],
            "skips": [msgspec.to_builtins(skip) for skip in result.skips],
            "problems": [msgspec.to_builtins(problem) for problem in result.problems],
        }
        return json_document(msgspec.json.format(msgspec.json.encode(document), indent=2).decode()) + "\n"


def _finding(finding: Finding, options: ReportOptions) -> dict[str, Any]:
    where = finding.location
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "message": finding.message,
        "location": msgspec.to_builtins(where) | {"kind": "file" if isinstance(where, Location) else "traffic"},
        "advice": finding.advice,
        "stranded_tokens": finding.stranded_tokens,
        "cost": _money(finding.cost),
        "cost_per_month": _money(finding.cost_per_month),
        "values": [shown(value, values=options.show_values) for value in finding.samples],
        "fixable": finding.fixable,
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
