"""What each session cost.

The sessions that were heard of last are kept, a fixed number of them; one that rests while so many others go on is
closed. Should it go on after all, it counts as another session.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from decimal import Decimal

from cachelens.metrics.counters import money
from cachelens.metrics.histogram import Histogram, percentile
from cachelens.model.metrics import SessionCost, Sessions

MOST_OPEN = 10_000
"""Sessions that are kept open."""
DEAREST = 10
_MICRO = 1_000_000_000_000
"""Units of cost in a millionth of a dollar, which is what the histogram of costs counts in."""


class SessionCosts:
    """The cost of each session."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, list[int]] = OrderedDict()
        self._closed = Histogram()
        self._total = self._priced = self._requests = self._sessions = self._evicted = 0
        self._dearest: list[tuple[int, int, str, int]] = []

    def add(self, session: str, cost: int | None) -> None:
        """Count a request of a session."""
        kept = self._open.get(session)
        if kept is None:
            if len(self._open) >= MOST_OPEN:
                self._evicted += 1
                self._close(*self._open.popitem(last=False))
            kept = self._open[session] = [0, 0, 0]
        else:
            self._open.move_to_end(session)
        kept[0] += 1
        if cost is not None:
            kept[1] += cost
            kept[2] += 1

    def _close(self, session: str, kept: list[int]) -> None:
        requests, cost, priced = kept
        self._sessions += 1
        self._requests += requests
        if priced:
            self._priced += 1
            self._total += cost
            self._closed.add(cost / _MICRO)
            entry = (cost, -self._sessions, session, requests)
            if len(self._dearest) < DEAREST:
                heapq.heappush(self._dearest, entry)
            else:
                heapq.heappushpop(self._dearest, entry)

    def result(self) -> Sessions | None:
        """Close what is open and return the figures; `None` where no request named a session."""
        while self._open:
            self._close(*self._open.popitem(last=False))
        if not self._sessions:
            return None
        counts = self._closed.counts
        dearest = tuple(
            SessionCost(session=session, requests=requests, cost=money(cost))
            for cost, _, session, requests in sorted(self._dearest, reverse=True)
        )
        return Sessions(
            sessions=self._sessions,
            requests=self._requests,
            cost_mean=money(self._total // self._priced) if self._priced else None,
            cost_p50=min(_micro(percentile(counts, 50)), dearest[0].cost) if counts else None,
            cost_p95=min(_micro(percentile(counts, 95)), dearest[0].cost) if counts else None,
            dearest=dearest,
            closed_early=self._evicted,
        )


def _micro(micro_dollars: float) -> Decimal:
    return money(round(micro_dollars) * _MICRO)
