"""The clairvoyant minimum against trying every choice of every token."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cachelens.kernels.bound import accesses, least

CLASSES = 2
NEVER = -1


class Access(NamedTuple):
    """One request, as the bound sees it."""

    leaf: int
    gap: int
    """Since the request before."""
    scope: int
    prices: tuple[int, int, int, int]
    """Plain, read, and a write of each class."""


PARENT = (0, 0, 1, 1, 0)
ENDS = (0, 3, 8, 5, 2)
"""A small tree: node 1 has the children 2 and 3; node 4 stands beside it."""
PRICES = st.tuples(st.integers(5, 12), st.integers(1, 5), st.integers(5, 14), st.integers(7, 20))
ACCESS = st.builds(Access, st.integers(1, 4), st.integers(0, 6), st.integers(0, 1), PRICES)
LASTS = st.tuples(st.sampled_from((NEVER, 0, 2, 5)), st.sampled_from((3, 9)))


def bounded(
    requests: list[Access], lasts: tuple[int, int], outside: list[int]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Tokens read and written of each class, by request."""
    size = len(requests)
    scope = np.array([one.scope for one in requests], dtype=np.int32)
    parent = np.array(PARENT, dtype=np.int32)
    leaf = np.array([one.leaf for one in requests], dtype=np.int32)
    start, request = accesses(np.argsort(scope, kind="stable"), leaf, parent)
    prices = np.array([one.prices for one in requests], dtype=np.int64)
    result: np.ndarray[tuple[int, int], np.dtype[np.int64]] = least(
        start,
        request,
        scope,
        np.cumsum([one.gap for one in requests]),
        np.zeros(size, dtype=np.int32),
        parent,
        np.array([ENDS], dtype=np.int64),
        np.array(outside, dtype=np.int64),
        prices[:, 0].copy(),
        prices[:, 1].copy(),
        prices[:, 2:].T.copy(),
        np.repeat(np.array([lasts]).T, size, axis=1),
    )
    return result


def cost(requests: list[Access], rows: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> int:
    """What these tokens cost."""
    total = 0
    for one, (read, *written) in zip(requests, rows.tolist(), strict=True):
        plain = ENDS[one.leaf] - read - sum(written)
        assert min(plain, read, *written) >= 0
        total += plain * one.prices[0] + read * one.prices[1]
        total += sum(tokens * price for tokens, price in zip(written, one.prices[2:], strict=True))
    return total


def tried(requests: list[Access], lasts: tuple[int, int], outside: list[int]) -> int:
    """The least that the nodes cost, each node by every sequence of choices."""
    times = np.cumsum([one.gap for one in requests]).tolist()
    total = 0
    for node, scope in itertools.product(range(1, len(PARENT)), range(2)):
        passing = [n for n, one in enumerate(requests) if one.scope == scope and node in path(one.leaf)]
        choices = itertools.product(range(2 + CLASSES), repeat=len(passing))
        prices = [
            sum(requests[n].prices[choice] for n, choice in zip(passing, row, strict=True))
            for row in choices
            if is_possible(row, [times[n] for n in passing], lasts, [ENDS[PARENT[node]] < outside[n] for n in passing])
        ]
        total += min(prices) * (ENDS[node] - ENDS[PARENT[node]])
    return total


def path(leaf: int) -> set[int]:
    found = set()
    while leaf:
        found.add(leaf)
        leaf = PARENT[leaf]
    return found


def is_possible(row: tuple[int, ...], times: list[int], lasts: tuple[int, int], warm: list[bool]) -> bool:
    """A token can be read while what wrote or read it lasts, or if it is known to come from outside."""
    until = NEVER
    for choice, now, from_outside in zip(row, times, warm, strict=True):
        if choice == 1:
            if until < now and not from_outside:
                return False
            until = max(until, now + max(lasts))
        elif choice > 1:
            if lasts[choice - 2] == NEVER:
                return False
            until = max(until, now + lasts[choice - 2])
    return True


@given(st.lists(ACCESS, min_size=1, max_size=5), LASTS, st.data())
@example([Access(2, 0, 0, (10, 1, 12, 20)), Access(3, 5, 0, (10, 1, 12, 20))], (2, 9), [0, 0])
@settings(max_examples=150)
def test_the_bound_is_the_least_of_all_choices(
    requests: list[Access], lasts: tuple[int, int], data: st.DataObject | list[int]
) -> None:
    if isinstance(data, list):
        outside = data
    else:
        outside = [data.draw(st.sampled_from((0, 0, 0, ENDS[one.leaf]))) for one in requests]
    assert cost(requests, bounded(requests, lasts, outside)) == tried(requests, lasts, outside)


def test_two_requests_by_hand() -> None:
    """Three shared tokens are written for the short lifetime (12) and read (1): 39, not 60. The rest is plain."""
    prices = (10, 1, 12, 20)
    requests = [Access(2, 0, 0, prices), Access(3, 2, 0, prices)]
    assert bounded(requests, (2, 9), [0, 0]).tolist() == [[0, 3, 0], [3, 0, 0]]
    assert bounded([requests[0], requests[1]._replace(gap=3)], (2, 9), [0, 0]).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert bounded([requests[0], requests[1]._replace(gap=3)], (3, 9), [0, 0]).tolist() == [[0, 3, 0], [3, 0, 0]]
