"""Records in, figures out. Requests that share everything they are grouped by are added up once for all groups."""

from __future__ import annotations

from cachelens.metrics.counters import Counters
from cachelens.metrics.prices import Prices
from cachelens.metrics.rows import Counted
from cachelens.metrics.sessions import SessionCosts
from cachelens.metrics.timelines import Timelines
from cachelens.metrics.writes import Writes
from cachelens.model.record import CALENDAR_FROM_US
from cachelens.providers.dates import US_PER_DAY, us_day

MOST_WORKLOADS = 100
MOST_MODELS = 50
MOST_TENANTS = 1_000
MOST_REPLICAS = 200
MOST_DAYS = 1_000
OTHERS = "(others)"
"""Name of the group of all that found no room."""
_MOST_CELLS = 4_096


_Kind = tuple[str, str, str, str, int]
"""Workload, model, tenant, replica and day (-1 for none) of a request."""


class Groups:
    """Counters by name: the first names to come have one each, all later ones share one."""

    def __init__(self, most: int, *, times: bool) -> None:
        self.counters: dict[str, Counters] = {}
        self.most = most
        self._times = times

    def claim(self, name: str) -> str:
        """Return the name under which a group is counted, and see that there is one."""
        if name not in self.counters:
            if len(self.counters) >= self.most:
                name = OTHERS
            self.counters.setdefault(name, Counters())
        return name

    def absorb(self, name: str, counters: Counters) -> None:
        """Add requests to a group."""
        self.counters[self.claim(name)].absorb(counters, times=self._times)


class Collector:
    """Adds up requests, in memory that does not grow with their number."""

    def __init__(self, prices: Prices) -> None:
        self.prices = prices
        self.total = Counters()
        self.workloads = Groups(MOST_WORKLOADS, times=True)
        self.models = Groups(MOST_MODELS, times=True)
        self.replicas = Groups(MOST_REPLICAS, times=True)
        self.tenants = Groups(MOST_TENANTS, times=False)
        self.days = Groups(MOST_DAYS, times=False)
        self.timelines = Timelines()
        self.sessions = SessionCosts()
        self.writes = Writes()
        self.first_us: int | None = None
        self.last_us: int | None = None
        self.without_time = 0
        self._cells: dict[tuple[_Kind, int], Counters] = {}
        """By kind of request and span of time (-1 for none)."""
        self._width = self.timelines.width_us

    def add(self, record: Counted) -> None:
        """Count a request."""
        usage, at_us = record.usage, record.arrived_us
        day = span = -1
        if at_us is None:
            self.without_time += 1
        else:
            span = at_us // self._width
            day = at_us // US_PER_DAY if at_us >= CALENDAR_FROM_US else -1
            self._note_time(at_us)
        kind = (record.workload, record.model, record.tenant, record.replica, day)
        cell = self._cells.get((kind, span))
        if cell is None:
            if len(self._cells) >= _MOST_CELLS:
                self.flush()
                span = -1 if at_us is None else at_us // self._width
            cell = self._cells[kind, span] = Counters()
        if usage is None:
            cell.count_silent(record.input_tokens or 0)
            cost = None
        else:
            total = usage.input_tokens
            cost = self.prices.cost(record, usage, total, day)
            cell.count(usage, total, cost, None if record.first_token_us is None else _waited(record))
        if record.session:
            self.sessions.add(record.session, cost)
            if usage is not None and usage.cache_read is not None:
                self.writes.add(record.session, self.workloads.claim(record.workload), record.model, usage)

    def _note_time(self, at_us: int) -> None:
        """Widen the span of the log. Beside instants, times that count from a zero of their own say nothing."""
        first, last = self.first_us, self.last_us
        if first is None or last is None or at_us >= CALENDAR_FROM_US > first:
            self.first_us = self.last_us = at_us
        elif at_us > last:
            self.last_us = at_us
        elif at_us < first and not at_us < CALENDAR_FROM_US <= first:
            self.first_us = at_us

    def flush(self) -> None:
        """Add the cells to the groups."""
        width = self._width
        kinds: dict[_Kind, Counters] = {}
        for (kind, span), counters in self._cells.items():
            if kind not in kinds:
                kinds[kind] = Counters()
            kinds[kind].absorb(counters)
            if span >= 0:
                self.timelines.add(span * width, self.workloads.claim(kind[0]), counters)
        self._cells.clear()
        self._width = self.timelines.width_us
        for (workload, model, tenant, replica, day), counters in kinds.items():
            self.total.absorb(counters)
            self.workloads.absorb(workload, counters)
            self.models.absorb(model, counters)
            self.tenants.absorb(tenant, counters)
            self.replicas.absorb(replica, counters)
            if day >= 0:
                self.days.absorb(us_day(day * US_PER_DAY), counters)


def _waited(record: Counted) -> int | None:
    """Return the time to the first token, at least a microsecond; `None` where it is not known or not possible."""
    if record.first_token_us is None or record.arrived_us is None:
        return None
    waited = record.first_token_us - record.arrived_us
    return max(1, waited) if waited >= 0 else None
