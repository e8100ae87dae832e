"""Rows of tools that watch, route or test model calls give the request, the counts and the names that they hold."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cachelens.model.record import RequestRecord, Skip
from cachelens.model.usage import Usage
from cachelens.sources.api_jsonl import SOURCE
from cachelens.sources.base import ReadOptions
from cachelens.sources.reading import discover, read_shard, shards
from cachelens.sources.usage_names import counters
from cachelens.sources.views import View, nested, opened, opened_list
from tests.sources.runs import texts

START = 1_791_187_200_000_000
"""2026-10-05T08:00:00Z"""
MINUTE = 60_000_000


def results(path: Path, options: ReadOptions | None = None) -> Iterator[RequestRecord | Skip]:
    (opened_file,) = discover([str(path)], options=options or ReadOptions())
    assert opened_file.skip is None
    for shard in shards(opened_file):
        yield from read_shard(shard, options or ReadOptions())


def records(path: Path) -> list[RequestRecord]:
    return [result for result in results(path) if isinstance(result, RequestRecord)]


def reasons(path: Path) -> list[str]:
    skips = [result for result in results(path) if isinstance(result, Skip)]
    assert all(skip.benign for skip in skips)
    return [skip.reason for skip in skips]


def one(row: dict[str, Any]) -> RequestRecord:
    (record,) = SOURCE.read([(1, json.dumps(row).encode())], "log", ReadOptions())
    assert isinstance(record, RequestRecord)
    return record


def test_langfuse_observations_give_their_generations(fixtures: Path) -> None:
    path = fixtures / "sources/exports/langfuse.jsonl"
    first, second = records(path)
    assert (first.request_id, first.session, first.tenant, first.workload) == ("o1", "s1", "u1", "greeter")
    assert (first.arrived_us, first.first_token_us, first.end_us) == (START, START + 1_500_000, START + 4_000_000)
    assert first.usage == Usage(uncached_input=10, cache_read=2000, write_5m=300, output=4)
    assert second.usage == Usage(uncached_input=76, cache_read=1024, output=68)
    assert texts(first) == texts(second) == ["Be brief.", "Hi"]
    assert reasons(path) == [
        "a step that is no model call",
        "a step that is no model call",
        "failed call",
        "a call of which nothing was recorded",
    ]


def test_bedrock_invocation_logs_give_both_bodies(fixtures: Path) -> None:
    path = fixtures / "sources/exports/bedrock.jsonl"
    converse, streamed = records(path)
    assert (converse.arrived_us, streamed.arrived_us) == (START, START + MINUTE)
    assert converse.usage == Usage(uncached_input=3, cache_read=1500, write_5m=0, output=2)
    assert streamed.usage == Usage(uncached_input=8, cache_read=0, write_5m=0, write_1h=0, output=4)
    assert texts(converse) == texts(streamed) == ["Be brief.", "Hi"]
    assert (converse.provider, streamed.model.rpartition("/")[2]) == ("aws", "us.anthropic.claude-sonnet-4-6-v1:0")
    assert reasons(path) == ["no response"]


def test_a_step_around_a_call_is_not_counted_with_it(fixtures: Path) -> None:
    """The outer one sums up what the inner one was billed; OpenAI's Responses repeats the instructions."""
    path = fixtures / "sources/exports/langfuse-trace.json"
    inner, answers = records(path)
    assert (inner.request_id, inner.session, inner.tenant, inner.workload) == ("inner", "s2", "u2", "planner")
    assert inner.usage == Usage(uncached_input=8, cache_read=12, output=4)
    assert texts(inner) == ["Hi"]
    assert texts(answers) == ["Be brief.", "Hi"]
    assert reasons(path) == ["a step that is no model call"]


