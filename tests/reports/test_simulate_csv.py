"""The CSV table: one row per scenario and workload, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import msgspec

from cachelens.reports.base import ReportOptions
from cachelens.reports.simulate_csv import SimulateCsv
from tests.reports.sample import HOSTILE_NAMES, sample, scenario, totals, workload


def rows(**changes: object) -> list[dict[str, str]]:
    text = SimulateCsv().render(msgspec.structs.replace(sample(), **changes), ReportOptions())
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def named(*names: str) -> list[str]:
    parts = tuple(workload(name, cost=Decimal(-index)) for index, name in enumerate(names))
    table = rows(scenarios=(scenario("as-recorded", total=totals(), workloads=parts),))
    return [row["workload"] for row in table[1:]]


def test_one_row_per_scenario_and_workload() -> None:
    scenarios = sample().scenarios
    table = rows()
    assert len(table) == len(scenarios) + sum(len(row.workloads) for row in scenarios)
    assert sum(row["row"] == "total" for row in table) == len(scenarios)
    assert {len(row) for row in table} == {len(table[0])}
    assert all(None not in row and None not in row.values() for row in table)


def test_figures_read_back_exactly() -> None:
    best = next(row for row in rows() if row["best"] == "true" and row["row"] == "total")
    assert (best["scenario"], best["cost_usd"]) == ("static-first/system-only/1h", "611.4")
    assert (best["delta_usd"], best["delta_share"]) == ("-623.1618", "-0.504763")
    assert (best["write_1h_tokens"], best["write_5m_tokens"]) == ("3600000", "")
    assert best["estimated"] == "true"


def test_unknown_and_impossible_are_empty_not_zero() -> None:
    table = rows()
    silent = next(row for row in table if row["workload"] == "no-usage-logged")
    unknown = ("read_tokens", "written_tokens", "token_hit_rate", "cost_usd", "delta_usd")
    assert [silent[name] for name in unknown] == [""] * 5
    refused = next(row for row in table if row["status"] == "impossible")
    assert refused["requests"] == refused["cost_usd"] == ""
    assert refused["note"] == "the provider sells no cache lifetime of 12 hours"


def test_no_cell_is_a_formula() -> None:
    for row in rows():
        for cell in row.values():
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))
            assert not cell.startswith("-") or Decimal(cell) < 0


def test_each_workload_names_its_own_best_scenario() -> None:
    best = {(row["scenario"], row["workload"]): row["workload_best_scenario"] for row in rows()}
    assert best["as-recorded", "support-bot"] == "static-first/system-only/1h"
    assert best["as-recorded", "nightly-batch"] == best["system-only/google", "nightly-batch"] == "system-only/google"
    assert best["as-recorded", ""] == best["as-recorded", "no-usage-logged"] == ""
    row = next(row for row in rows() if row["workload"] == "support-bot")
    assert (row["workload_best_cost_usd"], row["workload_best_token_hit_rate"]) == ("480", "0.840000")


def test_money_has_no_more_digits_than_it_needs() -> None:
    odd = totals(cost=Decimal("1.102423600000000000000000000"), delta=Decimal("0.08581500000000000000000000001"))
    (row,) = rows(scenarios=(scenario("other", total=odd),))
    assert (row["cost_usd"], row["delta_usd"]) == ("1.1024236", "0.085815")


def test_as_recorded_is_compared_with_nothing() -> None:
    (row,) = rows(scenarios=(scenario("as-recorded", total=totals()),))
    assert (row["delta_usd"], row["delta_share"]) == ("", "")


def test_text_that_is_a_number_stays_a_number() -> None:
    assert named("-5", "+1.5e3", "-5+cmd()", "-", "＝1") == ["-5", "+1.5e3", "'-5+cmd()", "'-", "'＝1"]


def test_ordinary_names_round_trip() -> None:
    names = ["a,b", 'say "hi"', "naïve 顧客", " padded ", "a|b", "[red]x[/red]"]
    assert named(*names) == names


def test_controls_are_visible_so_that_a_row_is_a_line() -> None:
    text = SimulateCsv().render(sample(), ReportOptions())
    assert "\x1b" not in text
    assert len(text.splitlines()) == len(rows()) + 1
    assert r"\x1b[2J\x1b]0;owned\x07clear" in named(*HOSTILE_NAMES)


def test_unheard_of_write_class_gets_its_own_column() -> None:
    table = rows(scenarios=(scenario("as-recorded", total=totals(write_tokens={"2d": 7, "1h": 1})),))
    assert (table[0]["write_2d_tokens"], table[0]["write_1h_tokens"]) == ("7", "1")
    assert table[0]["written_tokens"] == "8"
