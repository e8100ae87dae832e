"""Tables: cells with JSON, text or numbers, headers by the names of rows."""

import json
from pathlib import Path

import pytest

from cachelens.model.record import RequestRecord, Skip
from cachelens.model.usage import Usage
from cachelens.sources.api_csv import SOURCE
from cachelens.sources.base import ReadOptions
from cachelens.sources.reading import discover
from tests.sources.runs import read, read_lines, texts

START = 1_791_187_200_000_000


def test_cells_hold_json_over_several_lines(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/api_csv/requests.csv")
    assert skips == []
    assert [(r.line, r.request_id, r.session, r.arrived_us) for r in records] == [
        (2, "c1", "s1", START),
        (3, "c2", "s1", START + 60_000_000),
    ]
    assert [record.usage for record in records] == [
        Usage(uncached_input=5, cache_read=4, output=1),
        Usage(uncached_input=12, output=2),
    ]
    assert [texts(record) for record in records] == [["Be brief.", "Hi"], ["Hi\n\nthere"]]


def test_columns_with_dots_are_members_and_text_is_a_prompt(fixtures: Path) -> None:
    (record,), _ = read(SOURCE, fixtures / "sources/api_csv/spans.tsv")
    assert (record.arrived_us, record.usage) == (START, Usage(uncached_input=3, output=4))
    assert texts(record) == ['Hello there, "you"']


@pytest.mark.parametrize("name", ["requests.csv", "spans.tsv"])
def test_tables_are_known_by_their_first_row(fixtures: Path, name: str) -> None:
    (opened,) = discover([str(fixtures / "sources/api_csv" / name)])
    assert (opened.format, opened.splittable) == ("api_csv", False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model,prompt_tokens",
        "one column\n5",
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-10-05 08:00:00.0000000,5,1",
        "scenario,model,requests,input_tokens\nas-recorded,gpt-5.5,9,100",
        "name,age\nAda,36",
    ],
)
def test_other_tables_are_left_alone(text: str) -> None:
    assert SOURCE.sniff(text.encode().splitlines(), "t.csv") == 0


def test_a_mapping_names_columns() -> None:
    options = ReadOptions(mapping={"usage": "Counts", "model": "LLM"})
    counts = json.dumps({"prompt_tokens": 3}).replace('"', '""')
    lines = ["LLM,Counts", f'gpt-5.5,"{counts}"']
    head = [line.encode() for line in lines]
    assert SOURCE.sniff(head, "t.csv", options) == 100
    (record,) = SOURCE.read(enumerate(head, 1), "t.csv", options)
    assert isinstance(record, RequestRecord)
    assert (record.model, record.usage) == ("gpt-5.5", Usage(uncached_input=3))


def test_odd_rows_cost_themselves() -> None:
    lines = [b"model,prompt_tokens", b"", b"gpt-5.5,1", b"gpt-5.5", b'"open,2', b"gpt-5.5,\r3", b"\x00gpt-5.5,4,5,6"]
    records, skips = read_lines(SOURCE, lines)
    assert [record.line for record in records] == [3]
    assert all(isinstance(skip, Skip) for skip in skips)
