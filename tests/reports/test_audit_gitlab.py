"""GitLab's Code Quality: exactly the fields that the merge request widget reads."""

from __future__ import annotations

import json

import jsonschema

from cachelens.reports.audit_gitlab import AuditGitlab
from cachelens.reports.base import ReportOptions
from tests.reports.audit_sample import HOSTILE, hostile, sample

TEXT = {"type": "string"}
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": TEXT,
            "fingerprint": TEXT,
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""As the page on custom tools describes it: https://docs.gitlab.com/ci/testing/code_quality/"""


def test_every_issue_has_what_gitlab_asks_for() -> None:
    for result in (sample(), hostile(HOSTILE)):
        jsonschema.validate(json.loads(AuditGitlab().render(result, ReportOptions(detail=True))), SCHEMA)


def test_grades_places_and_fingerprints() -> None:
    rows = json.loads(AuditGitlab().render(sample(), ReportOptions()))
    assert [row["severity"] for row in rows] == ["critical", "critical", "major", "minor", "info"]
    assert [(row["location"]["path"], row["location"]["lines"]["begin"]) for row in rows] == [
        ("logs/week 1.jsonl", 1),
        ("logs/week 1.jsonl", 1),
        ("prompts/mein agent%.jinja2", 3),
        ("src/app.py", 10),
        ("/srv/prompts/tools.yaml", 1),
    ]
    assert rows[0]["fingerprint"] == "v101-0123456789abcdef"


def test_suppressed_findings_are_no_issues() -> None:
    assert "src/app.py:44" not in AuditGitlab().render(sample(), ReportOptions())
    assert len(json.loads(AuditGitlab().render(sample(), ReportOptions()))) == 5
