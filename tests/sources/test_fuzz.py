"""No bytes make a source raise, and nothing that a source yields is beyond what a trace can hold."""

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelens.catalog import load_catalog
from cachelens.model.record import RequestRecord, Skip
from cachelens.model.usage import Usage
from cachelens.sources.base import ReadOptions, Source
from cachelens.sources.limits import LAST_US, possible

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "sources"
API = ("anthropic", "openai_chat", "openai_responses", "gemini", "bedrock_converse", "api_jsonl", "exports")
OPTIONS = (
    ReadOptions(),
    ReadOptions(mapping={"request": "params.a", "input_tokens": "n", "end": "at"}, session_key="s"),
)
MOST_PARTS = 200
TRIES, PRIME = 700, 7919

ODD = [
    *(b'null true -1 0 1.5 1e3 1e300 1e400 1e999999999 -1e300 NaN -Infinity {} [] [[]] [null] [1] {"a":1}'.split()),
    b"9" * 30, b"9" * 5000, b"18446744073709551615", b"3000000000", b'"9999999999999999999999"', b"1" + b"0" * 17,
    b'""', b'"\xe9"', b'"\\ud800"', b'"\\u0000"', b'"\xc2\xb2"', b'"' + b"9" * 5000 + b'"', b'"NaN"', b'"1e400"',
    b'"Infinity"', b'"-Infinity"', b'"sNaN"', b'"-1"', b'"{"', b'"{\\"a\\":1}"', b'"[1]"', b'"data: {}\\n\\ndata: ["',
    b'"0001-01-01T00:00:00Z"', b'"9999-12-31T23:59:59-23:59"', b'"Mon, 01 Jan 99999999999999999999 00:00:00 +0000"',
    b'"Mon, 01 Jan 2026 00:00:00 +999999999999"', b'"2026-W01-1"', b'{"type":"text","text":"\xff"}', b"[" * 3000,
    b'{"a":' * 3000, b'[{"type":"tool_result","content":[{"cache_control":{"ttl":"9h"}}]}]',
]  # fmt: skip
VALUE = re.compile(rb'(?<=[:,\[])\s*(?:"(?:[^"\\]|\\.)*"|[-+.\w]+|[\[{])|(?<=,)[^,]*')


def fixtures_of(name: str) -> list[bytes]:
    folders = API if name == "api_jsonl" else (name,)
    paths = [path for folder in folders for path in sorted((FOLDER / folder).iterdir()) if path.suffix != ".md"]
    return [line for path in paths for line in path.read_bytes().splitlines()]


LINES = {name: fixtures_of(name) for name in load_catalog("sources").ids}
every_source = pytest.mark.parametrize("source", list(load_catalog("sources")), ids=lambda source: source.id)


@st.composite
def logs(draw: st.DrawFn, known: list[bytes]) -> list[bytes]:
    """A few lines of the fixtures in their order, some of them damaged, and some that are no lines at all."""
    start = draw(st.integers(0, len(known) - 1))
    lines = known[start : start + draw(st.integers(1, 8))]
    for _ in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, len(lines) - 1))
        lines[index] = draw(damaged(lines[index]))
    return lines


@st.composite
def damaged(draw: st.DrawFn, line: bytes) -> bytes:
    values = list(VALUE.finditer(line))
    match draw(st.integers(0, 5)):
        case 0:
            return draw(st.binary(max_size=40)).replace(b"\n", b" ")
        case 1:
            return line[: draw(st.integers(0, len(line)))]
        case 2:
            at = draw(st.integers(0, len(line)))
            return line[:at] + draw(st.binary(min_size=1, max_size=3)).replace(b"\n", b" ") + line[at + 1 :]
        case _ if values:
            found = draw(st.sampled_from(values))
            return line[: found.start()] + draw(st.sampled_from(ODD)) + line[found.end() :]
    return draw(st.sampled_from(ODD))


def run(source: Source, lines: list[bytes], options: ReadOptions) -> None:
    assert 0 <= source.sniff(lines, "log", options) <= 100
    for result in possible(source.read(enumerate(lines, 1), "log", options)):
        assert result.line >= 1
        if isinstance(result, Skip):
            assert result.reason
        else:
            check(result)


def check(record: RequestRecord) -> None:
    for time_us in (record.arrived_us, record.first_token_us, record.end_us):
        assert time_us is None or 0 <= time_us <= LAST_US
    usage = record.usage or Usage(uncached_input=0)
    blocks = record.blocks
    counts = [
        usage.uncached_input, usage.cache_read, usage.output, *usage.writes, usage.input_tokens, record.input_tokens,
        record.output_tokens, *((blocks.block_size, blocks.tools_tokens, blocks.system_tokens) if blocks else ()),
    ]  # fmt: skip
    for part in itertools.islice(record.parts, MOST_PARTS):
        assert record.expand is not None
        drafts = record.expand(part)
        assert all(type(draft.data) is bytes for draft in drafts)
        counts += [draft.known_tokens for draft in drafts]
    assert all(count is None or 0 <= count < 1 << 31 for count in counts), counts
    names = [record.model, record.provider, record.platform, record.session, record.workload, record.tenant]
    names += [record.cache_key, record.request_id, record.cache_object, record.auto_mark, *record.modifiers]
    assert all(name.encode() is not None for name in names)


@every_source
@settings(suppress_health_check=list(HealthCheck), max_examples=120, deadline=None)
@given(data=st.data())
def test_no_bytes_make_a_source_raise(source: Source, data: st.DataObject) -> None:
    run(source, data.draw(logs(LINES[source.id])), data.draw(st.sampled_from(OPTIONS)))


@every_source
@settings(max_examples=30, deadline=None)
@given(lines=st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b" ")), max_size=5))
def test_noise_is_noise_to_every_source(source: Source, lines: list[bytes]) -> None:
    run(source, lines, ReadOptions())


@every_source
def test_odd_values_in_all_places(source: Source) -> None:
    """Puts odd values into places of the fixtures: all of them in turn, so many that it takes a second."""
    known = LINES[source.id]
    places = [(index, found.span()) for index, line in enumerate(known) for found in VALUE.finditer(line)]
    pairs = list(itertools.product(places, ODD))
    for number in range(min(TRIES, len(pairs))):
        (index, (start, end)), odd = pairs[number * PRIME % len(pairs)]
        line = known[index]
        near = known[max(0, index - 3) : index], known[index + 1 : index + 3]
        whole = source.id == "kv_cache_tester"
        before, after = (known[:index], known[index + 1 :]) if whole else near
        run(source, [*before, line[:start] + odd + line[end:], *after], OPTIONS[number % 2])
