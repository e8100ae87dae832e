"""The terminal report: what a platform engineer sees, at every width."""

from __future__ import annotations

import re
import time
from decimal import Decimal

import msgspec
import pytest
from rich.cells import cell_len

from cachelens.model.result import Evidence, SimulateResult, SkipCount, Status
from cachelens.reports.base import ReportOptions
from cachelens.reports.simulate_text import SimulateText
from tests.reports.sample import sample, scenario, totals, workload
from tests.reports.snapshots import check


def render(result: SimulateResult | None = None, **options: object) -> str:
    return SimulateText().render(result or sample(), msgspec.convert(options, ReportOptions))


def empty() -> SimulateResult:
    return msgspec.structs.replace(
        sample(),
        inputs=(),
        skips=(),
        requests=0,
        sessions=0,
        workloads=0,
        first_us=None,
        last_us=None,
        days=None,
        bases=(),
        scenarios=(),
        validation=(),
        facts=(),
        notes=(),
    )


def exact(result: SimulateResult) -> SimulateResult:
    bases = tuple(msgspec.structs.replace(basis, evidence=Evidence.EXACT) for basis in result.bases)
    return msgspec.structs.replace(result, bases=bases)


@pytest.mark.parametrize("width", [80, 120])
def test_screen_is_as_reviewed(width: int) -> None:
    check(f"simulate-{width}.txt", render(width=width, top_workloads=20))


def test_detail_lists_every_fact_and_skipped_line() -> None:
    text = " ".join(render(width=120, detail=True).split())
    assert "price anthropic/claude-opus-5: from 2026-02-05, checked 2026-11-22" in text
    assert "unit length inferred from two measurements" in text
    assert "24 lines passed over from line 40: failed call" in text


@pytest.mark.parametrize("width", [1, 7, 20, 33, 40, 60, 79, 80, 81, 100, 119, 120, 200])
def test_no_line_is_longer_than_the_width_or_120(width: int) -> None:
    for detail in (False, True):
        lines = render(width=width, detail=detail, top_workloads=20).splitlines()
        assert max(map(cell_len, lines)) <= min(width, 120)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_wide_characters_keep_the_width(width: int) -> None:
    rows = (workload("顧客サポート" * 12, cost=Decimal(9)), workload("🧪" * 70, cost=Decimal(8)))
    result = msgspec.structs.replace(sample(), scenarios=(scenario("as-recorded", total=totals(), workloads=rows),))
    assert max(map(cell_len, render(result, width=width).splitlines())) <= width


def test_huge_amounts_are_shown_whole_at_80_columns() -> None:
    huge = totals(
        cost=Decimal("1234567890123.45"),
        delta=Decimal("-9876543210987.65"),
        cost_per_month=Decimal("5555555555555.55"),
        input_tokens=10**17,
    )
    result = msgspec.structs.replace(
        sample(), scenarios=(scenario("as-recorded", total=totals()), scenario("other", total=huge))
    )
    text = render(result, width=80)
    for amount in ("$1,234,567,890,123.45", "-$9,876,543,210,987.65", "$5,555,555,555,555.55"):
        assert amount in text
    assert max(map(cell_len, text.splitlines())) <= 80


def test_a_million_a_month_still_gets_columns_at_80() -> None:
    large = totals(
        cost=Decimal("1234567.89"),
        delta=Decimal("-987654.32"),
        delta_share=-0.4444,
        cost_per_month=Decimal("5367660.12"),
    )
    result = msgspec.structs.replace(
        sample(), scenarios=(scenario("as-recorded", total=totals()), scenario("system-only/1h", total=large))
    )
    lines = render(result, width=80).splitlines()
    row = next(line for line in lines if line.startswith("system-only/1h"))
    assert row.split()[1:] == ["~34.7%", "~67.4%", "~$1,234,567.89", "~-$987,654.32", "~-44.4%"]
    assert "per month ~$5,367,660.12" in " ".join(" ".join(lines).split())


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("color", [False, True])
def test_no_line_ends_in_a_blank(width: int, color: bool) -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", render(width=width, color=color))
    assert not [line for line in plain.split("\n") if line != line.rstrip()]
    assert plain.endswith("\n")


