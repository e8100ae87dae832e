"""A mark is a member of its block: it is read and taken out there, and a member of that name elsewhere is content."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.sources.api_jsonl import SOURCE
from cachelens.sources.cache_marks import mark_of, unmarked
from tests.sources.runs import read_lines, segments

MARK = {"type": "ephemeral", "ttl": "1h"}
SCHEMA = {"type": "object", "properties": {"cache_control": {"type": "string"}, "b": {"cache_control": MARK}}}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab"\\{}[],:é', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def test_a_property_of_a_tool_is_no_mark_and_stays() -> None:
    tool = {"name": "fetch", "input_schema": SCHEMA}
    raw = json.dumps(tool).encode()
    assert unmarked(raw) == (raw, "")
    assert unmarked(json.dumps(tool | {"cache_control": MARK}).encode()) == (raw, "1h")


def test_the_tools_of_a_request_keep_such_properties() -> None:
    body = {"model": "claude-opus-5", "tools": [{"name": "t", "input_schema": SCHEMA}], "system": "s", "messages": []}
    records, _ = read_lines(SOURCE, [json.dumps({"request": body, "response": {"id": "a"}}).encode()])
    (tool, _system) = segments(records[0])
    assert (json.loads(tool.data)["input_schema"], tool.mark) == (SCHEMA, "")


@pytest.mark.parametrize(
    "block",
    [
        {"type": "tool_result", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"type": "function", "function": {"name": "f", "parameters": SCHEMA}},
    ],
)
def test_marks_on_blocks_inside_a_result_and_on_a_function_count(block: dict[str, Any]) -> None:
    plain = json.dumps(block).encode()
    inner = block["content"][-1] if "content" in block else block["function"]
    inner["cache_control"] = {"type": "ephemeral"}
    assert unmarked(json.dumps(block).encode()) == (plain, "default")


@pytest.mark.parametrize(
    ("raw", "rest", "label"),
    [
        (b'{"cache_control":{"type":"ephemeral"},"a":1}', b'{"a":1}', "default"),
        (b'{ "a":1 , "cache_control" : {"ttl":"5m"} }', b'{ "a":1 }', "5m"),
        (b'{"a":1,"cache_control":null}', b'{"a":1}', ""),
        (b'{"cache_control":{"ttl":"5m"},"prompt_cache_breakpoint":true}', b"{}", "default"),
        (b'{"a":1,"cache_control":{"ttl":"5m"},"prompt_cache_breakpoint":false}', b'{"a":1}', "5m"),
        (b'{"text":"\\"cache_control\\":{}","a":"cache_control"}', None, ""),
        (b'["cache_control",{"cache_control":{}}]', None, ""),
        (b'"cache_control', None, ""),
        (b'}]{"cache_control":', None, ""),
    ],
)
def test_no_other_byte_changes(raw: bytes, rest: bytes | None, label: str) -> None:
    assert unmarked(raw) == (raw if rest is None else rest, label)


@given(st.dictionaries(st.sampled_from(["a", "type", "input", "text"]), VALUES, max_size=4), st.data())
def test_a_mark_anywhere_among_the_members_leaves_the_block_as_it_is(
    block: dict[str, Any], data: st.DataObject
) -> None:
    members = list(block.items())
    members.insert(data.draw(st.integers(0, len(members))), ("cache_control", MARK))
    separators = data.draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    marked = json.dumps(dict(members), separators=separators, ensure_ascii=False).encode()
    assert unmarked(marked) == (json.dumps(block, separators=separators, ensure_ascii=False).encode(), "1h")
    assert mark_of(marked) == "1h"
