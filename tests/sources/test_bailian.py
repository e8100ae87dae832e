"""Bailian rows: the session is the root of the chain of parents."""

from pathlib import Path

from cachelens.sources.bailian import SOURCE
from tests.sources.runs import read


def test_turns_of_one_conversation_share_the_root_as_session(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/bailian/trace.jsonl")
    assert skips == []
    assert [r.session for r in records] == ["1", "1", "3", "1", "5"]


def test_times_blocks_and_workloads_are_taken_from_the_row(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/bailian/trace.jsonl")
    assert [r.arrived_us for r in records] == [250_000, 4_000_000, 5_000_000, 6_500_000, 7_000_000]
    assert [r.workload for r in records] == ["text", "text", "search", "text", "image"]
    assert records[0].blocks is not None
    assert (list(records[0].blocks.ids), records[0].blocks.block_size) == ([11, 12, 13], 16)


def test_the_format_is_recognised(fixtures: Path) -> None:
    head = (fixtures / "sources/bailian/trace.jsonl").read_bytes().splitlines()
    assert SOURCE.sniff(head, "trace.jsonl") > 90
    assert SOURCE.sniff([b'{"messages": []}'], "log.jsonl") == 0
    assert SOURCE.sniff([], "empty") == 0
