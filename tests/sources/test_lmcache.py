"""LMCache steps: one flattened prompt, cut so that prompts with one beginning share pieces."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cachelens.sources.lmcache import SOURCE
from tests.sources.runs import read, read_lines, segments


def step(text: str) -> bytes:
    row = {"timestamp": 1_760_428_436_442_742, "input": text, "output": "", "session_id": "a"}
    return json.dumps(row).encode()


def test_steps_keep_their_text_time_and_session(fixtures: Path) -> None:
    records, skips = read(SOURCE, fixtures / "sources/lmcache/steps.jsonl")
    assert skips == []
    assert [(r.session, r.arrived_us) for r in records] == [
        ("a", 1_760_428_436_442_742),
        ("a", 1_760_428_436_000_000),
        ("b", 1_760_428_437_000_000),
    ]
    assert b"".join(draft.data for draft in segments(records[1])) == b"Fix the login page.\n\nls: login.html"


@given(st.text(alphabet="ab\n", max_size=40), st.text(alphabet="ab\n", max_size=40))
def test_pieces_join_to_the_text_and_a_common_beginning_shares_them(first: str, second: str) -> None:
    start = ("word " * 450 + "\n\n") * 3
    records, _ = read_lines(SOURCE, [step(start + first), step(start + second)])
    one, two = (segments(record) for record in records)
    assert b"".join(draft.data for draft in one).decode() == start + first
    assert b"".join(draft.data for draft in two).decode() == start + second
    assert records[0].parts[0] is records[1].parts[0]
    assert [draft.message_end for draft in one] == [False] * (len(one) - 1) + [True]


def test_logs_of_api_calls_are_not_claimed() -> None:
    row = {"timestamp": 1_760_428_436_442_742, "input": "x", "output": "y", "session_id": "a"}
    assert SOURCE.sniff([json.dumps(row).encode()], "a.jsonl") > 0
    assert SOURCE.sniff([json.dumps({**row, "model": "gpt-5"}).encode()], "a.jsonl") == 0
    assert SOURCE.sniff([json.dumps({**row, "input": ["x"]}).encode()], "a.jsonl") == 0
    assert SOURCE.sniff([json.dumps({**row, "timestamp": 1_760_428_436}).encode()], "a.jsonl") == 0
