"""Rows inside documents, chunks beside requests, calls without a response, and times that are none."""

import json
from pathlib import Path
from typing import Any

import pytest

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.documents import is_document, rows_in
from cachelens.sources.reading import ReadOptions, discover, read_shard, shards

EXCHANGE: dict[str, Any] = {
    "timestamp": "2026-10-05T08:00:00Z",
    "request": {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}]},
    "response": {"id": "r1", "object": "chat.completion", "usage": {"prompt_tokens": 5, "completion_tokens": 1}},
}
ASKED = {name: value for name, value in EXCHANGE.items() if name != "response"}


def read(path: Path, text: str, options: ReadOptions | None = None) -> tuple[list[RequestRecord], list[Skip]]:
    path.write_text(text)
    (opened,) = discover([str(path)])
    assert opened.skip is None
    results = [result for shard in shards(opened) for result in read_shard(shard, options or ReadOptions())]
    return (
        [result for result in results if isinstance(result, RequestRecord)],
        [result for result in results if isinstance(result, Skip)],
    )


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("key", ["data", "observations"])
def test_a_document_with_rows_under_a_key(tmp_path: Path, key: str, indent: int | None) -> None:
    document = {key: [EXCHANGE, EXCHANGE | {"timestamp": "2026-10-05T08:01:00Z"}], "meta": {"page": 1}}
    records, skips = read(tmp_path / "page.json", json.dumps(document, indent=indent))
    assert ([record.arrived_us for record in records], skips) == ([1_791_187_200_000_000, 1_791_187_260_000_000], [])


def test_a_document_whose_first_line_holds_more_than_a_brace(tmp_path: Path) -> None:
    rows = ",\n".join(json.dumps(EXCHANGE) for _ in range(3))
    records, skips = read(tmp_path / "page.json", '{"data": [\n' + rows + "\n]}\n")
    assert (len(records), skips) == (3, [])


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ([b"{", b'"a": 1', b"}"], True),
        ([b'{"data": [', b'{"a": 1},', b'{"a": 2}'], True),
        ([b'{"data": [', b'{"a": 1}', b"]}"], True),
        ([b'{"a":[', b'{"a": 1}', b'{"a": 2}'], False),
        ([b'{"a": 1}', b'{"a": 2}'], False),
        ([b"{"], False),
        ([], False),
    ],
)
def test_a_document_is_told_from_rows_behind_a_damaged_one(head: list[bytes], expected: bool) -> None:
    assert is_document(head) is expected


def test_a_row_with_a_list_of_its_own_is_no_container() -> None:
    rows: list[dict[str, Any]] = [{"model": "m", "data": [{"a": 1}]}, {"data": [1, 2]}, {"data": []}]
    for row in (EXCHANGE | {"data": [{"a": 1}]}, *rows):
        line = json.dumps(row).encode()
        assert list(rows_in(line)) == [line]


def test_containers_nest_only_so_deep() -> None:
    row: dict[str, Any] = {"a": 1}
    for _ in range(20):
        row = {"data": [row]}
    (inner,) = rows_in(json.dumps(row).encode())
    assert inner.count(b"data") == 12


@pytest.mark.parametrize("key", ["chunks", "events", "stream", "response_chunks"])
def test_chunks_beside_the_request_are_its_response(tmp_path: Path, key: str) -> None:
    chunks = [
        {"id": "c1", "object": "chat.completion.chunk", "choices": []},
        {"id": "c1", "object": "chat.completion.chunk", "usage": {"prompt_tokens": 9, "completion_tokens": 2}},
    ]
    stream = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]"
    records, skips = read(tmp_path / "log.jsonl", lines(ASKED | {key: chunks}, ASKED | {key: stream}))
    assert skips == []
    assert [(r.request_id, r.usage and (r.usage.uncached_input, r.usage.output)) for r in records] == [
        ("c1", (9, 2))
    ] * 2


