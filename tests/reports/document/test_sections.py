"""What the sections say of the shared samples."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from cachelens.reports.audit_shape import AuditV1
from cachelens.reports.base import ReportOptions
from cachelens.reports.document.blocks import Block, Chart, Figures, Listing, Missing, PrefixMap, Prose, Table
from cachelens.reports.document.markdown import ReportMarkdown
from cachelens.reports.document.results import Results, Source
from cachelens.reports.document.sections import document
from cachelens.reports.document.simulated import best, recorded, savings
from cachelens.reports.fleet_shape import FleetV1
from cachelens.reports.layers_shape import LayersV1, StackV1
from cachelens.reports.metrics_shape import MetricsV1
from cachelens.reports.simulate_shape import SimulateV1
from cachelens.reports.whatif_shape import WhatIfV1
from tests.reports.document.samples import HOSTILE, only, results


def blocks(section: str, given: Results) -> tuple[Block, ...]:
    (found,) = [row.blocks for row in document(given).sections if row.id == section]
    return found


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_the_headline_names_cost_now_cost_at_best_and_what_to_do() -> None:
    figures, listing = blocks("headline", results())
    assert isinstance(figures, Figures)
    assert isinstance(listing, Listing)
    assert [one.label for one in figures.figures][:3] == ["cost now", "cost at best", "token hit rate"]
    assert listing.ordered
    assert "saves ~$" in listing.items[0]


def test_a_result_without_anything_to_say_says_so() -> None:
    (source,) = only("fleet").of(FleetV1)
    bare = msgspec.structs.replace(source.result, runs=())
    (prose,) = blocks("headline", Results(version="0", sources={"fleet": (Source(path="a.json", result=bare),)}))
    assert isinstance(prose, Prose)


def test_savings_are_the_deltas_of_each_workload_s_best() -> None:
    (source,) = only("simulate").of(SimulateV1)
    found = savings(source.result)
    assert found
    assert [saving.amount for saving in found] == sorted((saving.amount for saving in found), reverse=True)
    for saving in found:
        assert saving.totals.delta is not None
        assert saving.amount == -Decimal(saving.totals.delta) > 0


def test_the_waterfall_goes_from_no_cache_to_a_perfect_one() -> None:
    (chart,) = blocks("costs", only("simulate"))
    assert isinstance(chart, Chart)
    assert chart.table is not None
    (source,) = only("simulate").of(SimulateV1)
    now, winner = recorded(source.result), best(source.result)
    assert now is not None
    assert now.totals is not None
    assert winner is not None
    steps = {row[0].text: row[1].rank for row in chart.table.rows}
    assert next(iter(steps)) == "no cache"
    assert list(steps)[-1] == "perfect cache"
    assert steps["no cache"] == float(now.totals.cost_no_cache or "nan")
    assert steps["as recorded"] == float(now.totals.cost or "nan")


def test_every_scenario_with_totals_is_a_row_and_every_other_says_why() -> None:
    (source,) = only("simulate").of(SimulateV1)
    found = blocks("scenarios", only("simulate"))
    (table,) = [block for block in found if isinstance(block, Table)]
    (refused,) = [block for block in found if isinstance(block, Listing)]
    names = {row.name for row in source.result.scenarios}
    shown = {row[0].removesuffix(" *") for row in texts(table)}
    assert shown | {item.partition(":")[0] for item in refused.items} == names
    assert [row[0] for row in texts(table) if row[0].endswith(" *")] == [
        f"{row.name} *" for row in source.result.scenarios if row.best
    ]


def test_misses_are_ordered_by_tokens() -> None:
    (chart,) = blocks("misses", only("simulate"))
    assert isinstance(chart, Chart)
    assert chart.table is not None
    ranks = [row[2].rank or 0 for row in chart.table.rows]
    assert ranks == sorted(ranks, reverse=True)
    assert chart.table.rows[0][0].text in chart.says


def test_a_prompt_is_drawn_from_its_first_token_to_its_last() -> None:
    (drawn,) = blocks("prefix-map", only("audit"))
    assert isinstance(drawn, PrefixMap)
    assert [scope for scope, _ in drawn.scopes] == ["static", "day", "request"], "only what is there, widest first"
    (bar,) = drawn.bars
    assert (bar.stretches[0].first, bar.stretches[-1].last) == (0.0, 1.0)
    assert [(notch.kind, notch.at) for notch in bar.notches] == [("mark", 0.5), ("minimum", 0.64), ("reuse", 0.495)]
    assert "first change at token 400 (system 1, date or time)" in bar.says
    assert texts(drawn.table)[1][1:] == ["system 1", "date or time", "changes daily", "400", "404"]


def test_an_audit_of_templates_says_why_no_prompt_is_drawn() -> None:
    (source,) = only("audit").of(AuditV1)
    bare = msgspec.structs.replace(source.result, maps=())
    (missing,) = blocks("prefix-map", Results(version="0", sources={"audit": (Source(path="a.json", result=bare),)}))
    assert isinstance(missing, Missing)
    assert "saw no prompts" in missing.why


def test_a_change_of_level_is_told_with_its_rates_and_marked_where_it_is() -> None:
    (chart,) = blocks("over-time", only("simulate"))
    assert isinstance(chart, Chart)
    assert chart.table is not None
    assert "all from 70.6% to 16.7% at 2025-11-19 00:00:00 UTC (p 0.0012)" in chart.says
    assert [row[5] for row in texts(chart.table) if row[5]] == ["from 70.6% to 16.7%"]
    assert len(chart.table.rows) == 5


def test_pauses_are_held_against_five_minutes_and_an_hour() -> None:
    (chart,) = blocks("pauses", only("simulate"))
    assert isinstance(chart, Chart)
    assert chart.table is not None
    assert "3 pauses, 66.7% within 5 minutes, 66.7% within an hour" in chart.says
    assert [row[1] for row in texts(chart.table)] == ["to 5 min", "to 1 h", "over 1 h"]


def test_a_result_without_times_says_why_there_is_no_curve() -> None:
    (source,) = only("simulate").of(SimulateV1)
    bare = msgspec.structs.replace(source.result, over_time=(), pauses=())
    given = Results(version="0.0.0", sources={"simulate": (Source(path="a.json", result=bare),)})
    for section in ("over-time", "pauses"):
        (missing,) = blocks(section, given)
        assert isinstance(missing, Missing)
        assert "no times" in missing.why


def test_runs_of_a_sweep_stand_below_their_curves() -> None:
    found = blocks("fleet", only("fleet"))
    charts = [block.title for block in found if isinstance(block, Chart)]
    assert charts == [
        "Token hit rate against replicas",
        "Capacity curve",
        "Time to first token against replicas",
    ]
    assert any(isinstance(block, Table) and block.id == "fleet-1" for block in found)


def test_every_point_of_a_what_if_is_a_row_and_the_cheapest_is_marked() -> None:
    found = blocks("whatif", only("whatif"))
    (source,) = only("whatif").of(WhatIfV1)
    (grid,) = [block for block in found if isinstance(block, Table) and block.id == "whatif-1"]
    assert len(grid.rows) == len(source.result.cells)
    costs = [row[grid.headings.index("cost")].rank for row in grid.rows]
    assert costs == sorted(costs, key=lambda cost: cost or 0)
    assert source.result.best is not None
    (marked,) = [row for row in texts(grid) if row[1].endswith(" *")]
    assert marked[1] == f"{source.result.best.boundary} *"
    assert [block.title for block in found if isinstance(block, Chart)] == [
        "The cheapest ways",
        "Saved against no caching, by fixed tokens of the prompt",
        "Token hit rate, by amount of traffic",
    ]
    (pays,) = [block for block in found if isinstance(block, Listing) and block.title.startswith("What pays")]
    assert any(item.startswith("gaps between uses: up to 5 min 5m pays") for item in pays.items)


def test_columns_of_a_what_if_that_do_not_vary_are_left_out() -> None:
    (source,) = only("whatif").of(WhatIfV1)
    same = [cell for cell in source.result.cells if (cell.prompt_tokens, cell.traffic) == (2000, 1.0)]
    bare = msgspec.structs.replace(source.result, cells=tuple(same), best=None)
    found = blocks("whatif", Results(version="0", sources={"whatif": (Source(path="a.json", result=bare),)}))
    (grid,) = [block for block in found if isinstance(block, Table) and block.id == "whatif-1"]
    assert {"fixed tokens", "traffic"}.isdisjoint(grid.headings)
    assert [block.title for block in found if isinstance(block, Chart)] == ["The cheapest ways"]


def test_a_what_if_without_prices_says_so_and_keeps_its_rows() -> None:
    (source,) = only("whatif").of(WhatIfV1)
    cells = tuple(
        msgspec.structs.replace(cell, cost=None, saving=None, cost_per_request=None, cost_a_month=None)
        for cell in source.result.cells
    )
    bare = msgspec.structs.replace(source.result, cells=cells, best=None, at_best=None)
    found = blocks("whatif", Results(version="0", sources={"whatif": (Source(path="a.json", result=bare),)}))
    assert any(isinstance(block, Missing) and "no cost" in block.why for block in found)
    assert not any(isinstance(block, Chart) for block in found)


def test_layers_take_requests_and_cost_off_what_those_before_leave() -> None:
    found = blocks("layers", only("layers"))
    requests, costs, curve = [block for block in found if isinstance(block, Chart)]
    (source,) = only("layers").of(LayersV1)
    stack = source.result
    exact, semantic, prompt = stack.layers
    behind = stack.requests - exact.requests_served
    assert (
        f"all requests: {stack.requests}; behind exact: {behind}; behind semantic: {stack.reach_model}" in requests.says
    )
    left = [row["to"] for row in costs.spec["data"]["values"] if row["part"] == "left"]
    assert left[0] == float(stack.cost_without or "nan")
    assert left[-1] == pytest.approx(float(stack.cost_with or "nan"))
    assert left[0] - left[1] == pytest.approx(float(exact.saved or "nan"))
    assert semantic.safety is not None
    assert prompt.token_hit_rate is not None
    assert curve.table is not None
    assert len(curve.table.rows) == len(stack.semantic.curve if stack.semantic is not None else ())
    (chosen,) = [row for row in texts(curve.table) if row[0].endswith(" *")]
    assert chosen[:6] == ["0.95 *", "12", "12", "0", "100.0%", "75.8% to 100.0%"]
    prose = found[0]
    assert isinstance(prose, Prose)
    assert any(line.startswith("Do not build a semantic cache") for line in prose.lines)


def test_a_stack_within_a_simulation_or_a_sweep_has_the_same_section() -> None:
    (alone,) = only("layers").of(LayersV1)
    stack = msgspec.convert(alone.result, StackV1, from_attributes=True)
    expected = texts_of(blocks("layers", only("layers")))
    for kind, shape in (("simulate", SimulateV1), ("fleet", FleetV1)):
        (source,) = only(kind).of(shape)
        held = msgspec.structs.replace(source.result, stack=stack)
        given = Results(version="0", sources={kind: (Source(path="layers.json", result=held),)})
        assert texts_of(blocks("layers", given)) == expected


def texts_of(found: tuple[Block, ...]) -> list[list[list[str]]]:
    return [texts(block) for block in found if isinstance(block, Table)]


def test_a_layer_that_was_left_out_says_why() -> None:
    (source,) = only("layers").of(LayersV1)
    layers = tuple(msgspec.structs.replace(row, left_out="no answers", hint="log them") for row in source.result.layers)
    bare = msgspec.structs.replace(source.result, layers=layers, semantic=None, cost_without=None)
    found = blocks("layers", Results(version="0", sources={"layers": (Source(path="a.json", result=bare),)}))
    (listing,) = [block for block in found if isinstance(block, Listing) and block.title == "Layers that were left out"]
    assert listing.items[0] == "exact: left out: no answers (log them)"
    assert not any(isinstance(block, Chart) for block in found)


def test_workloads_stand_against_both_thresholds_as_recorded() -> None:
    found = blocks("metrics", only("metrics"))
    against, rates, costs = [block for block in found if isinstance(block, Chart)]
    assert "40.0% red line" in against.says
    assert "rose from 3.3% to 57.4% at 2026-11-11 15:05:00 UTC" in rates.says
    (table,) = [block for block in found if isinstance(block, Table) and block.id == "metrics-workloads-1"]
    assert [row[1] for row in texts(table)] == [
        *["below red line"] * 3,
        "below target",
        "on target",
    ]
    (source,) = only("metrics").of(MetricsV1)
    drawn = sum(row["cost"] for row in costs.spec["data"]["values"])
    assert drawn == pytest.approx(float(source.result.total.cost or "nan")), "joined spans keep the sum"
    assert len(costs.spec["data"]["values"]) <= 49


def test_usage_without_times_or_reads_says_so() -> None:
    (source,) = only("metrics").of(MetricsV1)
    total = msgspec.structs.replace(source.result.total, token_hit_rate=None, cost=None)
    bare = msgspec.structs.replace(source.result, total=total, timeline=None, workloads=(), days=())
    given = Results(version="0", sources={"metrics": (Source(path="a.json", result=bare),)})
    assert any(isinstance(block, Missing) and "no times" in block.why for block in blocks("metrics", given))
    (figures,) = blocks("headline", given)
    assert isinstance(figures, Figures)
    assert [one.text for one in figures.figures] == ["not reported", "unknown"]


def test_the_headline_has_a_figure_of_every_kind() -> None:
    figures, _ = blocks("headline", results())
    assert isinstance(figures, Figures)
    shown = {one.label: one.text for one in figures.figures}
    assert shown["recorded token hit rate"] == "54.3%"
    assert shown["reach the model"] == "201"
    assert shown["semantic cache"] == "do not build"
    assert "cheapest a day" in shown


def test_rules_and_prices_of_all_results_stand_together_once() -> None:
    (table,) = [block for block in blocks("basis", results()) if isinstance(block, Table) and block.id == "facts"]
    rows = texts(table)
    assert len(rows) == len({tuple(row) for row in rows})
    assert any(row[1].startswith("claude-sonnet-4-6") for row in rows)


def test_a_broken_result_is_told_in_its_section_and_among_what_was_not_used() -> None:
    assert Missing(why="old.json is too old", how="make it anew") in blocks("fleet", results())
    (listing,) = [
        block for block in blocks("basis", results()) if isinstance(block, Listing) and block.title == "Not used"
    ]
    assert listing.items == ("old.json is too old. Next: make it anew.",)


def test_markdown_is_inert_and_has_every_section() -> None:
    text = ReportMarkdown().render(results(), ReportOptions())
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [
        row.title for row in document(results()).sections
    ]
    assert "<img" not in text
    assert HOSTILE not in text
    assert text.endswith("\n")
