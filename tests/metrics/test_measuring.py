"""What `metrics` counts, against sums by hand, against a simulation of the same log, and at its limits."""

import json
import math
import tempfile
from decimal import Decimal
from pathlib import Path
from random import Random  # noqa: TID251 - a type; Hypothesis hands out a seeded one
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelens.app import metrics
from cachelens.errors import InputError, PricingError, StrictError, UsageError
from cachelens.metrics import collecting, reading, seen, sessions, timelines
from cachelens.model.metrics import MetricsChoices, Thresholds, Verdict
from cachelens.model.record import Skip
from cachelens.sources.reading import ReadOptions
from tests.metrics.usage_log import START, call, measured, write

WEEK = "fixtures/logs/week.jsonl"


def test_rates_and_cost_by_hand(tmp_path: Path) -> None:
    """Sonnet 5 from 2026-10-05 on: input 3, output 15, read 0.30, write 3.75 dollars for a million tokens."""
    result = measured(tmp_path, [call(0, plain=100, written=900), call(60, plain=100, read=900), call(61, plain=500)])
    total = result.total
    assert (total.input_tokens, total.read_tokens, total.written_tokens) == (2500, 900, 900)
    assert (total.token_hit_rate, total.request_hit_rate) == (900 / 2500, 1 / 3)
    per_million = 700 * _price("input") + 900 * _price("read") + 900 * _price("write_5m") + 30 * _price("output")
    assert total.cost == per_million / 1_000_000


def _price(unit: str) -> Decimal:
    from cachelens.providers.loading import load_pricing

    row = load_pricing().resolve("claude-sonnet-5").price_at(START * 1_000_000)
    price = getattr(row.units, unit)
    assert isinstance(price, Decimal)
    return price


def test_the_bill_is_what_a_slow_model_in_decimals_makes_of_every_record() -> None:
    from cachelens.model.usage import WRITE_TTLS
    from cachelens.providers.loading import load_pricing
    from cachelens.sources.reading import discover, read_shard, shards

    book, cost, read = load_pricing(), Decimal(0), 0
    known: set[str] = set()
    for opened in discover([WEEK]):
        for record in read_shard(shards(opened)[0], ReadOptions()):
            if isinstance(record, Skip) or record.usage is None or record.request_id in known:
                continue
            usage = record.usage
            assert usage.cache_read is not None
            assert usage.output is not None
            known.add(record.request_id)
            facts = book.resolve(record.model, provider=record.provider, platform=record.platform)
            profile = facts.explicit_profile if any(usage.writes) else facts.profile
            row = facts.price_at(record.arrived_us, profile=profile)
            tier = sum(start <= usage.input_tokens for start, _ in row.tier_starts)
            rates = row.rates_in(tier, row.accepts(record.modifiers)[0])
            cost += usage.uncached_input * rates.input + usage.cache_read * rates.read + usage.output * rates.output
            cost += sum(n * rates.write_rate(ttl) for ttl, n in zip(WRITE_TTLS, usage.writes, strict=True) if n)
            read += usage.cache_read
    total = metrics([WEEK]).total
    assert (total.cost, total.read_tokens) == (cost / 1_000_000, read)


def test_counters_that_are_missing_are_not_zero(tmp_path: Path) -> None:
    result = measured(tmp_path, [call(0, read=None), call(1, read=None)])
    assert (result.total.token_hit_rate, result.total.request_hit_rate, result.total.read_tokens) == (None, None, None)
    assert result.total.written_tokens is None
    assert result.verdict is Verdict.NOT_REPORTED
    assert result.total.cost_at_most
    assert [note.code for note in result.notes] == ["silent-requests", "cost-at-most"]


def test_requests_that_say_nothing_are_in_no_rate(tmp_path: Path) -> None:
    total = measured(tmp_path, [call(0, read=300), call(1, read=None, plain=600)]).total
    assert (total.token_hit_rate, total.request_hit_rate, total.read_share) == (0.75, 1.0, 0.3)
    assert total.silent_requests == 1


def test_times_to_first_token_are_told_apart_by_hit_and_miss(tmp_path: Path) -> None:
    rows = [call(i, read=900 if i < 10 else 0, ttft_ms=200 if i < 10 else 1000 + i) for i in range(30)]
    total = measured(tmp_path, rows).total
    assert total.ttft_hits is not None
    assert total.ttft_misses is not None
    assert (total.ttft_hits.count, total.ttft_misses.count) == (10, 20)
    assert total.ttft_hits.p50_us == pytest.approx(200_000, rel=0.011)
    assert total.ttft_misses.p95_us == pytest.approx(1_028_000, rel=0.011)
    assert sum(total.ttft_misses.buckets) == 20


def test_a_shift_is_named_for_its_workload_and_for_all(tmp_path: Path) -> None:
    rows = [call(60 * i, plain=200, read=800 if i < 300 else 0, workload="chat") for i in range(600)]
    result = measured(tmp_path, rows)
    (workload,) = result.workloads
    assert workload.timeline is not None
    (shift,) = workload.timeline.shifts or ()
    assert shift.at_us == (START + 60 * 300) * 1_000_000
    assert (shift.before, shift.after) == (0.8, 0.0)


