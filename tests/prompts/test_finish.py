"""Laws of the prefix tree: what shares a path, and where paths part."""

from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.model.record import RequestRecord
from cachelens.model.usage import Usage
from cachelens.prompts import container, parquet
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.prompts.store import BASE_BLOCK
from cachelens.prompts.tokens import encoder
from cachelens.prompts.trace import Trace
from tests.prompts.records import chat, lengths

WORDS = ["alpha", "beta gamma", "delta\n", "one two three four five six seven eight nine ten", "42"]
TEXT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=30).map(" ".join)
PROMPT = st.lists(TEXT, min_size=1, max_size=5)


def common_prefix(a: list[int], b: list[int]) -> list[int]:
    return [x for x, _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))]


def expand(part: Part) -> list[SegmentDraft]:
    kind = SegmentKind.SYSTEM if part.level == Level.SYSTEM else SegmentKind.TEXT
    return [SegmentDraft(kind, Role.USER, bytes(part.raw), message_end=True)]


# Keyword arguments are fields of a record, of any type.
# ruff: noqa: ANN401


def record(line: int, prompt: list[str], **more: Any) -> RequestRecord:
    parts = [Part(Level.MESSAGES if place else Level.SYSTEM, text.encode()) for place, text in enumerate(prompt)]
    usage = Usage(uncached_input=100, output=1)
    return RequestRecord(arrived_us=line * 10**6, model="m", line=line, parts=parts, expand=expand, usage=usage, **more)


def compiled(prompts: list[list[str]], **more: Any) -> Trace:
    builder = TraceBuilder()
    for line, prompt in enumerate(prompts):
        builder.add(record(line, prompt, **more), 0)
    return finish(builder, ["test"])


def shared_tokens(trace: Trace, a: int, b: int) -> int:
    one, two = (trace.path(int(trace.requests["leaf"][i])) for i in (a, b))
    common = common_prefix(one, two)
    return int(trace.nodes.end[common[-1]]) if common else 0


@given(PROMPT, st.integers(0, 4), TEXT)
def test_a_change_leaves_all_before_it_on_one_path(prompt: list[str], place: int, text: str) -> None:
    place = min(place, len(prompt) - 1)
    other = [*prompt[:place], text, *prompt[place + 1 :]]
    trace = compiled([prompt, other, prompt])
    leaf = trace.requests["leaf"]
    assert leaf[0] == leaf[2]
    assert (leaf[0] == leaf[1]) == (prompt == other)
    whole = sum(len(encoder().encode_batch([part])[0]) for part in prompt[:place])
    if prompt != other:
        a, b = (encoder().encode_batch([part])[0].tolist() for part in (prompt[place], text))
        inside = len(common_prefix(a, b)) // BASE_BLOCK * BASE_BLOCK
        assert shared_tokens(trace, 0, 1) == whole + inside


@given(st.lists(PROMPT, min_size=1, max_size=8))
def test_the_tree_is_in_order_and_counts_up(prompts: list[list[str]]) -> None:
    trace = compiled(prompts)
    nodes = trace.nodes
    inner = np.arange(1, len(nodes.parent))
    assert (nodes.parent[1:] < inner).all()
    assert (nodes.end[1:] >= nodes.end[nodes.parent[1:]]).all()
    for number, prompt in enumerate(prompts):
        tokens = sum(len(encoder().encode_batch([part])[0]) for part in prompt)
        assert nodes.end[trace.requests["leaf"][number]] == tokens


def test_a_second_record_with_one_id_and_prompt_is_counted_once() -> None:
    builder = TraceBuilder()
    assert builder.add(record(1, ["a", "b"], request_id="r1"), 0)
    assert not builder.add(record(2, ["a", "b"], request_id="r1"), 0)
    assert builder.duplicates == {0: (1, 2)}
    assert len(finish(builder, ["x"])) == 1


def test_one_id_with_another_prompt_is_another_request() -> None:
    builder = TraceBuilder()
    assert builder.add(record(1, ["a", "b"], request_id="r1"), 0)
    assert builder.add(record(2, ["a"], request_id="r1"), 0)
    assert not builder.add(record(3, ["a"], request_id="r1"), 0)
    assert builder.duplicates == {0: (1, 3)}
    assert len(finish(builder, ["x"])) == 2


def test_one_call_that_was_logged_twice_counts_once_whatever_is_known_of_its_prompt() -> None:
    builder = TraceBuilder()
    assert builder.add(chat(1, "s", "a", request_id="r"), 0)
    assert not builder.add(chat(1, "s", "a, with more", request_id="r"), 1)
    assert not builder.add(chat(7, "s", "a, with more", request_id="r"), 1)
    assert builder.duplicates == {1: (2, 1)}


def test_without_a_time_another_prompt_is_another_request() -> None:
    builder = TraceBuilder()
    for line, text in enumerate("ab"):
        one = chat(line, "s", text, request_id="r")
        one.arrived_us = None
        assert builder.add(one, 0)


@pytest.mark.parametrize(
    ("other", "added"),
    [
        (lengths(1, 50, request_id="r", output_tokens=7), False),
        (lengths(2, 50, request_id="r", output_tokens=7), True),
        (lengths(1, 51, request_id="r", output_tokens=7), True),
        (lengths(1, 50, request_id="r", output_tokens=8), True),
    ],
)
def test_without_text_a_duplicate_has_the_same_counts_and_the_same_time(other: RequestRecord, added: bool) -> None:
    builder = TraceBuilder()
    builder.add(lengths(1, 50, request_id="r", output_tokens=7), 0)
    assert builder.add(other, 0) is added
    trace = finish(builder, ["x"])
    assert trace.nodes.end[trace.requests["leaf"]].tolist() == trace.column("input").tolist()


def test_a_duplicate_leaves_no_marks_behind() -> None:
    builder = TraceBuilder()
    for line in (1, 2):
        builder.add(chat(line, "*rules", "a", request_id="r"), 0)
    builder.add(chat(3, "*rules", "b", request_id="s"), 0)
    assert np.diff(finish(builder, ["x"]).mark_start).tolist() == [1, 1]


def test_a_trace_survives_the_disk(tmp_path: Path) -> None:
    trace = compiled([["system", "a"], ["system", "b"]], session="s")
    for module, name in ((container, "t.trace"), (parquet, "t.parquet")):
        module.save(trace, tmp_path / name)
        again = module.load(tmp_path / name)
        for array, values in container.arrays_of(trace):
            assert np.array_equal(values, dict(container.arrays_of(again))[array]), array
        assert (again.strings, again.files) == (trace.strings, trace.files)
