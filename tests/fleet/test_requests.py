"""Prompts as runs of blocks say the same as their blocks, and answers take the room they took."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.config.compiling import CompileOptions
from cachelens.errors import UsageError
from cachelens.fleet.requests import FleetRequests, fleet_requests
from cachelens.prompts.trace import Trace
from cachelens.reading import compile_inputs

UNIT = 512
Row = tuple[tuple[int, ...], int, int]
"""Ids of a prompt's pieces of 512 tokens, its tokens, the tokens of its answer."""


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Prompts over a small tree of pieces; the last piece may be cut short."""
    parent = [draw(st.integers(-1, node - 1)) for node in range(draw(st.integers(1, 8)))]
    result = []
    for _ in range(draw(st.integers(1, 8))):
        node = draw(st.integers(0, len(parent) - 1))
        path = []
        while node >= 0:
            path.append(node)
            node = parent[node]
        path.reverse()
        short = draw(st.sampled_from([0, 0, 16, 100, 511]))
        ids = (*path[:-1], path[-1] + 1000 * short)
        result.append((ids, len(ids) * UNIT - short, draw(st.sampled_from([1, 17, 512, 513, 1024, 2000]))))
    return result


def traced(given_rows: list[Row]) -> Trace:
    lines = [
        json.dumps({"timestamp": 1000 * at, "input_length": tokens, "output_length": output, "hash_ids": ids})
        for at, (ids, tokens, output) in enumerate(given_rows)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        return compile_inputs([str(path)], CompileOptions()).trace


def prompt(requests: FleetRequests, i: int) -> list[tuple[int, int]]:
    runs = requests.runs[requests.start[i] : requests.start[i + 1]]
    return [(int(run), place) for run in runs for place in range(requests.length[run])]


def pieces(row: Row, size: int) -> list[tuple[int, ...]]:
    """Return what each full block is told by: the ids of all that stands before its end, to 16 tokens."""
    ids, tokens, _ = row
    units = [piece * 32 + part for piece in ids for part in range(32)]
    return [tuple(units[: (block + 1) * size // 16]) for block in range(tokens // size)]


@settings(max_examples=50, deadline=None)
@given(rows(), st.sampled_from([16, 64, 512, 768, 1024]))
def test_blocks_are_equal_where_all_that_stands_before_their_end_is(given_rows: list[Row], size: int) -> None:
    requests = fleet_requests(traced(given_rows), size)
    told: dict[tuple[int, ...], tuple[int, int]] = {}
    for i, row in enumerate(given_rows):
        blocks, expected = prompt(requests, i), pieces(row, size)
        assert len(blocks) == len(expected)
        for block, key in zip(blocks, expected, strict=True):
            assert told.setdefault(key, block) == block
    assert len(set(told.values())) == len(told)


@settings(max_examples=50, deadline=None)
@given(rows(), st.sampled_from([16, 64, 512, 768]), st.booleans())
def test_what_can_be_found_ends_with_a_run_and_answers_have_their_full_blocks(
    given_rows: list[Row], size: int, cached: bool
) -> None:
    requests = fleet_requests(traced(given_rows), size, cache_answers=cached)
    for i, (_, tokens, output) in enumerate(given_rows):
        own = requests.runs[requests.start[i] : requests.start[i + 1]]
        ends = np.concatenate([[0], np.cumsum(requests.length[own])])
        assert (tokens - 1) // size in ends
        answer = requests.runs[requests.answer_first[i] : requests.answer_stop[i]]
        assert requests.length[answer].sum() == (tokens + output - 1) // size - tokens // size
        assert set(answer[:-1]) <= set(range(requests.prompt_runs))
        if not cached:
            assert all(run >= requests.prompt_runs for run in answer)
        known = [run for run in answer if run < requests.prompt_runs]
        if known:
            paths = [
                requests.runs[requests.start[j] : requests.start[j + 1]].tolist() for j in range(i + 1, len(given_rows))
            ]
            assert any(path[: len(own) + len(known)] == [*own.tolist(), *known] for path in paths)


def test_the_next_turn_goes_on_from_the_answer() -> None:
    """A prompt of one piece, its answer of 512 tokens and one, and the prompt of three that follows."""
    requests = fleet_requests(traced([((1,), 512, 513), ((1, 2, 3), 1536, 1)]), 512)
    assert requests.runs[requests.answer_first[0] : requests.answer_stop[0]].tolist() == [requests.runs[2]]
    assert requests.runs[requests.start[1] + 1] == requests.runs[2]
    shorter = fleet_requests(traced([((1,), 512, 512), ((1, 2, 3), 1536, 1)]), 512)
    assert shorter.answer_first[0] == shorter.answer_stop[0], "the last token of an answer is never computed"


@pytest.mark.parametrize("size", [0, -16, 24])
def test_a_block_that_base_blocks_do_not_make_up_is_refused(size: int) -> None:
    with pytest.raises(UsageError, match="no block size"):
        fleet_requests(traced([((1,), 512, 1)]), size)
