"""The JSON contract: its schema, its numbers, and that nothing in a log can break it."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from cachelens.model.result import Evidence, MissCause, Status
from cachelens.reports import simulate_shape as v1
from cachelens.reports.base import ReportOptions
from cachelens.reports.simulate_json import SimulateJson, schema_document
from tests.reports.sample import HOSTILE_NAMES, sample, scenario, totals
from tests.reports.snapshots import check

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "simulate.v1.json"


def rendered(**changes: object) -> str:
    return SimulateJson().render(msgspec.structs.replace(sample(), **changes), ReportOptions())


def loaded(**changes: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(rendered(**changes))
    return document


def test_document_is_as_reviewed() -> None:
    check("simulate.v1.json", rendered())


def test_published_schema_is_the_one_in_use() -> None:
    """Rewrite with CACHELENS_UPDATE_SNAPSHOTS=1; within v1 only additions are allowed."""
    if os.environ.get("CACHELENS_UPDATE_SNAPSHOTS") == "1":
        SCHEMA.write_text(schema_document(), encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == schema_document()


def test_report_is_valid_under_the_published_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(loaded())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "cachelens.simulate/v2"),
        (("scenarios", 0, "totals", "cost"), 12.5),
        (("scenarios", 0, "totals", "cost"), "1E+3"),
        (("scenarios", 0, "status"), "fine"),
        (("summary", "requests"), -1),
    ],
)
def test_schema_refuses_what_the_contract_forbids(path: tuple[str | int, ...], value: object) -> None:
    document: Any = loaded()
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document)


def test_shape_reads_back_what_it_wrote() -> None:
    assert msgspec.json.decode(rendered(), type=v1.SimulateV1).summary.requests == 1_240


def test_contract_covers_every_internal_choice() -> None:
    pairs = ((v1.StatusName, Status), (v1.EvidenceName, Evidence), (v1.CauseName, MissCause))
    for names, enumeration in pairs:
        assert set(get_args(names)) == {member.value for member in enumeration}


def test_money_is_plain_decimal_text() -> None:
    odd = totals(cost=Decimal("1.2E+7"), delta=Decimal("-0.00"), cost_per_session=Decimal("1E-9"))
    figures = loaded(scenarios=(scenario("as-recorded", total=odd),))["scenarios"][0]["totals"]
    assert figures["cost"] == "12000000"
    assert figures["delta"] == "0"
    assert figures["cost_per_session"] == "0.000000001"


def test_ratios_have_six_digits_and_unknown_is_null() -> None:
    odd = totals(token_hit_rate=1 / 3, delta_share=-0.00000001, cost=None)
    figures = loaded(scenarios=(scenario("as-recorded", total=odd),))["scenarios"][0]["totals"]
    assert figures["token_hit_rate"] == 0.333333
    assert str(figures["delta_share"]) == "0.0"
    assert figures["cost"] is None


def test_impossible_has_no_totals_and_exactly_one_is_best() -> None:
    scenarios = {row["name"]: row for row in loaded()["scenarios"]}
    assert scenarios["system-only/12h"]["totals"] is None
    assert [name for name, row in scenarios.items() if row["best"]] == ["static-first/system-only/1h"]


def test_names_survive_but_raw_controls_do_not() -> None:
    names = [row["workload"] for row in loaded()["scenarios"][0]["workloads"]]
    assert set(HOSTILE_NAMES) <= set(names)
    assert not {char for char in rendered() if char < " " and char != "\n"}
    assert "\u202e" not in rendered()


def test_undecodable_path_is_escaped_not_fatal() -> None:
    first = msgspec.structs.replace(sample().inputs[0], path="logs/caf\udce9.jsonl")
    assert loaded(inputs=(first,))["inputs"][0]["path"] == "logs/caf\\udce9.jsonl"


def test_order_of_writes_does_not_depend_on_insertion() -> None:
    one = scenario("as-recorded", total=totals(write_tokens={"5m": 1, "1h": 2}))
    two = scenario("as-recorded", total=totals(write_tokens={"1h": 2, "5m": 1}))
    assert rendered(scenarios=(one,)) == rendered(scenarios=(two,))
    assert rendered().endswith("}\n")
