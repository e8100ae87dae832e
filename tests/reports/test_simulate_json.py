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

from cachelens.model.result import Evidence, MissCause, MissCount, Status
from cachelens.reports import simulate_shape as v1
from cachelens.reports.base import ReportOptions
from cachelens.reports.simulate_json import SimulateJson, schema_document
from tests.reports.sample import HOSTILE_NAMES, sample, scenario, totals, workload
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
    odd = totals(
        cost=Decimal("1.2E+7"),
        delta=Decimal("-0.00"),
        cost_per_session=Decimal("1E-9"),
        cost_no_cache=Decimal("1.102423600000000000000000000"),
        storage_cost=Decimal("0.08581500000000000000000000001"),
        cost_perfect=Decimal("0.0000000000005"),
        cost_per_month=Decimal("-0.0000000000015"),
    )
    figures = loaded(scenarios=(scenario("other", total=odd),))["scenarios"][0]["totals"]
    assert figures["cost"] == "12000000"
    assert figures["delta"] == "0"
    assert figures["cost_per_session"] == "0.000000001"
    assert figures["cost_no_cache"] == "1.1024236"
    assert figures["storage_cost"] == "0.085815"
    assert (figures["cost_perfect"], figures["cost_per_month"]) == ("0", "-0.000000000002")


def test_as_recorded_is_compared_with_nothing() -> None:
    row = scenario("as-recorded", total=totals(), workloads=(workload("a"),))
    (shown,) = loaded(scenarios=(row,))["scenarios"]
    for figures in (shown["totals"], shown["workloads"][0]["totals"]):
        assert (figures["delta"], figures["delta_share"]) == (None, None)


def test_every_workload_names_its_own_best_scenario() -> None:
    rows = {row["name"]: row["workloads"] for row in loaded()["scenarios"]}
    best = {part["workload"]: part["best"] for part in rows["as-recorded"]}
    assert best["support-bot"] == {"scenario": "static-first/system-only/1h", "cost": "480", "token_hit_rate": 0.84}
    assert best["nightly-batch"] == {"scenario": "system-only/google", "cost": "131.4", "token_hit_rate": 0.72}
    assert best["no-usage-logged"] is None
    assert {part["workload"]: part["best"] for part in rows["system-only/google"]}["support-bot"] == best["support-bot"]


def test_a_first_different_segment_says_what_it_is_where_that_is_known() -> None:
    misses = loaded()["scenarios"][0]["totals"]["misses"]
    assert misses[0]["segments"][0] == {"index": 1, "requests": 380, "kind": "system"}
    bare = MissCount(cause=MissCause.DIVERGED, requests=1, tokens=1, segments=((3, 1),))
    (shown,) = loaded(scenarios=(scenario("x", total=totals(misses=(bare,))),))["scenarios"]
    assert shown["totals"]["misses"][0]["segments"] == [{"index": 3, "requests": 1, "kind": None}]


def test_ratios_have_six_digits_and_unknown_is_null() -> None:
    odd = totals(token_hit_rate=1 / 3, delta_share=-0.00000001, cost=None)
    figures = loaded(scenarios=(scenario("other", total=odd),))["scenarios"][0]["totals"]
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
