"""Hit rates over time, in at most a fixed number of spans, however long the log.

The spans begin as seconds. When there are too many of them, all are joined into longer ones; each length is a
multiple of the one before, so that joining loses nothing.
"""

from __future__ import annotations

from cachelens.metrics.counters import Counters, money
from cachelens.metrics.shifts import Cell, cells_of, shifts_of, trend_of
from cachelens.model.metrics import Point, Timeline
from cachelens.model.record import CALENDAR_FROM_US
from cachelens.providers.dates import US_PER_SECOND

MOST_SPANS = 240
_SECONDS = (1, 5, 15, 60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800, 2_419_200, 31_449_600)


class Span:
    """What a span of time adds up to."""

    __slots__ = ("cost", "hits", "input", "priced", "read", "reported", "requests")

    def __init__(self) -> None:
        self.requests = self.reported = self.input = self.read = self.hits = self.cost = self.priced = 0

    def absorb(self, other: Counters | Span) -> None:
        """Add the sums of other requests."""
        self.requests += other.requests
        self.reported += other.reported
        self.input += other.reported_input if isinstance(other, Counters) else other.input
        self.read += other.read
        self.hits += other.hits
        self.cost += other.cost
        self.priced += other.priced


class Timelines:
    """The timelines of all workloads, and of everything (the empty name is a workload's too)."""

    def __init__(self) -> None:
        self._step = 0
        self._all: dict[int, Span] = {}
        self._by_name: dict[str, dict[int, Span]] = {}

    @property
    def width_us(self) -> int:
        """Length of a span."""
        return _SECONDS[self._step] * US_PER_SECOND

    def add(self, start_us: int, name: str, counters: Counters) -> None:
        """Add requests that lie within one span."""
        number = start_us // self.width_us
        for spans in (self._all, self._by_name.setdefault(name, {})):
            span = spans.get(number)
            if span is None:
                span = spans[number] = Span()
            span.absorb(counters)
        while len(self._all) > MOST_SPANS and self._step + 1 < len(_SECONDS):
            self._widen()

    def _widen(self) -> None:
        self._step += 1
        factor = _SECONDS[self._step] // _SECONDS[self._step - 1]
        self._all = _joined(self._all, factor)
        self._by_name = {name: _joined(spans, factor) for name, spans in self._by_name.items()}

    def all(self) -> Timeline | None:
        """Return the timeline of all requests; `None` where none has a time."""
        return self._timeline(self._all)

    def of(self, name: str) -> Timeline | None:
        """Return the timeline of one workload."""
        return self._timeline(self._by_name.get(name, {}))

    def _timeline(self, spans: dict[int, Span]) -> Timeline | None:
        if not spans:
            return None
        width = self.width_us
        starts = sorted(number * width for number in spans)
        instants = [start for start in starts if start + width > CALENDAR_FROM_US]
        starts = instants or starts  # beside instants, times that count from a zero of their own say nothing
        cells = cells_of(
            Cell(start, spans[start // width].reported, spans[start // width].input, spans[start // width].read)
            for start in starts
        )
        return Timeline(
            width_us=width,
            points=tuple(_point(start, spans[start // width]) for start in starts),
            trend=trend_of(cells),
            shifts=shifts_of(cells),
        )


def _joined(spans: dict[int, Span], factor: int) -> dict[int, Span]:
    result: dict[int, Span] = {}
    for number, span in spans.items():
        result.setdefault(number // factor, Span()).absorb(span)
    return result


def _point(start_us: int, span: Span) -> Point:
    return Point(
        start_us=start_us,
        requests=span.requests,
        token_hit_rate=span.read / span.input if span.input else None,
        request_hit_rate=span.hits / span.reported if span.reported else None,
        cost=money(span.cost) if span.priced else None,
    )
