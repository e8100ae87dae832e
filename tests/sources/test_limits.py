"""Numbers and times that cannot be cost their line one skip, in every format, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.limits import LAST_US, MOST_TOKENS, count_of, possible, tokens_of
from cachelens.sources.reading import ReadOptions, discover, read_shard, shards

HUGE = "9" * 5000
EXCHANGE: dict[str, Any] = {
    "timestamp": "2026-05-01T00:00:00Z",
    "model": "gpt-5",
    "messages": [{"role": "user", "content": "Hi"}],
    "response": {"object": "chat.completion", "usage": {"prompt_tokens": 9}},
}
AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n{}\n2023-11-16 18:17:05,7,1\n"
BLOCKS = (
    '{{"timestamp":1,"input_length":512,"hash_ids":[1]}}\n{{"timestamp":{},"input_length":{},"hash_ids":[1]}}\n'
    '{{"timestamp":3,"input_length":512,"hash_ids":[1]}}\n'
)
STEP = '{{"timestamp":{},"input":"a","output":"b","session_id":"s"}}\n'
PI = (
    '{{"type":"session","id":"s","cwd":"/x"}}\n{{"type":"message","id":"1","message":{{"role":"user","content":"x"}}}}\n'
    '{{"type":"message","id":"2","parentId":"1","message":{{"role":"assistant","content":"x","model":"gpt-5",'
    '"provider":"openai","timestamp":{},"usage":{{"input":{}}}}}}}\n'
    '{{"type":"message","id":"3","parentId":"2","message":{{"role":"assistant","content":"x","model":"gpt-5",'
    '"provider":"openai","timestamp":1791187200000,"usage":{{"input":5}}}}}}\n'
)


def read(path: Path, text: str, **options: Any) -> tuple[list[RequestRecord], list[Skip]]:  # noqa: ANN401
    path.write_text(text, encoding="utf-8")
    (opened,) = discover([str(path)])
    results = [result for shard in shards(opened) for result in read_shard(shard, ReadOptions(**options))]
    return (
        [result for result in results if isinstance(result, RequestRecord)],
        [result for result in results if isinstance(result, Skip)],
    )


@pytest.mark.parametrize(
    ("text", "records", "line", "reason"),
    [
        (AZURE.format("2023-11-16 18:17:04,3000000000,10"), 2, 3, "impossible token counts"),
        (AZURE.format(f"2023-11-16 18:17:04,{HUGE},10"), 2, 3, "impossible token counts"),
        (AZURE.format("1969-11-16 18:17:04,3,10"), 2, 3, "impossible time"),
        (BLOCKS.format("1e300", 512), 2, 2, "impossible time"),
        (BLOCKS.format("1e999999999", 512), 2, 2, "impossible time"),
        (BLOCKS.format("-1", 512), 2, 2, "impossible time"),
        (BLOCKS.format('"NaN"', 512), 2, 2, "impossible time"),
        (BLOCKS.format("2", HUGE), 2, 2, "not a trace row"),
        (BLOCKS.format("1e400", "3000000000"), 2, 2, "not a trace row"),
        (STEP.format(1_760_428_436_442_742) + STEP.format(9_999_999_999_999_999_999), 1, 2, "impossible time"),
        (PI.format(10**17, 5), 1, 3, "impossible time"),
        (PI.format(1_791_187_200_000, HUGE), 1, 3, "a field has an unexpected type"),
    ],
)
def test_a_number_that_cannot_be_costs_its_line(
    tmp_path: Path, text: str, records: int, line: int, reason: str
) -> None:
    found, skips = read(tmp_path / "log.jsonl", text)
    assert len(found) == records
    assert [(skip.line, skip.reason, skip.benign) for skip in skips] == [(line, reason, False)]


@pytest.mark.parametrize("count", [str(10**19), HUGE, str(MOST_TOKENS + 1)])
def test_a_count_that_cannot_be_is_dropped_and_the_prompt_is_kept(tmp_path: Path, count: str) -> None:
    line = json.dumps(EXCHANGE)
    text = "\n".join([line, line.replace(": 9}", f": {count}}}"), line])
    records, skips = read(tmp_path / "log.jsonl", text)
    assert [record.usage is not None for record in records] == [True, False, True]
    assert [(skip.line, skip.reason) for skip in skips] == [(2, "impossible token counts")]
    assert skips[0].detail == "more tokens than any request has at `$.prompt_tokens`" or count == HUGE


@pytest.mark.parametrize("time", ["1961-01-01T00:00:00Z", "9999-01-01T00:00:00Z", 10**30, 5e10, "9" * 60])
def test_a_start_that_cannot_be_costs_its_line(tmp_path: Path, time: object) -> None:
    text = "\n".join(json.dumps(row) for row in (EXCHANGE, EXCHANGE | {"timestamp": time}, EXCHANGE))
    records, skips = read(tmp_path / "log.jsonl", text)
    assert [record.line for record in records] == [1, 3]
    assert [(skip.line, skip.reason) for skip in skips] == [(2, "impossible time")]


def test_an_end_that_cannot_be_is_left_out_of_its_request(tmp_path: Path) -> None:
    late = EXCHANGE | {"ended_at": "0001-01-01T00:00:00Z", "ttft_ms": 10**12}
    records, skips = read(tmp_path / "log.jsonl", json.dumps(late))
    assert [(record.first_token_us, record.end_us) for record in records] == [(1_777_593_600_000_000 + 10**15, None)]
    assert [(skip.reason, skip.detail) for skip in skips] == [
        ("impossible time", "the end is outside of the years 1970 to 2200")
    ]


@pytest.mark.parametrize("status", ["²", "٣", HUGE, "4040404040404040404040"])
def test_a_status_that_is_no_number_is_no_failure(tmp_path: Path, status: str) -> None:
    text = "\n".join(json.dumps(row) for row in (EXCHANGE, EXCHANGE | {"status": status}, EXCHANGE | {"status": "404"}))
    records, skips = read(tmp_path / "log.jsonl", text)
    assert [record.line for record in records] == [1, 2]
    assert [(skip.line, skip.reason) for skip in skips] == [(3, "failed call")]


@pytest.mark.parametrize("count", ["²", HUGE, "-1", "1.5", ""])
def test_a_mapped_count_that_is_none_is_named(tmp_path: Path, count: str) -> None:
    row = EXCHANGE | {"n": count}
    records, skips = read(tmp_path / "log.jsonl", json.dumps(row), mapping={"input_tokens": "n"})
    assert len(records) == 1
    assert [(skip.reason, skip.detail) for skip in skips] == [
        ("impossible token counts", "input_tokens is not a count")
    ]


def test_the_limits_themselves_are_possible() -> None:
    assert [tokens_of("0"), tokens_of(str(MOST_TOKENS)), tokens_of(str(MOST_TOKENS + 1))] == [0, MOST_TOKENS, None]
    assert [count_of("9" * 18), count_of("9" * 19), count_of(b"12"), count_of("")] == [10**18 - 1, None, 12, None]
    edges = [RequestRecord(arrived_us=0, end_us=LAST_US, model="m", line=1)]
    assert list(possible(edges)) == edges