def test_replicas_tenants_and_days_have_their_own_figures(tmp_path: Path) -> None:
    rows = [
        call(0, replica="pod-1", tenant="acme"),
        call(1, read=300, replica="pod-2", tenant="acme"),
        call(86_400, read=100, replica="pod-2", tenant="zeta"),
    ]
    result = measured(tmp_path, rows)
    assert [(row.name, row.figures.token_hit_rate) for row in result.replicas] == [("pod-1", 0), ("pod-2", 400 / 600)]
    assert [row.name for row in result.days] == ["2026-10-05", "2026-10-06"]
    assert {row.name: row.figures.requests for row in result.tenants} == {"acme": 2, "zeta": 1}
    for groups in (result.replicas, result.tenants, result.days):
        assert sum(row.figures.cost or 0 for row in groups) == result.total.cost


def test_a_session_costs_what_its_requests_cost(tmp_path: Path) -> None:
    result = measured(tmp_path, [call(0, session_id="a"), call(1, session_id="b"), call(2, session_id="a")])
    assert result.sessions is not None
    assert result.total.cost is not None
    assert (result.sessions.sessions, result.sessions.cost_mean) == (2, result.total.cost / 2)
    assert [(row.session, row.requests) for row in result.sessions.dearest] == [("a", 2), ("b", 1)]
    assert result.sessions.dearest[0].cost == result.total.cost * 2 / 3


def test_what_is_logged_twice_counts_once(tmp_path: Path) -> None:
    rows = [call(0, request_id="a1"), call(0, request_id="a1"), call(9, request_id="a1")]
    result = measured(tmp_path, rows)
    assert (result.total.requests, result.inputs[0].duplicates) == (2, 1)


def test_a_model_without_a_price_is_left_out_of_the_cost_and_named(tmp_path: Path) -> None:
    result = measured(tmp_path, [call(0), call(1, model="nobodys-model-9")])
    assert result.total.unpriced_requests == 1
    assert [note.text for note in result.notes] == ["no price for nobodys-model-9: 1 request not in the cost"]


def test_times_of_a_traces_own_do_not_stretch_the_timeline(tmp_path: Path) -> None:
    result = measured(tmp_path, [call(0), call(60), {**call(0), "timestamp": 0.5}])
    assert result.timeline is not None
    assert [point.start_us // 1_000_000 - START for point in result.timeline.points] == [0, 60]
    assert result.first_us == START * 1_000_000


@pytest.mark.parametrize(
    ("hits", "verdict"),
    [(8, Verdict.ON_TARGET), (7, Verdict.ON_TARGET), (6, Verdict.BELOW_TARGET), (3, Verdict.BELOW_RED_LINE)],
)
def test_a_workload_is_held_to_two_thresholds(tmp_path: Path, hits: int, verdict: Verdict) -> None:
    rows = [call(i, plain=0 if i < hits else 100, read=100 if i < hits else 0) for i in range(10)]
    assert measured(tmp_path, rows).verdict is verdict
    assert measured(tmp_path, rows[:9]).verdict is Verdict.TOO_FEW


def test_one_broken_workload_among_good_ones_is_the_verdict(tmp_path: Path) -> None:
    rows = [call(i, plain=1, read=99, workload="good") for i in range(10)]
    rows += [call(i, workload="bad") for i in range(10)]
    assert measured(tmp_path, rows).verdict is Verdict.BELOW_RED_LINE


def test_thresholds_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="red line"):
        measured(tmp_path, [call(0)], MetricsChoices(thresholds=Thresholds(target=0.3)))


def test_more_names_than_there_is_room_for_share_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_WORKLOADS", 3)
    monkeypatch.setattr(collecting, "_MOST_CELLS", 2)
    result = measured(tmp_path, [call(i, workload=f"w{i % 7}") for i in range(21)])
    assert {row.name: row.figures.requests for row in result.workloads} == {
        "w0": 3,
        "w1": 3,
        "w2": 3,
        collecting.OTHERS: 12,
    }
    assert "many-groups" in [note.code for note in result.notes]


def test_a_session_that_rests_too_long_is_closed_and_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_OPEN", 2)
    result = measured(tmp_path, [call(i, session_id=name) for i, name in enumerate("abca")])
    assert result.sessions is not None
    assert (result.sessions.sessions, result.sessions.closed_early) == (4, 2)


def test_a_second_record_far_behind_counts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "MOST_KEPT", 2)
    rows = [call(0, request_id=name) for name in ("a", "b", "c", "a")]
    assert measured(tmp_path, rows).total.requests == 4


