"""What the arrays of a trace mean to those who read them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cachelens.model.prompt import SegmentKind
from cachelens.prompts.store import BASE_BLOCK
from cachelens.prompts.trace import Trace
from tests.prompts.records import BLOCK, blocks, chat, compiled

PATHS = st.lists(st.text("ab", min_size=1, max_size=6), min_size=1, max_size=6)
WORDS = st.sampled_from(["alpha beta gamma delta", "one two three four five six seven eight nine ten " * 3, "x"])
PROMPTS = st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=2, max_size=5)


def block_ids(trace: Trace, request: int) -> list[int]:
    """A request's chained block ids: consecutive within a node, node by node along its path."""
    return [
        int(trace.block_starts[node]) + place
        for node in trace.path(int(trace.requests["leaf"][request]))
        for place in range(int(trace.block_counts[node]))
    ]


def common(a: list[int], b: list[int]) -> int:
    different = [x != y for x, y in zip(a, b, strict=False)]
    return different.index(True) if True in different else len(different)


@given(PATHS)
def test_block_ids_of_a_hash_trace_are_its_own_blocks_under_other_names(paths: list[str]) -> None:
    """One base block a trace block here, so two requests share as many ids as their paths share letters."""
    assert BLOCK == BASE_BLOCK
    trace = compiled([blocks(line, path) for line, path in enumerate(paths, 1)])
    ids = [block_ids(trace, request) for request in range(len(paths))]
    assert [len(row) for row in ids] == [len(path) for path in paths]
    for first, path in enumerate(paths):
        for second, other in enumerate(paths):
            assert common(ids[first], ids[second]) == common(list(path.encode()), list(other.encode()))


@given(PROMPTS)
def test_equal_block_ids_mean_equal_prefixes(prompts: list[list[str]]) -> None:
    trace = compiled([chat(line, prompt[0], *prompt[1:]) for line, prompt in enumerate(prompts, 1)])
    leaf = trace.requests["leaf"]
    rows = [block_ids(trace, request) for request in range(len(prompts))]
    for request, row in enumerate(rows):
        assert len(row) == trace.nodes.end[leaf[request]] // BASE_BLOCK
        assert len(set(row)) == len(row)
    for first, a in enumerate(rows):
        for second, b in enumerate(rows):
            shared = [node for node in trace.path(int(leaf[first])) if node in trace.path(int(leaf[second]))]
            deepest = int(trace.nodes.end[shared[-1]]) if shared else 0
            assert common(a, b) == deepest // BASE_BLOCK
            assert set(a[common(a, b) :]).isdisjoint(b)


def test_levels_of_a_hash_trace_are_told_by_their_lengths() -> None:
    more = {"tools_tokens": 30, "system_tokens": 20}
    trace = compiled([blocks(1, "abcdef", 90, **more), blocks(2, "abcxyz", 95, **more)])
    kinds = [SegmentKind(kind) for kind in trace.nodes.kind[trace.path(int(trace.requests["leaf"][0]))]]
    ends = trace.nodes.end[trace.path(int(trace.requests["leaf"][0]))].tolist()
    assert list(zip(kinds, ends, strict=True)) == [
        (SegmentKind.PARAMS, 0),
        (SegmentKind.TOOL, 16),
        (SegmentKind.SYSTEM, 48),
        (SegmentKind.BLOCKS, 80),
        (SegmentKind.BLOCKS, 90),
    ]
    assert trace.tools_end[trace.requests["leaf"]].tolist() == [2, 2]


def test_a_last_block_is_as_long_as_the_longest_request_that_ends_in_it() -> None:
    trace = compiled([blocks(1, "ab", 20), blocks(2, "ab", 25), blocks(3, "cd", 5), blocks(4, "e"), blocks(5, "ef")])
    assert trace.nodes.end[trace.requests["leaf"]].tolist() == [25, 25, 16, 16, 32]


def test_one_id_in_two_block_sizes_or_namespaces_is_two_blocks() -> None:
    records = [blocks(1, "a"), blocks(2, "a", namespace="other"), blocks(3, "a")]
    assert records[0].blocks is not None
    leaf = compiled(records).requests["leaf"]
    assert leaf[0] == leaf[2] != leaf[1]
    assert np.count_nonzero(compiled(records).nodes.parent == 0) == 3  # the root itself and two namespaces
