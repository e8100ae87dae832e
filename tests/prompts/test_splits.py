"""Where segments behind one parent part ways, against the plain definition: common leading blocks of 16 tokens."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from cachelens.prompts.splits import Tree, add_splits
from cachelens.prompts.store import BASE_BLOCK, SegmentStore, running_hashes
from cachelens.prompts.trace import SPLIT
from tests.prompts.records import chat, compiled

PARENT, ROOT = 1, 0
TOKENS = st.lists(st.integers(0, 1), max_size=5).map(lambda bits: [token for bit in bits for token in [bit] * 16])
ROWS = st.lists(
    st.tuples(TOKENS, st.lists(st.integers(2, 3), max_size=15)).map(lambda row: row[0] + row[1]), max_size=7
)


def grown(rows: list[list[int]]) -> tuple[Tree, dict[int, int]]:
    """Behind one inner node a leaf for each row of tokens; return the tree after splitting, and each row's leaf."""
    store = SegmentStore()
    counts = np.array([len(row) // BASE_BLOCK for row in rows], dtype=np.int64)
    full = [row[: count * BASE_BLOCK] for row, count in zip(rows, counts.tolist(), strict=True)]
    store.chain_counts.extend([0, *counts.tolist()])
    store.chain_order.extend(range(1, len(rows) + 1))
    blocks = np.array([token for row in full for token in row], dtype=np.uint32).reshape(-1, BASE_BLOCK)
    store.chains.append(running_hashes(blocks, counts))
    leaves = {row: PARENT + 1 + row for row in range(len(rows))}
    tree = Tree([ROOT, ROOT, *[PARENT] * len(rows)], [-1, 0, *range(1, len(rows) + 1)], [0, 1, *[1] * len(rows)])
    add_splits(tree, store)
    return tree, leaves


def above(tree: Tree, node: int) -> list[int]:
    """The nodes between `PARENT` and a leaf."""
    found = []
    while (node := tree.parent[node]) != PARENT:
        found.append(node)
    return found


def common(a: list[int], b: list[int]) -> int:
    """Shared leading tokens, in full blocks."""
    length = min(len(a), len(b)) // BASE_BLOCK * BASE_BLOCK
    same = [x == y for x, y in zip(a[:length], b[:length], strict=True)]
    return (same.index(False) if False in same else length) // BASE_BLOCK * BASE_BLOCK


@given(ROWS.filter(lambda rows: len({tuple(row) for row in rows}) == len(rows)))
@example([[0] * 32, [0] * 16 + [1] * 16, [0] * 40, [1] * 16])
@example([[0] * 16, [0] * 20, [0] * 31])
def test_any_two_share_the_longest_common_run_of_blocks(rows: list[list[int]]) -> None:
    tree, leaves = grown(rows)
    for first in leaves:
        for second in leaves:
            if first != second:
                shared = [node for node in above(tree, leaves[first]) if node in above(tree, leaves[second])]
                tokens = max((tree.split_tokens[node][1] for node in shared), default=0)
                assert tokens == common(rows[first], rows[second])


@given(ROWS)
def test_splits_are_as_few_as_can_be_and_in_order(rows: list[list[int]]) -> None:
    tree, leaves = grown(rows)
    for node, (top, tokens) in tree.split_tokens.items():
        assert top == PARENT
        assert tokens > 0
        assert sum(parent == node for parent in tree.parent) > 1, "a split without a fork"
    for leaf in leaves.values():
        path = [tree.split_tokens[node][1] for node in above(tree, leaf)]
        assert all(low > high for low, high in pairwise(path))


def test_in_a_trace_the_fork_is_a_node_at_its_token() -> None:
    words = [f"word{n} " for n in range(60)]
    texts = ["".join(words), "".join([*words[:40], "other ", *words[41:]])]
    trace = compiled([chat(line, text, "hi") for line, text in enumerate(texts, 1)])
    paths = [trace.path(int(leaf)) for leaf in trace.requests["leaf"]]
    shared = [node for node in paths[0] if node in paths[1]]
    assert len(shared) == 1
    assert trace.nodes.flags[shared[0]] & SPLIT
    assert trace.nodes.end[shared[0]] % BASE_BLOCK == 0
    assert trace.nodes.end[shared[0]] > 40
