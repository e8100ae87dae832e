"""The law of all transcript and trace readers: a bad line costs one skip and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.sources import (
    azure_arrivals,
    bailian,
    claude_code,
    codex,
    lmcache,
    mooncake,
    pi,
)
from cachelens.sources.base import Source
from tests.sources.runs import read_lines, segments, texts

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "sources"
FORMATS: list[tuple[Source, str]] = [
    (claude_code.SOURCE, "claude_code/session.jsonl"),
    (codex.SOURCE, "codex/rollout.jsonl"),
    (pi.SOURCE, "pi/session.jsonl"),
    (mooncake.SOURCE, "mooncake/trace.jsonl"),
    (bailian.SOURCE, "bailian/trace.jsonl"),
    (lmcache.SOURCE, "lmcache/steps.jsonl"),
    (azure_arrivals.SOURCE, "azure_arrivals/arrivals.csv"),
]
BAD = st.sampled_from([b"{", b'{"type": "user", "message": ', b"\xff\xfe", b"[1, 2", b"nul", b'{"a": "\n', b"[" * 9999])


@pytest.mark.parametrize(("source", "name"), FORMATS, ids=[name for _, name in FORMATS])
@given(bad=BAD, where=st.integers(0, 30))
def test_a_malformed_line_anywhere_costs_exactly_one_skip(source: Source, name: str, bad: bytes, where: int) -> None:
    lines = (FOLDER / name).read_bytes().splitlines()
    where = min(where, len(lines))
    clean, skips = read_lines(source, lines, name)
    records, more = read_lines(source, [*lines[:where], bad, *lines[where:]], name)
    assert [(r.usage, r.arrived_us, r.session, r.input_tokens) for r in records] == [
        (r.usage, r.arrived_us, r.session, r.input_tokens) for r in clean
    ]
    assert [r.parts and texts(r) for r in records] == [r.parts and texts(r) for r in clean]
    assert len(more) == len(skips) + 1
    (fresh,) = [skip for skip in more if skip.line == where + 1]
    assert fresh.reason
    assert not fresh.benign


@pytest.mark.parametrize(("source", "name"), FORMATS, ids=[name for _, name in FORMATS])
@given(data=st.data())
def test_a_line_cut_short_never_stops_the_rest(source: Source, name: str, data: st.DataObject) -> None:
    lines = (FOLDER / name).read_bytes().splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    cut = data.draw(st.integers(0, len(lines[index])))
    records, skips = read_lines(source, [*lines[:index], lines[index][:cut], *lines[index + 1 :]], name)
    for record in records:
        if record.parts:
            texts(record)
    clean, known = read_lines(source, lines, name)
    assert len(records) <= len(clean) + 1
    assert sum(not skip.benign for skip in skips) <= sum(not skip.benign for skip in known) + 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"type": 7}',
        b'{"type": "assistant", "uuid": "x", "message": "text"}',
        b'{"type": "assistant", "uuid": "x", "message": {"id": 1, "usage": {"input_tokens": -1}}}',
        b'{"type": "response_item", "payload": []}',
        b'{"type": "event_msg", "payload": {"type": "token_count", "info": {"total_token_usage": 3}}}',
        b'{"type": "message", "id": "x", "message": {"role": "assistant", "content": [], "usage": {}}}',
    ],
)
@pytest.mark.parametrize("source", [claude_code.SOURCE, codex.SOURCE, pi.SOURCE], ids=lambda source: source.id)
def test_fields_of_unexpected_types_never_raise(source: Source, line: bytes) -> None:
    records, skips = read_lines(source, [line])
    assert records == []
    assert len(skips) <= 1


@pytest.mark.parametrize(("source", "name"), FORMATS[:3], ids=[name for _, name in FORMATS[:3]])
def test_text_that_is_not_utf8_is_mended(source: Source, name: str) -> None:
    data = (FOLDER / name).read_bytes()
    word = "slow"
    assert word.encode() in data
    whole, known = read_lines(source, data.splitlines(), name)
    records, skips = read_lines(source, data.replace(word.encode(), b"sl\xe9w").splitlines(), name)
    assert skips == known
    replaced = [[draft.data.decode("utf-8", "replace") for draft in segments(record)] for record in records]
    assert replaced == [[text.replace(word, "sl\ufffdw") for text in texts(record)] for record in whole]
