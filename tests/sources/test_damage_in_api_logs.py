"""Whatever happens to the bytes of an exchange, the other lines of the log come through and nothing is raised."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.api_jsonl import SOURCE
from cachelens.sources.base import ReadOptions
from tests.sources.runs import read_lines, texts

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "sources"
LINES = [
    line
    for dialect in ("anthropic", "openai_chat", "openai_responses", "gemini", "bedrock_converse")
    for line in (FIXTURES / dialect / "exchanges.jsonl").read_bytes().splitlines()
]
WHOLE = (
    b'{"ts":1791187200,"request":{"model":"m","messages":[{"role":"user","content":"Hi"}]},"response":{"id":"whole"}}'
)
VALUES = st.sampled_from([b"null", b"1", b"-5", b'"x"', b"[]", b"{}", b"[1]", b"true", b"1.5", b'"\\ud800"', b"NaN"])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real line with bytes replaced, cut off, or a value of another type after a colon."""
    line = bytearray(draw(st.sampled_from(LINES)))
    at = draw(st.integers(0, len(line) - 1))
    match draw(st.integers(0, 2)):
        case 0:
            line[at] = draw(st.integers(0, 255))
        case 1:
            del line[at:]
        case _:
            colon = line.find(b":", at)
            end = min((i for i in (line.find(b",", colon), line.find(b"}", colon)) if i > 0), default=len(line))
            line[colon + 1 : end] = draw(VALUES)
    return bytes(line).replace(b"\n", b" ")


@settings(max_examples=150)
@given(st.lists(damaged(), min_size=1, max_size=12))
def test_damage_never_reaches_the_next_line(lines: list[bytes]) -> None:
    mixed = [piece for line in lines for piece in (line, WHOLE)]
    results = list(SOURCE.read(enumerate(mixed, 1), "log", ReadOptions()))
    whole = [r for r in results if isinstance(r, RequestRecord) and r.request_id == "whole"]
    assert [record.line for record in whole] == list(range(2, len(mixed) + 1, 2))
    for result in results:
        if isinstance(result, Skip):
            assert result.reason
        else:
            assert result.model
            assert all(result.expand(part) for part in result.parts if result.expand is not None)


def test_bytes_that_are_not_text_are_replaced() -> None:
    broken = WHOLE.replace(b"Hi", b"H\xff")
    for lines in ([broken], [WHOLE, broken]):
        records, skips = read_lines(SOURCE, lines)
        assert skips == []
        assert texts(records[-1]) == ["H\ufffd"]


def test_a_parameter_that_is_not_text_costs_nothing() -> None:
    broken = WHOLE.replace(b'"model":"m"', b'"model":"m","reasoning_effort":"l\xe9w"')
    records, skips = read_lines(SOURCE, [WHOLE, broken])
    assert (len(records), skips) == (2, [])


@pytest.mark.parametrize("key", [b"a\\tb", b'quo\\"te', b"", b"x" * 300])
def test_odd_keys_are_passed_over(key: bytes) -> None:
    odd = WHOLE.replace(b'{"ts"', b'{"' + key + b'":1,"ts"')
    records, skips = read_lines(SOURCE, [odd, WHOLE, odd])
    assert (len(records), skips) == (3, [])
