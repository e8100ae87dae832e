"""What people wrap around an exchange, where they keep names, and how the caller's word wins."""

import json
from pathlib import Path
from typing import Any

import pytest

from cachelens.model.record import RequestRecord, Skip
from cachelens.model.usage import Usage
from cachelens.sources.api_jsonl import SOURCE
from cachelens.sources.base import ReadOptions
from tests.sources.runs import read, read_lines, texts

EXCHANGE: dict[str, Any] = {
    "timestamp": "2026-10-05T08:00:00Z",
    "request": {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}]},
    "response": {"id": "r1", "object": "chat.completion", "usage": {"prompt_tokens": 5, "completion_tokens": 1}},
}


def one(row: dict[str, Any], options: ReadOptions | None = None) -> RequestRecord:
    results = list(SOURCE.read([(1, json.dumps(row).encode())], "log", options or ReadOptions()))
    assert len(results) == 1
    assert isinstance(results[0], RequestRecord)
    return results[0]


def test_every_envelope_gives_the_same_request(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/api_jsonl/envelopes.jsonl")
    assert skips == []
    names = ["bare", "reqres", "strings", "text-request", "batch", "inout", "http", "flat"]
    assert [record.request_id for record in records] == names
    assert {(r.arrived_us, r.model, r.usage) for r in records} == {
        (1_791_187_200_000_000, "gpt-5.5", Usage(uncached_input=5, output=1))
    }
    assert [texts(record) for record in records[:-1]] == [["Hi"]] * 7
    assert [record.modifiers for record in records if record.modifiers] == [("batch",)]


def test_an_array_of_rows_on_one_line_or_over_many() -> None:
    rows = [EXCHANGE, EXCHANGE | {"timestamp": "2026-10-05T08:00:01Z"}]
    flat, _ = read_lines(SOURCE, [json.dumps(rows).encode()])
    tall, _ = read_lines(SOURCE, json.dumps(rows, indent=2).encode().splitlines())
    single, _ = read_lines(SOURCE, json.dumps(EXCHANGE, indent=2).encode().splitlines())
    assert [len(flat), len(tall), len(single)] == [2, 2, 1]
    assert [r.arrived_us for r in flat] == [r.arrived_us for r in tall]


def test_mixed_dialects_are_told_apart_line_by_line(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/api_jsonl/mixed.jsonl")
    assert [(r.line, r.provider, r.usage and r.usage.input_tokens) for r in records] == [
        (1, "anthropic", 3),
        (2, "", 4),
        (4, "google", 5),
        (5, "openai", 6),
        (8, "", None),
    ]
    assert [(s.line, s.reason, s.benign) for s in skips] == [
        (3, "not valid JSON", False),
        (6, "failed call", True),
        (7, "not a model call with a prompt", True),
        (8, "impossible token counts", False),
        (9, "neither a prompt nor token counts", False),
        (10, "no model name", False),
    ]
    assert skips[3].detail == "prompt_tokens_details.cached_tokens exceeds prompt_tokens"


@pytest.mark.parametrize(
    ("extra", "session", "workload", "tenant"),
    [
        ({"session_id": "a", "workload": "b", "tenant": "c"}, "a", "b", "c"),
        ({"thread_id": 7, "route": "/x", "org_id": "o"}, "7", "/x", "o"),
        ({"metadata": {"conversation_id": "a", "feature": "b", "customer": "c"}}, "a", "b", "c"),
        ({"headers": {"X-Session-Id": "h"}}, "h", "", ""),
        ({"user": "u"}, "", "", "u"),
    ],
)
def test_names_are_found_where_people_keep_them(
    extra: dict[str, Any], session: str, workload: str, tenant: str
) -> None:
    record = one(EXCHANGE | extra)
    assert (record.session, record.workload, record.tenant) == (session, workload, tenant)


def test_the_conversation_header_of_xai_is_the_cache_key() -> None:
    assert one(EXCHANGE | {"headers": {"x-grok-conv-id": "g"}}).cache_key == "g"


def test_key_options_win_over_known_names_and_the_map_over_all() -> None:
    row = EXCHANGE | {"session_id": "known", "m": {"s": "chosen", "w": "w1"}, "when": 1_791_187_201}
    options = ReadOptions(session_key="m.s", workload_key="m.w", mapping={"timestamp": "when", "tenant": "m.s"})
    record = one(row, options)
    assert (record.session, record.workload, record.tenant) == ("chosen", "w1", "chosen")
    assert record.arrived_us == 1_791_187_201_000_000


def test_the_map_finds_request_response_and_model() -> None:
    row = {"a": {"q": EXCHANGE["request"], "dot.ted": "gpt-9"}, "b": EXCHANGE["response"], "at": "2026-10-05T08:00:00Z"}
    mapping = {"request": "a.q", "response": "b", "timestamp": "at", "model": "a.dot.ted"}
    record = one(row, ReadOptions(mapping=mapping))
    assert (record.model, record.usage, texts(record)) == ("gpt-9", Usage(uncached_input=5, output=1), ["Hi"])


def test_the_map_takes_bare_counts() -> None:
    row = {"m": "gpt-5.5", "when": "2026-10-05T08:00:00Z", "in": 90, "out": 4}
    mapping = {"model": "m", "timestamp": "when", "input_tokens": "in", "output_tokens": "out"}
    record = one(row, ReadOptions(mapping=mapping))
    assert (record.input_tokens, record.output_tokens, record.usage) == (90, 4, None)


def test_a_log_that_changes_its_shape_reads_like_single_lines() -> None:
    rows = [
        EXCHANGE,
        EXCHANGE | {"session_id": "s"},
        EXCHANGE | {"session_id": None, "extra.key": [1]},
        {"model": "m", "messages": EXCHANGE["request"]["messages"], "ts": "1791187200"},
        EXCHANGE | {"response": [EXCHANGE["response"]], "metadata": {"session": "x"}},
        EXCHANGE | {"request": json.dumps(EXCHANGE["request"]), "latency_ms": "12.5"},
        EXCHANGE | {"timestamp": 1_791_187_200},
    ]
    lines = [json.dumps(row).encode() for row in rows * 3]
    together, skips = read_lines(SOURCE, lines)
    alone = [read_lines(SOURCE, [line])[0][0] for line in lines]
    assert skips == []

    def facts(record: RequestRecord) -> tuple[object, ...]:
        return (record.arrived_us, record.end_us, record.session, record.model, record.usage, *texts(record))

    assert [facts(record) for record in together] == [facts(record) for record in alone]


def test_a_skip_never_holds_content() -> None:
    secret = "the prompt itself"
    for row in (
        {"request": {"model": secret, "messages": secret}},
        {"request": secret},
        {"usage": {"input_tokens": secret}},
    ):
        (result,) = SOURCE.read([(1, json.dumps(row).encode())], "log", ReadOptions())
        assert isinstance(result, Skip)
        assert secret not in result.reason + result.detail


def test_a_lifetime_that_is_no_class_of_writes_leaves_it_to_the_model() -> None:
    usage = {"prompt_tokens": 9, "prompt_tokens_details": {"cache_write_tokens": 4}}
    for ttl, field in (("12h", "write_12h"), ("9h", "write_30m")):
        request = EXCHANGE["request"] | {"prompt_cache_options": {"ttl": ttl}}
        record = one(EXCHANGE | {"request": request, "response": {"usage": usage}})
        assert record.usage == Usage(uncached_input=5, **{field: 4})


@pytest.mark.parametrize("prompt", [{"messages": [{"role": "user", "content": "Hi"}]}, {"input": "Hi"}])
@pytest.mark.parametrize(
    ("sent", "kept"), [("24h", "24h"), ("in_memory", "in_memory"), ("in-memory", "in_memory"), (None, "")]
)
def test_the_retention_that_a_request_asks_for_is_kept(prompt: dict[str, object], sent: str | None, kept: str) -> None:
    record = one({"request": {"model": "gpt-5.2", "prompt_cache_retention": sent, **prompt}})
    assert record.auto_mark == kept
