"""Rows of the scenario tables: equal ones folded, those of another model together under its name."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cachelens.model.result import ScenarioResult, Status
from cachelens.reports.arrange import groups
from tests.reports.sample import sample, scenario, totals


def shown(*scenarios: ScenarioResult) -> list[tuple[str, list[str]]]:
    result = msgspec.structs.replace(sample(), scenarios=scenarios)
    return [(group.heading, [", ".join(fold.labels) for fold in group.rows]) for group in groups(result)]


def at(name: str, cost: int, **changes: object) -> ScenarioResult:
    return scenario(name, total=totals(cost=Decimal(cost)), **changes)


def test_equal_figures_make_one_row() -> None:
    rows = (at("as-recorded", 9), at("tools-and-system", 7), at("system-only", 7), at("none", 12))
    assert shown(*rows) == [("", ["as-recorded", "system-only, tools-and-system", "none"])]


def test_what_equals_the_record_is_named_beside_it() -> None:
    assert shown(at("full-context", 9), at("as-recorded", 9)) == [("", ["as-recorded, full-context"])]


def test_rows_that_differ_in_any_figure_stay_apart() -> None:
    other = scenario("b", total=totals(cost=Decimal(9), read_tokens=1))
    preview = at("c", 9, status=Status.PREVIEW)
    assert shown(at("a", 9), other, preview) == [("", ["a", "b", "c"])]


def test_unknown_equals_nothing() -> None:
    rows = [scenario(name, total=totals(cost=None)) for name in ("a", "b")]
    assert shown(*rows) == [("", ["a", "b"])]


def test_models_and_providers_stand_together_the_cheapest_first() -> None:
    rows = (
        at("as-recorded", 9),
        at("1h", 11),
        at("full-context/1h/m", 3, model="m"),
        at("m", 5, model="m"),
        at("none/p:m", 4, model="m", provider="p"),
        at("system-only/p", 2, provider="p"),
    )
    assert shown(*rows) == [
        ("", ["as-recorded", "1h"]),
        ("at p", ["system-only"]),
        ("as m", ["full-context/1h", "as-recorded"]),
        ("as m at p", ["none"]),
    ]


def test_other_coverage_comes_last() -> None:
    part = scenario("p", total=totals(cost=Decimal(1), requests=3), provider="p")
    rows = (part, at("as-recorded", 9), at("m", 5, model="m"))
    assert [heading for heading, _ in shown(*rows)] == ["", "as m", "at p"]