def test_chunks_inside_the_response_are_added_up(tmp_path: Path) -> None:
    chunks = [{"id": "c1", "object": "chat.completion.chunk", "usage": {"prompt_tokens": 9, "completion_tokens": 2}}]
    (record,), _ = read(tmp_path / "log.jsonl", lines(ASKED | {"response": {"chunks": chunks}}))
    assert record.usage is not None
    assert record.usage.uncached_input == 9


@pytest.mark.parametrize("stream", [True, False, None])
def test_the_wish_for_a_stream_is_no_response(tmp_path: Path, stream: object) -> None:
    body = EXCHANGE["request"] | {"stream": stream}
    records, skips = read(tmp_path / "log.jsonl", lines(EXCHANGE, body, body))
    assert [record.line for record in records] == [1]
    assert {skip.reason for skip in skips} == {"no response"}


def test_a_request_without_response_was_not_billed_where_others_have_one(tmp_path: Path) -> None:
    records, skips = read(tmp_path / "log.jsonl", lines(EXCHANGE, EXCHANGE | {"response": None}, ASKED))
    assert [record.line for record in records] == [1]
    assert [(skip.line, skip.reason, skip.benign) for skip in skips] == [
        (2, "no response", True),
        (3, "no response", True),
    ]


def test_a_log_without_responses_is_a_log_of_requests(tmp_path: Path) -> None:
    records, skips = read(tmp_path / "log.jsonl", lines(EXCHANGE | {"response": None}, ASKED))
    assert ([record.line for record in records], skips) == ([1, 2], [])


def test_a_request_without_response_but_with_counts_was_billed(tmp_path: Path) -> None:
    records, skips = read(tmp_path / "log.jsonl", lines(EXCHANGE, ASKED | {"prompt_tokens": 7, "completion_tokens": 1}))
    assert ([record.line for record in records], skips) == ([1, 2], [])
    assert records[1].usage is not None
    assert records[1].usage.uncached_input == 7


@pytest.mark.parametrize("time", ["yesterday", 0, True, {"at": 1}])
def test_a_time_that_is_none_is_named_and_its_request_kept(tmp_path: Path, time: object) -> None:
    records, skips = read(tmp_path / "log.jsonl", lines(EXCHANGE, EXCHANGE | {"timestamp": time}))
    assert [record.arrived_us for record in records] == [1_791_187_200_000_000, None]
    (skip,) = skips
    assert (skip.line, skip.reason, skip.kept, skip.benign) == (2, "unreadable time", True, False)
    assert "timestamp" in skip.detail


def test_a_mapped_time_that_is_none_is_named(tmp_path: Path) -> None:
    options = ReadOptions(mapping={"timestamp": "when"})
    records, (skip,) = read(tmp_path / "log.jsonl", lines(EXCHANGE | {"when": "noon"}), options)
    assert (len(records), skip.detail.partition(" holds")[0]) == (1, "--map timestamp")


@pytest.mark.parametrize("time", [None, ""])
def test_a_time_that_is_not_given_is_no_fault(tmp_path: Path, time: object) -> None:
    records, skips = read(tmp_path / "log.jsonl", lines(EXCHANGE | {"timestamp": time}))
    assert ([record.arrived_us for record in records], skips) == ([None], [])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": "a1"}, "a1"),
        ({"id": "batch_77"}, ""),
        ({"id": "batch_req_77"}, "batch_req_77"),
        ({"id": "trace-77"}, ""),
        ({"request_id": "thread_1", "id": "a2"}, "a2"),
        ({"id": "s1", "session_id": "s1"}, ""),
    ],
)
def test_an_id_that_calls_share_is_no_id_of_a_call(tmp_path: Path, row: dict[str, Any], expected: str) -> None:
    bare = {"timestamp": "2026-10-05T08:00:00Z", "model": "gpt-5.5", "prompt_tokens": 5}
    (record,), _ = read(tmp_path / "log.jsonl", lines(bare | row))
    assert record.request_id == expected