def test_a_mapping_finds_what_a_flat_row_calls_otherwise(tmp_path: Path) -> None:
    row = {"at": "2026-10-05T08:00:00Z", "llm": "gpt-5.5", "usageDetails": {"input": 5, "output": 1, "total": 6}}
    (tmp_path / "log.jsonl").write_text(json.dumps(row))
    mapping = {"usage": "usageDetails", "timestamp": "at", "model": "llm"}
    (record,) = results(tmp_path / "log.jsonl", ReadOptions(mapping=mapping))
    assert isinstance(record, RequestRecord)
    assert (record.arrived_us, record.model, record.usage) == (START, "gpt-5.5", Usage(uncached_input=5, output=1))


def test_litellm_payloads_and_spend_logs(fixtures: Path) -> None:
    path = fixtures / "sources/exports/litellm.jsonl"
    payload, spend = records(path)
    assert payload.usage == Usage(uncached_input=30, cache_read=10, output=2)
    assert (payload.tenant, payload.cache_key, payload.provider) == ("u1", "", "openai")
    assert [text[:8] for text in texts(payload)] == ['{"type":', "Be brief", "Hi"]
    assert (payload.first_token_us, payload.end_us) == (START + 1_000_000, START + 2_000_000)
    assert (spend.request_id, spend.usage, spend.parts) == ("chatcmpl-2", Usage(uncached_input=41, output=3), ())
    assert reasons(path) == ["answered by the gateway's own cache", "a step that is no model call"]


def test_helicone_counts_the_time_to_the_first_token_in_milliseconds(fixtures: Path) -> None:
    path = fixtures / "sources/exports/helicone.jsonl"
    claude, flat = records(path)
    assert (claude.arrived_us, claude.first_token_us, claude.end_us) == (START, START + 600_000, START + 2_000_000)
    assert (claude.session, claude.workload, claude.tenant, claude.provider) == ("s1", "greeter", "u1", "anthropic")
    assert claude.usage == Usage(uncached_input=3, cache_read=50, output=2)
    assert flat.usage == Usage(uncached_input=12, cache_read=8, output=5)
    assert reasons(path) == ["failed call"]


@pytest.mark.parametrize(
    ("row", "first"),
    [
        ({"time_to_first_token": 600}, 600_000),
        ({"time_to_first_token": 3, "latency": 2}, 3_000),
        ({"ttft": 1.5, "latency": 2}, 1_500_000),
        ({"ttft": 119}, 119_000_000),
        ({"ttft_ms": 200_000}, 200_000_000),
    ],
)
def test_a_wait_longer_than_its_call_was_in_milliseconds(row: dict[str, Any], first: int) -> None:
    record = one({"timestamp": "2026-10-05T08:00:00Z", "model": "gpt-5.5", "prompt_tokens": 5} | row)
    assert record.first_token_us == START + first


def test_langsmith_runs(fixtures: Path) -> None:
    path = fixtures / "sources/exports/langsmith.jsonl"
    claude, gpt = records(path)
    assert claude.usage == Usage(uncached_input=10, cache_read=60, output=5)
    assert gpt.usage == Usage(uncached_input=9, cache_read=0, output=1)
    assert (claude.session, claude.workload, claude.provider) == ("th1", "desk", "anthropic")
    assert texts(claude)[1:] == texts(gpt) == ["Hi"]
    assert reasons(path) == ["a step that is no model call"]


def test_spans_of_opentelemetry_in_three_spellings(fixtures: Path) -> None:
    path = fixtures / "sources/exports/opentelemetry.jsonl"
    protocol, indexed, inference = records(path)
    assert [record.arrived_us for record in (protocol, indexed, inference)] == [
        START,
        START + MINUTE,
        START + 2 * MINUTE,
    ]
    assert [record.usage for record in (protocol, indexed, inference)] == [
        Usage(uncached_input=36, cache_read=64, output=7),
        Usage(uncached_input=3, cache_read=900, output=2),
        Usage(uncached_input=11, cache_read=0, output=2),
    ]
    assert (protocol.session, protocol.workload, protocol.request_id) == ("c1", "desk", "resp-1")
    assert texts(protocol) == texts(inference) == ["Hi"]
    assert texts(indexed)[1:] == ["Be brief.", "Hi"]
    assert reasons(path) == ["a step that is no model call"]


