"""Azure arrival rows: a time and two counts."""

from pathlib import Path

from cachelens.sources.azure_arrivals import SOURCE
from tests.sources.runs import read


def test_rows_become_counts_at_times(fixtures: Path) -> None:
    records, _ = read(SOURCE, fixtures / "sources/azure_arrivals/arrivals.csv")
    # 2023-11-16T18:15:46.680590Z is 1700158546.680590 s after the epoch (date -u -d ... +%s)
    assert [(r.arrived_us, r.input_tokens, r.output_tokens, r.line) for r in records] == [
        (1_700_158_546_680_590, 374, 44, 2),
        (1_700_158_550_995_169, 396, 109, 3),
    ]
    assert all(r.blocks is None and not r.parts and r.usage is None for r in records)


def test_a_row_without_numbers_is_skipped(fixtures: Path) -> None:
    _, skips = read(SOURCE, fixtures / "sources/azure_arrivals/arrivals.csv")
    assert [(s.line, s.reason) for s in skips] == [(4, "not a trace row")]


def test_only_the_exact_header_is_claimed() -> None:
    assert SOURCE.sniff([b"TIMESTAMP,ContextTokens,GeneratedTokens"], "a.csv") == 100
    assert SOURCE.sniff([b"timestamp,model,input"], "a.csv") == 0
