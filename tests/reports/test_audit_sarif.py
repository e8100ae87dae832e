"""SARIF: valid under the standard's schema, all rules listed, and what GitHub asks of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from cachelens.model.audit import AuditResult
from cachelens.model.finding import Severity
from cachelens.reports import audit_sarif
from cachelens.reports.audit_escaping import uri
from cachelens.reports.audit_sarif import AuditSarif
from cachelens.reports.base import ReportOptions
from tests.reports.audit_sample import HOSTILE, RULES, finding, hostile, in_file, rule, sample

SCHEMA = Path(__file__).parents[1] / "data" / "sarif-2.1.0.json"


def run(result: AuditResult, **options: object) -> dict[str, Any]:
    document = json.loads(AuditSarif().render(result, ReportOptions(**options)))  # type: ignore[arg-type]
    (only,) = document["runs"]
    assert isinstance(only, dict)
    return only


def test_every_kind_of_result_is_valid_under_the_standard() -> None:
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for result in (sample(), hostile(HOSTILE), AuditResult(version="0.1.0", findings=())):
        validator.validate(json.loads(AuditSarif().render(result, ReportOptions(detail=True))))


def test_all_rules_are_listed_also_those_that_found_nothing() -> None:
    driver = run(sample())["tool"]["driver"]
    assert [row["id"] for row in driver["rules"]] == [row.id for row in RULES]
    silent = driver["rules"][4]
    assert silent["name"] == "hit-rate-below-red-line"
    assert silent["defaultConfiguration"] == {"level": "error"}
    assert silent["properties"]["tags"] == ["prompt-caching", "budgets"]
    assert silent["properties"]["precision"] == "medium"
    assert silent["help"]["markdown"] == RULES[4].page


def test_a_result_points_at_its_rule_and_is_known_again() -> None:
    shown = run(sample())
    for row in shown["results"]:
        assert shown["tool"]["driver"]["rules"][row["ruleIndex"]]["id"] == row["ruleId"]
    assert shown["results"][0]["partialFingerprints"] == {
        "cachelensFinding/v1": "v101-0123456789abcdef",
        "primaryLocationLineHash": "v101-0123456789abcdef",
    }
    assert "partialFingerprints" not in shown["results"][4]


def test_a_rule_that_is_not_listed_has_no_index() -> None:
    (row,) = run(AuditResult(version="0.1.0", findings=(finding("X999", Severity.LOW),)))["results"]
    assert "ruleIndex" not in row


def test_only_suppressed_results_are_marked_so() -> None:
    *open_ones, silenced = run(sample())["results"]
    assert not [row for row in open_ones if "suppressions" in row]
    assert silenced["suppressions"] == [{"kind": "inSource", "justification": "the name is short | and last"}]


def test_places_count_as_editors_do() -> None:
    place = run(sample())["results"][2]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "prompts/mein%20agent%25.jinja2"}
    assert place["region"] == {"startLine": 3, "startColumn": 7, "endLine": 3, "endColumn": 16}
    assert run(sample())["columnKind"] == "unicodeCodePoints"


def test_traffic_stands_in_its_log_and_in_its_workload() -> None:
    (place,) = run(sample())["results"][0]["locations"]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": "logs/week%201.jsonl"}
    assert place["physicalLocation"]["region"] == {"startLine": 1}
    assert place["logicalLocations"] == [
        {"name": "support-bot", "fullyQualifiedName": "support-bot/system 1/token 12", "kind": "workload"}
    ]


@pytest.mark.parametrize("inputs", [(), (msgspec.structs.replace(sample().inputs[1], path="-"),)])
def test_traffic_without_a_file_still_has_the_place_that_github_asks_for(inputs: tuple[Any, ...]) -> None:
    row = run(msgspec.structs.replace(sample(), inputs=inputs))["results"][0]
    assert row["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "stdin"}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a/b.txt", "a/b.txt"),
        ("./a b#c?.txt", "a%20b%23c%3F.txt"),
        ("../up/100%.txt", "../up/100%25.txt"),
        ("/srv/é.txt", "file:///srv/%C3%A9.txt"),
        ("C:/x y.txt", "file:///C:/x%20y.txt"),
        ("a:b", "a%3Ab"),
        ("caf\udce9", "caf%E9"),
        ("lone\ud800", "lone%5Cud800"),
    ],
)
def test_paths_become_addresses(path: str, shown: str) -> None:
    assert uri(path) == shown


def test_no_text_becomes_a_link() -> None:
    text = run(hostile("see [this](https://evil.example) \\"))["results"][0]["message"]["text"]
    assert "\\[this\\](https" in text
    assert "\\\\" in text


def test_descriptions_stay_below_the_limit_of_github() -> None:
    long = rule("V999", "long", "volatile content", Severity.LOW, "word " * 2_000)
    (row,) = run(AuditResult(version="0.1.0", findings=(), rules=(long,)))["tool"]["driver"]["rules"]
    assert len(row["shortDescription"]["text"]) <= 1_024
    assert len(row["fullDescription"]["text"]) <= 1_024


def test_what_exceeds_the_limit_of_results_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_sarif, "_MOST_RESULTS", 2)
    shown = run(sample())
    assert [row["ruleId"] for row in shown["results"]] == ["V101", "M401"]
    assert shown["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith("4 findings")


def test_what_could_not_be_read_is_a_notification_with_its_place() -> None:
    *_, problem = run(sample())["invocations"][0]["toolExecutionNotifications"]
    assert problem["locations"][0]["physicalLocation"]["region"]["startLine"] == 8
    lone = in_file("a", 1, 1)
    assert run(AuditResult(version="0.1.0", findings=(finding("V101", Severity.LOW, location=lone),)))["results"]
