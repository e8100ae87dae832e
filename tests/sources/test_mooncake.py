"""Mooncake rows become block prompts; a row that contradicts itself costs one skip."""

from pathlib import Path

from cachelens.sources.mooncake import SOURCE
from tests.sources.runs import read


def test_rows_become_block_prompts_with_times_in_microseconds(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/mooncake/trace.jsonl")
    assert [(r.arrived_us, r.input_tokens, r.output_tokens) for r in records] == [
        (0, 1200, 50),
        (1_500_000, 1024, 7),
        (2_000_000, 100, 1),
    ]
    assert all(r.model == "" and r.usage is None for r in records)
    first = records[0].blocks
    assert first is not None
    assert (list(first.ids), first.block_size, first.namespace) == ([0, 1, 2], 512, "")


def test_a_row_may_state_its_session_and_block_size(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/mooncake/trace.jsonl")
    assert records[2].session == "s1"
    assert records[2].blocks is not None
    assert records[2].blocks.block_size == 64


def test_rows_that_cannot_be_used_are_skipped_with_a_reason(fixtures: Path) -> None:
    _, skips = read(SOURCE, fixtures / "sources/mooncake/trace.jsonl")
    assert [(s.line, s.reason) for s in skips] == [
        (4, "block ids do not fit the input length"),
        (5, "not a trace row"),
    ]


def test_the_format_is_not_mistaken_for_its_neighbours(fixtures: Path) -> None:
    def sniff(path: str) -> int:
        return SOURCE.sniff((fixtures / "sources" / path).read_bytes().splitlines()[:3], path)

    assert sniff("mooncake/trace.jsonl") > 0
    assert sniff("bailian/trace.jsonl") == 0
    assert sniff("lmcache/steps.jsonl") == 0
