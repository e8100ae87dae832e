"""The JSON contract of the audit: its schema, its numbers, and that nothing in a log or template can break it."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from cachelens.model.finding import Confidence, Severity
from cachelens.reports import audit_shape as v1
from cachelens.reports.audit_json import AuditJson, schema_document
from cachelens.reports.base import ReportOptions
from tests.reports.audit_sample import HOSTILE, finding, hostile, in_file, sample

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "audit.v1.json"


def rendered(**changes: object) -> str:
    return AuditJson().render(msgspec.structs.replace(sample(), **changes), ReportOptions())


def loaded(**changes: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(rendered(**changes))
    return document


def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_published_schema_is_the_one_in_use() -> None:
    """Rewrite with CACHELENS_UPDATE_SNAPSHOTS=1; within v1 only additions are allowed."""
    if os.environ.get("CACHELENS_UPDATE_SNAPSHOTS") == "1":
        SCHEMA.write_text(schema_document(), encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == schema_document()


def test_report_is_valid_under_the_published_schema() -> None:
    validator().validate(loaded())
    validator().validate(json.loads(AuditJson().render(hostile(HOSTILE), ReportOptions())))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "cachelens.audit/v2"),
        (("findings", 0, "cost"), 12.5),
        (("findings", 0, "cost"), "1E+3"),
        (("findings", 0, "severity"), "grave"),
        (("findings", 0, "location", "kind"), "elsewhere"),
        (("findings", 2, "location", "line"), 0),
        (("findings", 0, "stranded_tokens"), -1),
        (("summary", "severities"), {"high": 1}),
    ],
)
def test_schema_refuses_what_the_contract_forbids(path: tuple[str | int, ...], value: object) -> None:
    document: Any = loaded()
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(document)


def test_shape_reads_back_what_it_wrote() -> None:
    read = msgspec.json.decode(rendered(), type=v1.AuditV1)
    assert isinstance(read.findings[0].location, v1.TrafficPlaceV1)
    assert isinstance(read.findings[2].location, v1.FilePlaceV1)
    assert read.findings[1].location.workload == HOSTILE  # type: ignore[union-attr]


def test_contract_covers_every_internal_choice() -> None:
    assert set(get_args(v1.SeverityName)) == {one.value for one in Severity} == set(v1.SeveritiesV1.__struct_fields__)
    assert set(get_args(v1.ConfidenceName)) == {one.value for one in Confidence}


def test_summary_counts_what_counts() -> None:
    summary = loaded()["summary"]
    assert summary["findings"] == 5
    assert summary["severities"] == {"high": 2, "medium": 1, "low": 1, "info": 1}
    assert (summary["suppressed"], summary["known"]) == (1, 3)
    assert summary["rules"] == ["V101", "V103", "F201", "M401", "B701"]


def test_a_place_is_a_stretch_of_a_file_or_a_token_of_a_workload() -> None:
    traffic, _, written, *_ = loaded()["findings"]
    assert traffic["location"] == {"kind": "traffic", "workload": "support-bot", "place": "system 1", "token": 12}
    assert written["location"] == {
        "kind": "file",
        "path": "./prompts/mein agent%.jinja2",
        "line": 3,
        "column": 7,
        "end_line": 3,
        "end_column": 16,
    }


def test_money_is_plain_decimal_text_and_unknown_is_null() -> None:
    odd = finding("V101", Severity.LOW, cost=Decimal("1.2E+7"), cost_per_month=Decimal("-0.00"))
    (row,) = loaded(findings=(odd,))["findings"]
    assert (row["cost"], row["cost_per_month"], row["stranded_tokens"]) == ("12000000", "0", None)


def test_suppressed_findings_stand_apart_with_their_reason() -> None:
    (row,) = loaded()["suppressed"]
    assert (row["rule"], row["suppression"]) == ("V103", "the name is short | and last")


def test_undecodable_path_is_escaped_not_fatal() -> None:
    row = finding("V101", Severity.LOW, location=in_file("logs/caf\udce9.txt", 1, 1))
    assert loaded(findings=(row,))["findings"][0]["location"]["path"] == "logs/caf\\udce9.txt"