def test_colour_changes_no_word() -> None:
    coloured = render(width=80, color=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(width=80)


def test_names_from_the_log_cannot_steer_the_terminal() -> None:
    text = render(width=120, top_workloads=20, detail=True)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert r"\x1b[2J\x1b]0;owned\x07clear" in text
    assert "[red]x[/red]" in text


def test_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(width=80), render(width=80, color=True)
    settings = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "33", "FORCE_COLOR": "1", "TZ": "Asia/Tokyo"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert (render(width=80), render(width=80, color=True)) == before


def test_order_of_reading() -> None:
    text = render(width=80)
    marks = ("1,240 requests", "Validation on", "outside the log", "\nScenario", "* best:", "\nWorkload")
    later = ("\nWhat to do", "\nMisses, as-recorded", "\nCost ", "How it was counted", "Next:")
    places = [text.index(mark) for mark in (*marks, *later)]
    assert places == sorted(places)


def test_recorded_comes_first_then_the_cheapest() -> None:
    table = render(width=120).split("\nScenario")[1].split("* best")[0]
    names = ["as-recorded  ", "static-first/system-only/1h, static-first/tools-and-system/1h *", "as-recorded/none"]
    names += ["\nas deepseek-v4 at deepseek\nas-recorded ^", "\nas gemini-3-pro at google\n", "tools-and-system/1h !"]
    names += ["\nas house-model\nunpriced-model", "\nat google\nsystem-only  "]
    places = [table.index(name) for name in names]
    assert places == sorted(places)


def test_best_is_the_cheapest_replayed_in_full_not_a_bound() -> None:
    text = render(width=120)
    assert text.count(" *") == text.count("/tools-and-system/1h *") + text.count("  * best") == 2
    assert "as-recorded/deepseek-v4: lifetime of a unit is not published" in text
    assert "impossible: system-only/12h: the provider sells no cache lifetime of 12 hours" in text


def test_scenarios_with_the_same_reason_share_a_line() -> None:
    refused = [scenario(name, status=Status.IMPOSSIBLE, note="not sold", total=None) for name in ("b/12h", "a/12h")]
    text = render(msgspec.structs.replace(sample(), scenarios=tuple(refused)), width=80)
    assert "  impossible: a/12h, b/12h: not sold\n" in text


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (0.0, "0 ms"),
        (0.000012, "1.0 s"),
        (0.0005, "43 s"),
        (0.000694, "60 s"),
        (0.001, "86 s"),
        (0.04, "57.6 minutes"),
        (0.25, "6.0 hours"),
        (1.0, "24.0 hours"),
        (6.9007, "6.9 days"),
        (1234.5, "1,234.5 days"),
    ],
)
def test_span_is_readable(days: float, shown: str) -> None:
    text = render(msgspec.structs.replace(sample(), days=days), width=120)
    assert f" {shown}, " in text.splitlines()[0]


def test_a_single_moment_is_not_an_unknown_span() -> None:
    result = msgspec.structs.replace(sample(), days=None, last_us=sample().first_us)
    assert " all at one moment, " in render(result, width=120).splitlines()[0]


def test_a_trace_with_its_own_zero_shows_no_dates() -> None:
    text = render(msgspec.structs.replace(sample(), first_us=0, last_us=10**12), width=80)
    assert "1970" not in text
    far = render(msgspec.structs.replace(sample(), last_us=10**30), width=80)
    assert "from 20" not in far


def test_many_skip_reasons_are_counted() -> None:
    skips = tuple(
        SkipCount(path="a.jsonl", reason=f"reason {index}", lines=1, first_line=index + 1) for index in range(9)
    )
    text = render(msgspec.structs.replace(sample(), skips=skips), width=80)
    assert "9 lines skipped" in text
    assert "reason 2" in text
    assert "reason 3" not in text
    assert "and 6 more reasons for skipped lines" in text


def test_best_with_another_model_names_the_best_with_the_same() -> None:
    other = scenario("as-recorded/mini", model="mini", total=totals(cost=Decimal(3)))
    result = sample()
    result = msgspec.structs.replace(result, scenarios=(*result.scenarios, other))
    text = " ".join(render(result, width=120).split())
    assert "as mini as-recorded *" in text
    assert "best with the recorded one: static-first/system-only/1h" in text


def test_unknown_is_a_word_never_zero() -> None:
    line = next(line for line in render(width=120, top_workloads=20).splitlines() if "no-usage" in line)
    assert line.split() == ["no-usage-logged", "9", "2", "4.33k", *["unknown"] * 4, "none"]


def test_only_estimated_figures_carry_the_sign() -> None:
    assert "~$1,234.56" in render(width=80)
    body = render(exact(sample()), width=80)
    assert "~" not in body
    assert "$1,234.56" in body


def test_evidence_of_the_totals_outranks_the_bases() -> None:
    recorded = scenario("as-recorded", total=totals(evidence=Evidence.EXACT))
    text = render(msgspec.structs.replace(sample(), scenarios=(recorded,)), width=120)
    row = next(line for line in text.splitlines() if line.startswith("as-recorded"))
    assert "~" not in row


def test_the_four_kinds_of_evidence_never_look_alike() -> None:
    text = " ".join(render(width=120).split())
    for sign in (
        "[~ fitted] claude-opus-5",
        "[exact] gpt-5.6",
        "[~ estimated] deepseek-v4",
        "[recorded] kimi",
    ):
        assert text.count(sign) == 1


