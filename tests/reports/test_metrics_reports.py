"""The reports of metrics: valid where others read them, and nothing in a log can act as markup, formula or control."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from prometheus_client.parser import text_string_to_metric_families

from cachelens.metrics.histogram import SCALE, percentile
from cachelens.model.metrics import MetricsResult
from cachelens.model.result import SkipCount
from cachelens.reports import metrics_otlp
from cachelens.reports.base import ReportOptions
from cachelens.reports.metrics_csv import MetricsCsv
from cachelens.reports.metrics_json import MetricsJson, schema_document
from cachelens.reports.metrics_otlp import MetricsOtlp
from cachelens.reports.metrics_prometheus import MetricsPrometheus
from cachelens.reports.metrics_text import MetricsText
from cachelens.reports.metrics_words import BARS, EMPTY, spark
from tests.metrics.usage_log import START, call, measured

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "metrics.v1.json"
HOSTILE = '\x1b[31m=cmd()|<b>*x*</b>\u202e\n"@all"\\'
REPORTS = (MetricsText, MetricsJson, MetricsCsv, MetricsPrometheus, MetricsOtlp)


@pytest.fixture
def result(tmp_path: Path) -> MetricsResult:
    rows = [
        call(60 * i, plain=200, read=800 if i < 300 else 0, written=10, workload="chat", session_id=f"s{i // 6}",
             tenant=f"t{i % 3}", replica=f"pod-{i % 2}", ttft_ms=100 + i)
        for i in range(600)
    ]  # fmt: skip
    return measured(tmp_path, [*rows, call(0, read=None, workload="silent")])


@pytest.fixture
def hostile(result: MetricsResult) -> MetricsResult:
    return msgspec.structs.replace(
        result,
        workloads=tuple(msgspec.structs.replace(row, name=HOSTILE) for row in result.workloads[:1]),
        tenants=tuple(msgspec.structs.replace(row, name=HOSTILE) for row in result.tenants[:1]),
        replicas=tuple(msgspec.structs.replace(row, name=HOSTILE) for row in result.replicas[:1]),
        skips=(SkipCount(path=HOSTILE, reason=HOSTILE, lines=1, first_line=1),),
    )


@pytest.mark.parametrize("report", REPORTS)
def test_nothing_in_a_name_is_obeyed(report: type, hostile: MetricsResult) -> None:
    text = report().render(hostile, ReportOptions())
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("report", REPORTS)
def test_the_same_result_gives_the_same_bytes(report: type, result: MetricsResult) -> None:
    assert report().render(result, ReportOptions()) == report().render(result, ReportOptions())


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_of_text_is_wider_than_the_terminal(result: MetricsResult, width: int) -> None:
    assert max(map(len, MetricsText().render(result, ReportOptions(width=width)).splitlines())) <= width


def test_the_screen_says_what_matters_first(result: MetricsResult) -> None:
    text = MetricsText().render(result, ReportOptions())
    assert text.splitlines()[1].startswith("token hit rate 65.6% (240k tokens read")
    assert "below the 70% target" in text
    assert "fell from 79.2% to 0.0% at 2026-10-05 13:00:00 UTC" in text.replace("\n    ", " ")
    silent = next(line for line in text.splitlines() if line.startswith("silent"))
    assert "not reported" in silent
    assert "0.0%" not in silent


def test_json_follows_its_schema(result: MetricsResult, hostile: MetricsResult) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for one in (result, hostile):
        jsonschema.validate(json.loads(MetricsJson().render(one, ReportOptions())), schema)


def test_the_schema_on_disk_is_the_one_of_the_code() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_document()


def test_a_table_has_a_row_for_each_group_and_empty_cells_for_what_is_not_known(result: MetricsResult) -> None:
    rows = list(csv.DictReader(io.StringIO(MetricsCsv().render(result, ReportOptions()))))
    assert [row["kind"] for row in rows] == [
        "all",
        *["workload"] * 2,
        "model",
        *["tenant"] * 4,
        "day",
        *["replica"] * 3,
    ]
    silent = next(row for row in rows if row["name"] == "silent")
    assert (silent["token_hit_rate"], silent["read_tokens"], silent["verdict"]) == ("", "", "not-reported")
    chat = next(row for row in rows if row["name"] == "chat")
    assert (chat["token_hit_rate"], chat["read_tokens"]) == (f"{240_000 / 366_000:.6f}"[:8], "240000")


def test_formulas_stay_text(hostile: MetricsResult) -> None:
    formula = msgspec.structs.replace(hostile.workloads[0], name="=1+1")
    one = msgspec.structs.replace(hostile, workloads=(formula,))
    assert "'=1+1" in MetricsCsv().render(one, ReportOptions())


def test_prometheus_reads_every_figure_and_name(result: MetricsResult, hostile: MetricsResult) -> None:
    families = {family.name: family for family in text_string_to_metric_families(_exposed(result))}
    rate = {s.labels["workload"]: s.value for s in families["cachelens_workload_token_hit_rate"].samples}
    assert rate == {"chat": result.workloads[0].figures.token_hit_rate}
    assert families["cachelens_workload_read_tokens"].type == "counter"
    ttft = families["cachelens_workload_ttft_seconds"]
    assert ttft.type == "summary"
    hits = {s.labels.get("quantile", s.name): s.value for s in ttft.samples if s.labels["cache"] == "hit"}
    assert hits["cachelens_workload_ttft_seconds_count"] == 300
    assert hits["0.5"] == pytest.approx(0.249, rel=0.011)
    assert hits["cachelens_workload_ttft_seconds_sum"] == pytest.approx(sum(100 + i for i in range(300)) / 1000)
    named = {family.name: family for family in text_string_to_metric_families(_exposed(hostile))}
    (label,) = {s.labels["workload"] for s in named["cachelens_workload_requests"].samples}
    assert label == '\\x1b[31m=cmd()|<b>*x*</b>\\u202e\\n"@all"\\'


def _exposed(result: MetricsResult) -> str:
    return MetricsPrometheus().render(result, ReportOptions())


def test_a_collector_reads_every_figure(result: MetricsResult) -> None:
    request = Parse(MetricsOtlp().render(result, ReportOptions()), ExportMetricsServiceRequest())
    (resource,) = request.resource_metrics
    (scope,) = resource.scope_metrics
    found: dict[str, Metric] = {metric.name: metric for metric in scope.metrics}
    read = found["cachelens.workload.read_tokens"].sum
    assert read.is_monotonic
    assert [(p.as_int, p.start_time_unix_nano, p.attributes[0].value.string_value) for p in read.data_points] == [
        (240_000, START * 10**9, "chat")
    ]
    (rate,) = found["cachelens.workload.token_hit_rate"].gauge.data_points
    assert rate.as_double == result.workloads[0].figures.token_hit_rate
    hits = next(
        point
        for point in found["cachelens.workload.ttft"].exponential_histogram.data_points
        if point.attributes[1].value.string_value == "hit"
    )
    assert (hits.scale, hits.count, sum(hits.positive.bucket_counts)) == (SCALE, 300, 300)
    counts = {hits.positive.offset + i: count for i, count in enumerate(hits.positive.bucket_counts) if count}
    assert percentile(counts, 50) == pytest.approx(0.249, rel=0.011)


def test_the_scale_of_histograms_is_that_of_the_counts() -> None:
    assert metrics_otlp.HISTOGRAM_SCALE == SCALE


def test_a_sparkline_draws_rates_from_nothing_to_all(tmp_path: Path) -> None:
    rates = [0, 100, 50, 100, 0, 25]
    rows = [call(3600 * i, plain=100 - rate, read=rate) for i, rate in enumerate(rates) if i != 3]
    timeline = measured(tmp_path, rows).timeline
    first, last = START * 1_000_000, (START + 5 * 3600) * 1_000_000
    assert spark(timeline, first, last, width=6) == f"{BARS[0]}{BARS[7]}{BARS[4]}{EMPTY}{BARS[0]}{BARS[2]}"
