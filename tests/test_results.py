"""Results read back: what fits is used, what does not says why and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from cachelens.errors import InputError
from cachelens.reports.audit_json import to_shape as audit_shape
from cachelens.reports.audit_shape import AuditV1
from cachelens.reports.base import ReportOptions
from cachelens.reports.document.results import KINDS
from cachelens.reports.document.sections import document as document_of
from cachelens.reports.simulate_json import SimulateJson
from cachelens.reports.simulate_shape import SimulateV1
from cachelens.results import read_results
from tests.reports.audit_sample import sample as audit_sample
from tests.reports.document import samples
from tests.reports.sample import sample


@pytest.fixture
def simulated(tmp_path: Path) -> Path:
    path = tmp_path / "simulate.json"
    path.write_text(SimulateJson().render(sample(), ReportOptions()), encoding="utf-8")
    return path


def test_what_was_written_is_what_is_read(simulated: Path) -> None:
    (source,) = read_results([str(simulated)]).of(SimulateV1)
    assert source.path == str(simulated)
    assert source.result.summary.requests == sample().requests
    assert source.result.scenarios[0].name == "as-recorded"


def test_an_audit_stands_under_its_own_kind(simulated: Path, tmp_path: Path) -> None:
    audit = tmp_path / "audit.json"
    audit.write_bytes(msgspec.json.encode(audit_shape(audit_sample(), ReportOptions())))
    results = read_results([str(audit), str(simulated)])
    assert list(results.sources) == ["simulate", "audit"]
    assert len(results.of(AuditV1)) == 1
    assert results.unread == ()


@pytest.mark.parametrize(
    ("change", "why", "hint"),
    [
        (
            lambda text: text.replace("cachelens.simulate/v1", "cachelens.simulate/v9"),
            "cachelens.simulate/v9",
            "same version",
        ),
        (lambda text: text[: len(text) // 2], "ends in line", "cachelens simulate LOGS"),
        (lambda text: text[:200] + "}" + text[200:], "is no JSON from line", "cachelens simulate LOGS"),
        (lambda _: "", "is empty", "make it anew"),
        (lambda _: "{}", "is no result", "--format json"),
        (lambda _: "[1]", "is no result", "--format json"),
        (lambda _: '{"schema": "cachelens.config/v1"}', "is no result", "--format json"),
        (lambda text: text.replace('"requests"', '"asked"'), "does not fit", "cachelens simulate LOGS"),
    ],
)
def test_a_result_that_cannot_be_used_says_why_and_what_to_do(
    simulated: Path, tmp_path: Path, change: object, why: str, hint: str
) -> None:
    assert callable(change)
    broken = tmp_path / "broken.json"
    broken.write_text(change(simulated.read_text(encoding="utf-8")), encoding="utf-8")
    results = read_results([str(simulated), str(broken)])
    (unread,) = results.unread
    assert unread.path == str(broken)
    assert why in unread.why
    assert hint in unread.hint
    assert len(results.of(SimulateV1)) == 1, "the good one is used all the same"


def test_bytes_that_are_no_text_stop_nothing(simulated: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(b'{"schema": "\xff\xfe"}')
    (unread,) = read_results([str(simulated), str(broken)]).unread
    assert unread.why


def test_without_any_usable_result_there_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_results([str(tmp_path / "missing.json")])


def test_fields_of_a_later_release_are_passed_over(simulated: Path) -> None:
    document = json.loads(simulated.read_text(encoding="utf-8"))
    document["added_later"] = {"anything": 1}
    simulated.write_text(json.dumps(document), encoding="utf-8")
    assert len(read_results([str(simulated)]).of(SimulateV1)) == 1


REQUIRED = Path(__file__).parent / "cases" / "required_v1.json"
"""Fields that every result of a kind has had from its first shape on. What is added later has a default instead."""


def required(shape: type) -> dict[str, list[str]]:
    schema = msgspec.json.schema(shape)
    return {name: sorted(part.get("required", ())) for name, part in sorted(schema["$defs"].items())}


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_field_of_a_published_shape_becomes_required_later(kind: str) -> None:
    """If this fails, give the new field a default: results from before it must still be read."""
    first = json.loads(REQUIRED.read_text(encoding="utf-8"))[kind]
    now = required(KINDS[kind].shape)
    for name, fields in first.items():
        assert set(now.get(name, ())) <= set(fields), name


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_result_from_before_the_newer_fields_is_read_and_drawn(kind: str, tmp_path: Path) -> None:
    (source,) = samples.only(kind).sources[kind]
    document = msgspec.to_builtins(source.result)
    schema = msgspec.json.schema(KINDS[kind].shape)
    old = tmp_path / "old.json"
    old.write_bytes(msgspec.json.encode(as_at_first(document, schema["$ref"], schema["$defs"])))
    results = read_results([str(old)])
    assert list(results.sources) == [kind]
    assert document_of(results).sections


def as_at_first(value: object, ref: str, defs: dict[str, dict[str, object]]) -> object:
    """Leave out what has a default, all the way down."""
    part = defs[ref.rpartition("/")[2]]
    assert isinstance(value, dict)
    properties, kept = part["properties"], set(part.get("required", ())) | {"schema"}  # type: ignore[call-overload]
    assert isinstance(properties, dict)
    return {key: within(item, properties[key], defs) for key, item in value.items() if key in kept}


def within(value: object, schema: dict[str, object], defs: dict[str, dict[str, object]]) -> object:
    refs = [schema, *schema.get("anyOf", ())]  # type: ignore[misc]
    named = [part["$ref"] for part in refs if "$ref" in part]
    if isinstance(value, dict) and named:
        fits = [ref for ref in named if set(defs[ref.rpartition("/")[2]].get("required", ())) <= set(value)]  # type: ignore[call-overload]
        return as_at_first(value, fits[0], defs)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [within(item, schema["items"], defs) for item in value]  # type: ignore[arg-type]
    return value
