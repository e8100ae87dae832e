"""What to do: plain words, one line a workload, only where money is saved."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from cachelens.model.result import (
    Evidence,
    HoldoutFact,
    MarkChoice,
    MoveFact,
    ScenarioResult,
    SimulateResult,
    Status,
    WorkloadTotals,
)
from cachelens.reports import simulate_advice as advice
from cachelens.reports.base import ReportOptions
from cachelens.reports.simulate_markdown import SimulateMarkdown
from cachelens.reports.simulate_text import SimulateText
from tests.reports.sample import sample, scenario, totals, workload


def row(name: str, cost: str, before: str = "", month: str | None = None, **changes: object) -> WorkloadTotals:
    delta = Decimal(cost) - Decimal(before) if before else None
    share = float(delta / Decimal(before)) if delta is not None else None
    figures = {"cost": Decimal(cost), "delta": delta, "delta_share": share, "evidence": Evidence.RECORDED}
    return workload(name, **{**figures, "cost_per_month": Decimal(month) if month else None, **changes})


def result(*others: ScenarioResult, month: str | None = None) -> SimulateResult:
    recorded = scenario("as-recorded", total=totals(), workloads=(row("a", "10", month=month), row("b", "10")))
    return msgspec.structs.replace(sample(), scenarios=(recorded, *others))


def lines(found: SimulateResult) -> list[str]:
    return [advice.sentence(saving, found).text for saving in advice.savings(found)]


def one(**changes: object) -> list[str]:
    """The advice where only `a` can save, in a scenario with these parts."""
    return lines(result(scenario("x", total=totals(), workloads=(row("a", "4", "10"),), **changes)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"boundary": "system-only"}, "mark tools and system only"),
        ({"boundary": "full-context", "ttl": "1h"}, "mark the system prompt and the end of every request, keep entr"),
        ({"boundary": "none", "ttl": "default"}, "turn caching off"),
        ({"ttl": "1h"}, "keep entries for 1h"),
        ({"ttl": "default (5m)", "layout": "static-first"}, "layout static-first"),
        ({"boundary": "optimal"}, "place the marks anew"),
        ({"provider": "bedrock"}, "at bedrock"),
    ],
)
def test_a_scenario_is_told_in_plain_words(changes: dict[str, object], words: str) -> None:
    (line,) = one(**changes)
    assert line.startswith(f"a: {words}")
    assert "saves $6.00 (-60.0%)" in line


def test_a_lifetime_that_was_refused_is_not_recommended() -> None:
    kept = msgspec.structs.replace(row("a", "4", "10"), ttl_refused=True)
    found = result(scenario("x", boundary="system-only", ttl="1h", total=totals(), workloads=(kept,)))
    assert lines(found) == ["a: mark tools and system only: saves $6.00 (-60.0%)"]


def test_caveats_are_said() -> None:
    (line,) = one(model="mini")
    assert line.endswith("use mini: saves $6.00 (-60.0%); answers are not compared")
    guess = scenario("x", ttl="1h", total=totals(), workloads=(row("a", "4", "10", evidence=Evidence.FITTED),))
    assert lines(result(guess)) == ["a: keep entries for 1h: saves ~$6.00 (~-60.0%); estimate"]
    recorded = scenario("as-recorded", status=Status.PREVIEW, total=totals(), workloads=(row("a", "10"),))
    preview = scenario("x", status=Status.PREVIEW, ttl="1h", total=totals(), workloads=(row("a", "4", "10"),))
    found = msgspec.structs.replace(sample(), scenarios=(recorded, preview))
    assert lines(found) == ["a: keep entries for 1h: saves $6.00 (-60.0%); replayed in part"]


def test_a_month_is_told_where_the_log_is_long_enough() -> None:
    better = scenario("x", ttl="1h", total=totals(), workloads=(row("a", "4", "10", month="12"),))
    assert lines(result(better, month="30")) == ["a: keep entries for 1h: saves $6.00 (-60.0%), $18.00 a month"]


def test_the_largest_saving_comes_first() -> None:
    better = scenario("x", ttl="1h", total=totals(), workloads=(row("a", "9", "10"), row("b", "2", "10")))
    assert [line[0] for line in lines(result(better))] == ["b", "a"]


def test_nothing_is_said_where_nothing_is_saved() -> None:
    worse = scenario("x", ttl="1h", total=totals(), workloads=(row("a", "11", "10"), row("b", "10", "10")))
    assert lines(result(worse)) == []
    for report in (SimulateText(), SimulateMarkdown()):
        assert advice.HEADING not in report.render(result(worse), ReportOptions())


def test_more_savings_than_asked_for_are_counted() -> None:
    better = scenario("x", ttl="1h", total=totals(), workloads=(row("a", "9", "10"), row("b", "2", "10")))
    for report in (SimulateText(), SimulateMarkdown()):
        text = report.render(result(better), ReportOptions(top_workloads=1))
        assert "and 1 more workload that can save" in text


MOVE = MoveFact(
    layout="extract-volatile",
    workload="a",
    place="system 1 value 1",
    what="clock near token 12, changes with each request",
    to="the end of the request",
    warning="Check the answers.",
)


def steps(*, marks: tuple[MarkChoice, ...] = (), boundary: str = "optimal", layout: str = "as-recorded") -> list[str]:
    better = scenario(
        "x", total=totals(), workloads=(row("a", "4", "10"),), boundary=boundary, layout=layout, marks=marks
    )
    held = HoldoutFact(scenario="x", workload="a", recorded=Decimal(8), fitted=Decimal(6))
    found = msgspec.structs.replace(result(better), moves=(MOVE,), holdouts=(held,))
    (saving,) = advice.savings(found)
    return advice.steps(saving, found)


def mark(
    where: str,
    ttl: str,
    *,
    workload: str = "a",
    position: str = "system",
    fields: tuple[str, ...] = ("marks", "ttl"),
) -> MarkChoice:
    return MarkChoice(workload=workload, position=position, where=where, ttl=ttl, fields=fields)


CHECKED = "checked: chosen on the earlier half of the requests, such marks change the later half's input cost by -25.0%"


def test_the_marks_of_the_workload_are_told_with_their_lifetimes_and_their_check() -> None:
    marks = mark("behind the tools", "1h"), mark("at the end", "default"), mark("elsewhere", "5m", workload="b")
    assert steps(marks=marks) == ["mark behind the tools (1h), at the end; request fields: marks, ttl", CHECKED]


def test_a_provider_that_takes_no_marks_is_not_asked_for_any() -> None:
    whole = mark("at the end of the prompt", "24h", position="end", fields=())
    assert steps(marks=(whole,)) == ["nothing to mark: the provider looks at the whole prompt by itself", CHECKED]


def test_no_marks_and_the_recorded_ones_are_told_as_such() -> None:
    assert steps() == ["no marks: caching costs more than it saves", CHECKED]
    recorded = mark("where they are", "default", position="as-recorded")
    assert steps(marks=(recorded,)) == ["leave the marks where they are", CHECKED]


def test_moves_are_told_where_their_layout_is_the_best_and_each_warning_once() -> None:
    assert steps(boundary="as-recorded", layout="extract-volatile")[:2] == [
        "move system 1 value 1 (clock near token 12, changes with each request) to the end of the request",
        "mind: Check the answers.",
    ]
    assert steps(boundary="as-recorded", layout="static-first") == [CHECKED]
