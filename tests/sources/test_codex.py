"""Codex rollouts: one request per change of the running total, inclusive counts made disjoint."""

from pathlib import Path

from cachelens.model.prompt import Level, SegmentKind
from cachelens.model.usage import Usage
from cachelens.sources.codex import SOURCE
from tests.sources.runs import read, segments, texts

START_US = 1_775_851_200_000_000
"""2026-04-10T20:00:00Z (date -u -d 2026-04-10T20:00:00Z +%s)."""


def test_a_call_counts_when_the_running_total_changes(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/codex/rollout.jsonl")
    assert skips == []
    assert [(r.line, r.model, r.usage) for r in records] == [
        (10, "gpt-5.4", Usage(uncached_input=6544, cache_read=3456, output=60)),
        (13, "gpt-5.4", Usage(uncached_input=216, cache_read=9984, output=20)),
        (18, "gpt-5.4", Usage(uncached_input=2452, cache_read=2048, output=10)),
    ]


def test_a_result_that_overtakes_the_count_belongs_to_the_next_call(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/codex/rollout.jsonl")
    kinds = [[draft.kind.name for draft in segments(record)] for record in records]
    assert kinds[0] == ["HIDDEN", "SYSTEM", "SYSTEM", "TEXT", "TEXT"]
    assert kinds[1] == [*kinds[0], "THINKING", "TOOL_USE", "TOOL_RESULT"]


def test_resent_items_are_the_same_parts(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/codex/rollout.jsonl")
    first, second = records[0].parts, records[1].parts
    assert all(a is b for a, b in zip(first, second[: len(first)], strict=True))
    assert [part.level for part in first[:2]] == [Level.TOOLS, Level.SYSTEM]


def test_a_compaction_replaces_the_conversation(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/codex/rollout.jsonl")
    assert [d.kind for d in segments(records[2])[2:]] == [
        SegmentKind.TEXT,
        SegmentKind.OTHER,
        SegmentKind.TEXT,
    ]
    assert texts(records[2])[-1] == "Fix it."


def test_a_call_starts_with_its_last_input_and_ends_with_its_count(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/codex/rollout.jsonl")
    assert [(r.arrived_us, r.first_token_us, r.end_us) for r in records] == [
        (START_US + 1_000_000, START_US + 4_000_000, START_US + 5_100_000),
        (START_US + 5_050_000, START_US + 8_000_000, START_US + 8_100_000),
        (START_US + 21_000_000, START_US + 24_000_000, START_US + 24_100_000),
    ]


def test_the_conversation_is_the_cache_key(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/codex/rollout.jsonl")
    assert {(r.session, r.cache_key, r.provider, r.workload) for r in records} == {
        ("thread-1", "thread-1", "openai", "codex")
    }


def test_older_and_newer_ways_of_counting_are_understood(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/codex/older.jsonl")
    assert skips == []
    assert [r.usage for r in records] == [
        Usage(uncached_input=1420, cache_read=None, output=910),
        Usage(uncached_input=616, cache_read=384, output=9),
        Usage(uncached_input=100, cache_read=100, write_30m=300, output=2),
    ]


def test_the_format_is_recognised(fixtures: Path) -> None:
    head = (fixtures / "sources/codex/rollout.jsonl").read_bytes().splitlines()
    assert SOURCE.sniff(head, "rollout.jsonl") > 90
    assert SOURCE.sniff(head[4:], "rollout.jsonl") > 50
    assert SOURCE.sniff([b'{"type": "message", "message": {}}'], "x.jsonl") == 0