ROWS = st.lists(
    st.builds(
        lambda second, plain, read, written, workload, session: call(
            second, plain, read, written, workload=workload, session_id=session
        ),
        st.integers(0, 400 * 86_400),
        st.integers(0, 5000),
        st.none() | st.integers(0, 5000),
        st.integers(0, 2000),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["", "s", "t"]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_every_way_to_group_adds_up_to_the_total(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collecting, "_MOST_CELLS", 3)
        patch.setattr(timelines, "MOST_SPANS", 5)
        result = measured(tmp_path, rows)
    total = result.total
    assert total.input_tokens == sum(
        row["input_tokens"] + row.get("cache_read_input_tokens", 0) + row.get("cache_creation_input_tokens", 0)
        for row in rows
    )
    for groups in (result.workloads, result.models, result.days):
        assert sum(row.figures.requests for row in groups) == total.requests
        assert sum(row.figures.input_tokens for row in groups) == total.input_tokens
        assert sum(row.figures.cost or 0 for row in groups) == total.cost
        assert sum(row.figures.read_tokens or 0 for row in groups) == (total.read_tokens or 0)
    assert result.timeline is not None
    assert len(result.timeline.points) <= 5
    assert sum(point.requests for point in result.timeline.points) == total.requests
    for unread in (workload.unread_writes for workload in result.workloads):
        assert unread is None or 0 <= unread.unread_tokens <= unread.written_tokens


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order_of_the_log(tmp_path: Path, rows: list[dict[str, Any]], rng: Random) -> None:
    one = measured(tmp_path, rows)
    rng.shuffle(rows)
    other = measured(tmp_path, rows)
    assert (one.total, one.timeline, one.days) == (other.total, other.timeline, other.days)


def test_usage_alone_is_read_as_with_the_prompts() -> None:
    from cachelens.sources.reading import discover, read_shard, shards

    def usages(options: ReadOptions) -> list[tuple[Any, ...]]:
        (opened,) = discover([WEEK])
        (shard,) = shards(opened)
        records = [record for record in read_shard(shard, options) if not isinstance(record, Skip)]
        assert all(bool(record.parts) is not options.usage_only for record in records)
        return [(r.arrived_us, r.model, r.usage, r.session, r.workload, r.modifiers, r.request_id) for r in records]

    assert usages(ReadOptions()) == usages(ReadOptions(usage_only=True)) != []


def test_bad_lines_cost_themselves_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", [call(0), call(1)])
    path.write_text("{nonsense\n" + path.read_text() + json.dumps(call(2) | {"input_tokens": -5}) + "\n")
    result = metrics([str(path)])
    assert result.total.requests == 2
    assert [(row.reason, row.first_line) for row in result.skips] == [
        ("impossible token counts", 4),
        ("not valid JSON", 1),
    ]
    with pytest.raises(StrictError, match="line"):
        metrics([str(path)], strict=True)


def test_what_cannot_be_measured_says_what_to_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(InputError, match="the file is empty"):
        metrics([str(empty)])
    trace = tmp_path / "week.trace"
    trace.write_bytes(b"\x93NUMPY")
    with pytest.raises(InputError, match="compiled traces"):
        metrics([str(trace)])
    broken = tmp_path / "prices.yaml"
    broken.write_text("models: 3\n")
    with pytest.raises(PricingError):
        measured(tmp_path, [call(0)], MetricsChoices(pricing=(broken,)))


def test_no_figure_is_not_a_number(tmp_path: Path) -> None:
    """A request without a single token has no rate."""
    result = measured(tmp_path, [call(0, plain=0, read=0, output_tokens=0)])
    rate = result.total.token_hit_rate
    assert rate is None or not math.isnan(rate)
    assert result.verdict in (Verdict.NOT_REPORTED, Verdict.TOO_FEW)


@pytest.mark.parametrize("fork", [True, False], ids=["forked", "fresh"])
def test_a_second_process_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fork: bool) -> None:
    rows = [
        call(
            i % 700,
            read=100 * (i % 3),
            written=50,
            session_id=f"s{i % 40}",
            workload=f"w{i % 3}",
            request_id=f"r{i // 2}",
        )
        for i in range(2_000)
    ]
    path = write(tmp_path / "log.jsonl", rows)
    path.write_text(path.read_text() + "{nonsense\n")
    names = [str(path), WEEK]
    alone = metrics(names)
    monkeypatch.setattr(reading, "PARALLEL_BYTES", 1)
    monkeypatch.setattr(reading, "LEAD_BYTES", 0)
    monkeypatch.setattr(reading, "can_fork", lambda: fork)
    told: list[int] = []
    assert metrics(names, progress=told.append) == alone
    assert sum(told) == sum(Path(name).stat().st_size for name in names)


def test_no_room_for_the_second_process_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "log.jsonl", [call(0)])
    monkeypatch.setattr(reading, "PARALLEL_BYTES", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(InputError, match="temporary file"):
        metrics([str(path), WEEK])


def test_no_percentile_of_sessions_is_above_the_dearest(tmp_path: Path) -> None:
    """The histogram's buckets are 2% wide; what is known exactly bounds them."""
    for written in (2000, 3001, 7013, 12_345):
        sessions = measured(tmp_path, [call(0, written=written, session_id="a")]).sessions
        assert sessions is not None
        assert sessions.cost_p50 is not None
        assert sessions.cost_p95 is not None
        assert sessions.cost_p50 <= sessions.cost_p95 <= sessions.dearest[0].cost