def test_evaluation_logs_of_inspect(fixtures: Path) -> None:
    path = fixtures / "sources/exports/inspect.json"
    whole, counted = records(path)
    assert [whole.usage, counted.usage] == [
        Usage(uncached_input=26, cache_read=64, output=4),
        Usage(uncached_input=31, cache_read=64, output=4),
    ]
    assert {(r.session, r.workload, tuple(texts(r))) for r in (whole, counted)} == {
        ("sample-1", "trivia", ("Be brief.", "Hi"))
    }


def test_archives_of_a_browser(fixtures: Path) -> None:
    path = fixtures / "sources/exports/har.json"
    (record,) = records(path)
    assert (record.provider, record.end_us, record.usage) == (
        "anthropic",
        START + 2_000_000,
        Usage(uncached_input=3, output=2),
    )
    assert reasons(path) == ["not a model call with a prompt"]


@pytest.mark.parametrize(
    ("counts", "plain", "read"),
    [
        ({"input": 10, "cache_read_input_tokens": 6, "output": 1}, 10, 6),
        ({"input": 10, "cache_read_input_tokens": 6, "output": 1, "total": 11}, 4, 6),
        ({"input": 10, "input_cached_tokens": 6, "output": 1, "total": 17}, 10, 6),
        ({"input_tokens": 10, "cache_read_tokens": 6, "output_tokens": 1}, 4, 6),
        ({"input_tokens": 4, "cache_read_tokens": 6}, 4, 6),
        ({"gen_ai.usage.input_tokens": "10", "gen_ai.usage.details.cache_read_tokens": 6.0}, 4, 6),
        ({"usage": 1}, None, None),
    ],
)
def test_counts_overlap_or_not_as_their_total_says(counts: dict[str, Any], plain: int | None, read: int | None) -> None:
    found = counters(View(opened(raw(counts))).members) or {}
    assert (found.get("input_tokens"), found.get("cache_read_input_tokens")) == (plain, read)


def test_writes_by_lifetime_keep_their_split() -> None:
    found = counters(opened(raw({"input": 1, "input_cache_creation_5m": 2, "input_cache_creation_1h": 3})))
    assert found == {
        "input_tokens": 1,
        "cache_creation_input_tokens": 5,
        "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3},
    }


def raw(value: object) -> Any:  # noqa: ANN401 - msgspec.Raw, which stands for any JSON
    import msgspec

    return msgspec.Raw(json.dumps(value).encode())


def test_a_path_leads_through_text_and_lists() -> None:
    attributes = [
        {"key": "a.b", "value": {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "x"}]}}},
        {"key": "c", "value": 2},
    ]
    view = View(opened(raw({"text": json.dumps({"deep": {"x": [5]}}), "attributes": attributes, "empty": ""})))
    assert bytes(view.get("text.deep.x.0") or b"") == b"5"
    assert json.loads(bytes(view.get("attributes.a.b") or b"")) == ["1", "x"]
    assert bytes(view.first(["empty", "nowhere", "attributes.c"]) or b"") == b"2"
    assert view.inside("nowhere") == {}


def test_keys_with_numbers_become_lists() -> None:
    flat = opened(raw({"0.role": "user", "1.role": "tool", "10.x": 1}))
    assert json.loads(__import__("msgspec").json.encode(nested(flat))) == [{"role": "user"}, {"role": "tool"}, {"x": 1}]
    deep = opened(raw({"a" + ".a" * 2000: 1}))
    assert isinstance(nested(deep), dict)


def test_tools_come_as_list_text_or_object() -> None:
    tool = {"name": "look"}
    for value in ([tool], json.dumps([tool]), {"look": tool}, [json.dumps(tool)]):
        assert [json.loads(bytes(item)) for item in opened_list(raw(value))] == [tool]