def test_flags_follow_the_thresholds() -> None:
    text = render(width=80)
    assert "below the 40% red line, best: static-first/system-only/1h, requests 900" in text
    assert "below the 70% target, best: system-only/google, requests 331" in text
    easy = render(width=80, red_line=0.1, target=0.2)
    assert "requests 900" in easy
    assert "below the 20% target" not in easy.split("nightly-batch")[0]


def test_a_rate_on_the_line_is_not_below_it() -> None:
    rows = (workload("at-red", token_hit_rate=0.4), workload("at-target", token_hit_rate=0.7))
    result = msgspec.structs.replace(sample(), scenarios=(scenario("as-recorded", total=totals(), workloads=rows),))
    text = render(result, width=80)
    assert "red line" not in text
    assert text.count("below the 70% target") == 1


def test_hit_rates_always_say_of_what() -> None:
    for name in ("token", "request"):
        assert f"{name} hit rate" in render(width=40).replace("\n      ", " ")
    headings = [line for line in render(width=120).splitlines() if "hit rate hit rate" in line]
    assert len(headings) == 2


def test_without_validation_it_says_so_early() -> None:
    text = render(msgspec.structs.replace(sample(), validation=()), width=80)
    assert text.splitlines()[2].startswith("Not validated: no request shows both its prompt")


def test_nothing_to_show_still_makes_a_report() -> None:
    text = render(empty(), width=80)
    assert text.startswith("0 requests, 0 sessions, 0 workloads, span unknown, 0 files, 0 lines skipped\n")
    assert "$" not in text


def test_unknown_everywhere_prints_no_number_of_its_own() -> None:
    nothing = totals(
        plain_tokens=None,
        read_tokens=None,
        write_tokens={},
        output_tokens=None,
        token_hit_rate=None,
        request_hit_rate=None,
        unread_write_share=None,
        cost=None,
        cost_no_cache=None,
        cost_perfect=None,
        delta=None,
        delta_share=None,
        cost_per_month=None,
        cost_per_session=None,
    )
    scenarios = tuple(
        scenario(name, total=nothing, workloads=(workload("a", cost=None, token_hit_rate=None),))
        for name in ("as-recorded", "other")
    )
    text = render(msgspec.structs.replace(sample(), validation=(), scenarios=scenarios), width=120)
    row = next(line for line in text.splitlines() if line.startswith("other"))
    assert row.split() == ["other", *["unknown"] * 5, "-", *["unknown"] * 3]
    assert "$0" not in text
    assert "* best" not in text


def test_storage_rent_is_shown_where_it_is_paid() -> None:
    assert "storage rent" not in render(width=80)
    rented = scenario("as-recorded", total=totals(storage_cost=Decimal("12.5")))
    text = render(msgspec.structs.replace(sample(), scenarios=(rented,)), width=80)
    assert next(line for line in text.splitlines() if "storage rent" in line).split()[-1] == "~$12.50"


def test_no_recorded_scenario_shows_only_the_others() -> None:
    others = tuple(row for row in sample().scenarios if row.name != "as-recorded")
    text = render(msgspec.structs.replace(sample(), scenarios=others), width=80)
    assert "static-first/tools-and-system/1h *" in text
    assert "Misses" not in text
    assert "\nWorkload" not in text


def test_validation_without_a_row_for_all_uses_the_first() -> None:
    rows = sample().validation[1:]
    text = render(msgspec.structs.replace(sample(), validation=rows), width=80)
    assert "Validation on 9 requests" in text
    assert "outside the log" not in text


def test_everything_impossible_gives_reasons() -> None:
    only = tuple(row for row in sample().scenarios if row.total is None)
    text = render(msgspec.structs.replace(empty(), scenarios=only), width=80)
    assert "impossible: system-only/12h: the provider sells no cache lifetime of 12 hours" in text
    assert "* best" not in text


def test_a_thousand_workloads_are_counted_not_listed_within_a_second() -> None:
    rows = tuple(workload(f"w-{index:04}", cost=Decimal(index)) for index in range(1000))
    scenarios = tuple(scenario(name, total=totals(), workloads=rows) for name in ("as-recorded", "b", "c"))
    result = msgspec.structs.replace(sample(), scenarios=scenarios)
    start = time.perf_counter()
    text = render(result, width=80)
    assert time.perf_counter() - start < 1
    assert "and 995 more workloads; `--format csv` lists all" in text
    assert "w-0999" in text
    assert "w-0994" not in text


def test_same_result_same_bytes() -> None:
    assert render(width=80, color=True) == render(sample(), width=80, color=True)
