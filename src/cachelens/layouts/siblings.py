"""Tokens that siblings of a prefix tree share: where segments behind one parent begin with the same text.

The counterpart of `prompts.splits` for texts that were counted before: only what siblings share is tokenized.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cachelens.model.prompt import SegmentKind
from cachelens.prompts import cuts
from cachelens.prompts.store import BASE_BLOCK
from cachelens.prompts.tokens import encoder
from cachelens.prompts.trace import Segments

_PAST = 64
"""Bytes behind the first difference that are tokenized with what is shared: no token of words reaches further."""
_WITHOUT_TEXT = (SegmentKind.PARAMS, SegmentKind.HIDDEN, SegmentKind.IMAGE, SegmentKind.DOCUMENT)


class Child(NamedTuple):
    """A node by what it hangs on and what it holds (-1: no segment)."""

    parent: int
    segment: int


class Splits(NamedTuple):
    """New nodes at places where siblings part ways; numbered behind the given nodes, in this order."""

    parent: list[int]
    """For each given node: its parent, which may be a new one."""
    of_split: list[int]
    """For each new node: its parent, which may be another new one."""
    above: list[int]
    """For each new node: the given node behind which its group of siblings stands."""
    child: list[int]
    """For each new node: one of the siblings that pass through it."""
    tokens: list[int]
    """For each new node: tokens behind `above`, whole base blocks."""


def add_splits(segments: Segments, nodes: Sequence[Child]) -> Splits:
    """Find the split points of a tree; node 0 is the root."""
    splits = Splits([node.parent for node in nodes], [], [], [], [])
    families = _families(segments, nodes)
    pairs: list[tuple[bytes, bytes]] = []
    ranked: list[tuple[int, list[int]]] = []
    for parent, children in families.items():
        texts = {child: _text(segments, nodes[child].segment) for child in children}
        order = sorted(children, key=texts.__getitem__)
        ranked.append((parent, order))
        pairs += [(texts[a], texts[b]) for a, b in zip(order, order[1:], strict=False)]
    shared = iter(shared_blocks(pairs))
    for parent, order in ranked:
        _split(splits, len(nodes), parent, order, [next(shared) for _ in order[1:]])
    return splits


def _families(segments: Segments, nodes: Sequence[Child]) -> dict[int, list[int]]:
    """Return the children of each parent that has two or more with a full base block of text."""
    able = (segments.tokens >= BASE_BLOCK) & ~np.isin(segments.kind, _WITHOUT_TEXT)
    is_able = able.tolist()
    families: dict[int, list[int]] = {}
    for number, (parent, segment) in enumerate(nodes):
        if number and segment >= 0 and is_able[segment]:
            families.setdefault(parent, []).append(number)
    return {parent: children for parent, children in families.items() if len(children) > 1}


def _text(segments: Segments, segment: int) -> bytes:
    start, stop = segments.text_start[segment : segment + 2].tolist()
    return segments.text[start:stop].tobytes()


def shared_blocks(pairs: Sequence[tuple[bytes, bytes]]) -> list[int]:
    """Return for each pair of texts how many leading base blocks have the same tokens."""
    texts: dict[bytes, int] = {}
    asked: list[tuple[int, int, int] | None] = []
    for a, b in pairs:
        same = cuts.common_prefix(a, b)
        if same < BASE_BLOCK:
            asked.append(None)
            continue
        safe = cuts.cut_before(a, same)
        asked.append(tuple(texts.setdefault(t, len(texts)) for t in _windows(a, b, safe, same)))  # type: ignore[arg-type]
    if not texts:
        return [0] * len(pairs)
    ids, bounds = encoder().encode_batch([text.decode("utf-8", "replace") for text in texts])
    rows = [ids[start:stop] for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    result = []
    for one in asked:
        if one is None:
            result.append(0)
            continue
        head, left, right = (rows[place] for place in one)
        length = min(len(left), len(right))
        differ = left[:length] != right[:length]
        equal = int(differ.argmax()) if differ.any() else length
        result.append((len(head) + equal) // BASE_BLOCK)
    return result


def _windows(a: bytes, b: bytes, safe: int, same: int) -> tuple[bytes, bytes, bytes]:
    """Return what surely has the same tokens, and what follows in each text to a little behind the difference."""
    return a[:safe], a[safe : same + _PAST], b[safe : same + _PAST]


def _split(splits: Splits, given: int, above: int, order: Sequence[int], shared: Sequence[int]) -> None:
    """Build the tree of shared leading blocks over one parent's children, which are in the order of their texts."""
    stack: list[tuple[int, int]] = [(0, above)]
    before = -1
    for child, blocks in zip(order, [0, *shared], strict=True):
        inner = before
        while stack[-1][0] > blocks:
            inner = stack.pop()[1]
        depth, top = stack[-1]
        if depth < blocks:
            node = given + len(splits.above)
            splits.of_split.append(top)
            splits.above.append(above)
            splits.child.append(child)
            splits.tokens.append(blocks * BASE_BLOCK)
            if inner < given:
                splits.parent[inner] = node
            else:
                splits.of_split[inner - given] = node
            top = node
            stack.append((blocks, node))
        splits.parent[child] = top
        before = child
