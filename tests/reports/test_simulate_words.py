"""Sentences that text and Markdown share: when a workload is flagged, and what is said beside figures."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from cachelens.model.result import MissCause, MissCount, ScenarioResult, SimulateResult, SkipCount, Status, Totals
from cachelens.reports import simulate_basis as basis
from cachelens.reports import simulate_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.simulate_markdown import SimulateMarkdown
from cachelens.reports.simulate_text import SimulateText
from tests.reports.sample import sample, scenario, totals

BOTH = pytest.mark.parametrize("report", [SimulateText(), SimulateMarkdown()], ids=lambda report: report.id)
REPORT = SimulateText | SimulateMarkdown


def flag(**changes: object) -> str:
    return words.workload_flag(totals(**{"token_hit_rate": 0.1, **changes}), ReportOptions())


def test_a_low_rate_is_flagged() -> None:
    assert flag() == "below the 40% red line"
    assert flag(token_hit_rate=0.5) == "below the 70% target"
    assert flag(token_hit_rate=0.7) == flag(token_hit_rate=None) == ""


def test_a_handful_of_requests_is_not_flagged() -> None:
    assert flag(requests=9) == ""
    assert flag(requests=10) == "below the 40% red line"


def test_what_could_never_have_been_read_is_not_flagged() -> None:
    assert flag(cost_perfect=Decimal("1.50"), cost_no_cache=Decimal("1.5")) == ""
    assert flag(cost_perfect=Decimal("1.49"), cost_no_cache=Decimal("1.5")) == "below the 40% red line"
    assert flag(cost_perfect=None, cost_no_cache=None) == "below the 40% red line"


def rendered(report: REPORT, result: SimulateResult, **options: object) -> str:
    return " ".join(report.render(result, msgspec.convert(options, ReportOptions)).split())


def only(*scenarios: ScenarioResult, **changes: object) -> SimulateResult:
    return msgspec.structs.replace(sample(), scenarios=scenarios, **changes)


@BOTH
def test_a_scenario_that_covers_less_says_so(report: REPORT) -> None:
    part = scenario("part", total=totals(requests=126, cost=Decimal(1), delta=None, delta_share=None))
    text = rendered(report, only(scenario("as-recorded", total=totals()), part))
    assert text.count("126 of 1,240 requests") == 1


def test_a_scenario_that_covers_more_says_so() -> None:
    recorded, more = scenario("as-recorded", total=totals(requests=9)), scenario("m", total=totals())
    assert words.scenario_remarks(more, only(recorded, more)) == ["1,240 of 1,240 requests"]
    assert words.scenario_remarks(recorded, only(recorded, more)) == []


@BOTH
def test_rent_is_told_where_it_is_paid(report: REPORT) -> None:
    rented = scenario("system-only", total=totals(cost=Decimal(7), storage_cost=Decimal("0.085815")))
    text = rendered(report, only(scenario("as-recorded", total=totals()), rented)).replace("\\~", "~")
    assert text.count("rent ~$0.08582 within") == 1


@BOTH
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"days": 0.4}, "the log spans less than a day"),
        ({"days": None, "first_us": None}, "the log has no usable times"),
        ({"days": None}, "the log holds one moment only"),
    ],
)
def test_a_month_that_is_unknown_says_why(report: REPORT, changes: dict[str, object], why: str) -> None:
    result = only(scenario("as-recorded", total=totals(cost_per_month=None)), **changes)
    text = rendered(report, result)
    assert text.count(why) == 1
    assert text.count("per month") == 1


def test_a_cost_that_is_unknown_has_no_month_for_that_reason() -> None:
    assert words.no_month(sample(), totals(cost=None, cost_per_month=None)) == "the cost is unknown"
    assert words.no_month(sample(), totals()) == ""


@BOTH
def test_detail_says_what_a_perfect_cache_is(report: REPORT) -> None:
    assert "a lower bound, not a plan" not in rendered(report, sample())
    assert "a lower bound, not a plan" in rendered(report, sample(), detail=True)


@BOTH
def test_a_reason_stands_once_and_names_a_few_scenarios(report: REPORT) -> None:
    names = [f"{number}h" for number in range(6)]
    known: list[tuple[Status, Totals | None]] = [
        (Status.OK, totals()),
        (Status.PREVIEW, totals()),
        (Status.IMPOSSIBLE, None),
    ]
    for status, total in known:
        rows = [scenario(name, status=status, reasons=("not sold", "half done"), total=total) for name in names]
        text = rendered(report, only(*rows)).replace("`", "")
        assert text.count("not sold") == text.count("half done") == 1
        assert "0h, 1h, 2h and 3 more: " in text
        assert "5h: " in rendered(report, only(*rows), detail=True).replace("`", "")


def test_a_note_stands_for_reasons_that_were_not_kept_apart() -> None:
    row = scenario("x", status=Status.PREVIEW, note="a; b", total=totals())
    assert "x: a; b" in rendered(SimulateText(), only(row))


def test_a_divergence_says_what_it_is() -> None:
    miss = MissCount(cause=MissCause.DIVERGED, requests=3, tokens=9, segments=((1, 2), (4, 1)), kinds=("system", ""))
    assert words.divergence(miss) == "first different segment: #1 (system) in 2 requests, #4 in 1"
    bare = msgspec.structs.replace(miss, kinds=())
    assert words.divergence(bare) == "first different segment: #1 in 2 requests, #4 in 1"


def test_a_skip_without_a_line_names_none() -> None:
    row = SkipCount(path="a.png", reason="not a log", lines=1, first_line=0, benign=True)
    assert basis.skip(row).text == "a.png: 1 line passed over: not a log"


@pytest.mark.parametrize(
    ("recorded", "replayed", "said"),
    [(0.371, 0.942, "recorded hit rate 37.1%"), (0.30, 0.34, ""), (None, 0.9, ""), (0.9, None, "")],
)
def test_a_replay_far_from_the_record_says_so(recorded: float | None, replayed: float | None, said: str) -> None:
    found = totals(recorded_hit_rate=recorded, token_hit_rate=replayed)
    assert words.recorded_rate(found, sample()) == said


@BOTH
def test_many_groups_of_the_validation_are_counted_but_for_those_with_nothing_compared(report: REPORT) -> None:
    first = sample().validation[0]
    rows = [msgspec.structs.replace(first, group=f"model-{number}", requests=20 - number) for number in range(12)]
    rows.append(msgspec.structs.replace(first, group="model-outside", requests=0))
    result = msgspec.structs.replace(sample(), validation=(first, *rows))
    short = report.render(result, ReportOptions())
    assert "model-7" in short
    assert "model-8" not in short
    assert "and 4 more" in short
    every = report.render(result, ReportOptions(detail=True))
    assert "model-11" in every
    assert "model-outside" not in every
