"""Replays what happened and what would have happened, and says what lies between the two in tokens and in money."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.layouts.boundaries import boundary
from cachelens.layouts.slots import PlaceReport, Slot
from cachelens.model.audit import SlotOrigin
from cachelens.model.result import Evidence, ScenarioResult, Totals
from cachelens.model.scenario import AS_RECORDED, Scenario
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.replay.bills import Ledger, Tariff, tariff
from cachelens.replay.engine import Replayer
from cachelens.replay.grouping import sum_by
from cachelens.replay.sums import Replayed
from cachelens.replay.totals import Summary

I64 = npt.NDArray[np.int64]
DAY_US = 86_400_000_000
_RECORDED = Scenario()


Origins = Callable[[PlaceReport, Slot], tuple[SlotOrigin, ...]]


class Saving(NamedTuple):
    """What a workload would have saved."""

    tokens: int
    """Tokens read more."""
    cost: Decimal | None
    """USD paid less; `None` without prices."""


class Bench:
    """One log, replayed as it happened; every question about it is asked here."""

    def __init__(self, trace: Trace, book: PriceBook, origins: Origins = lambda _report, _slot: ()) -> None:
        """`origins` tells what in a template makes a slot."""
        self.trace = trace
        self.origins = origins
        self.book = book
        self.replayer = Replayer(trace, book)
        self.plan = boundary(AS_RECORDED).place(trace)
        self.recorded = self.replayer.replay(_RECORDED, self.plan)
        self.workload = trace.column("workload")
        self.names = trace.strings["workload"]
        self.perfect = self.replayer.perfect(_RECORDED, self.recorded.assignment)
        self._read_anyway = np.maximum(trace.column("read") - self.recorded.read, 0)
        self._tariff = self._rates(self.recorded)
        self._bill = self._money(self.recorded, self._tariff, self.recorded.read, self.recorded.write)

    @property
    def days(self) -> float | None:
        """The span of the log in days; `None` without times."""
        span = self.trace.span
        return (span[1] - span[0]) / DAY_US if span is not None and span[1] > span[0] else None

    def totals(self) -> Mapping[str, Totals]:
        """Return what was replayed of each workload."""
        evidence: dict[str, Evidence] = {row.model: row.evidence for row in self.replayer.calibration.about()}
        summary = Summary(self.trace, days=self.days)
        result: ScenarioResult = summary.scenario(self.recorded, self._tariff, self.perfect, {}, evidence)
        return {row.workload: row.totals for row in result.workloads}

    def changed(self, trace: Trace) -> Replayed:
        """Replay a trace with the same requests but other content, as recorded.

        Recorded input counts are scaled as the content has shrunk or grown.
        """
        sent = self.trace.column("input")
        before = np.maximum(1, self.trace.nodes.end[self.trace.requests["leaf"]])
        now = trace.nodes.end[trace.requests["leaf"]]
        scaled = np.where(sent >= 0, np.round(sent * (now / before)).astype(np.int64), sent)
        trace = dataclasses.replace(trace, requests={**trace.requests, "input": scaled})
        return Replayer(trace, self.book).replay(_RECORDED, boundary(AS_RECORDED).place(trace))

    def scenario(self, scenario: Scenario, plan: MarkPlan | None = None) -> Replayed:
        """Replay the same content under other rules, or with other marks."""
        return self.replayer.replay(scenario, self.plan if plan is None else plan)

    def saving(self, after: Replayed, workload: int) -> Saving:
        """Return what a workload saves in another replay of the same content."""
        members = self.workload == workload
        bill = self._money(after, self._rates(after), after.read, after.write)[workload]
        paid = self._bill[workload]
        cost = None if bill is None or paid is None else paid - bill
        return Saving(int((after.read - self.recorded.read)[members].sum()), cost)

    def gained(self, read: I64) -> list[Saving]:
        """Return what each workload would have saved had its requests read so much, of the same content."""
        return self.if_read(read - self.recorded.read)

    def if_read(self, tokens: I64) -> list[Saving]:
        """Return for each workload what it would have saved had these tokens of its requests been read.

        They would not have been written then; fewer than none are tokens that would not have been read but written, in
        a class that has a price. What the log says was read although the replay cannot tell why is no loss.
        """
        replayed, size = self.recorded, len(self.names)
        tokens = np.where(tokens > 0, np.maximum(tokens - self._read_anyway, 0), tokens)
        left = tokens = np.minimum(tokens, replayed.total - replayed.read)
        write = {}
        priced = self._priced(replayed.write)
        for label, written in replayed.write.items():
            moved = np.where((left > 0) | (written > 0) | priced[label], np.minimum(left, written), 0)
            write[label], left = written - moved, left - moved
        bills = self._money(replayed, self._tariff, replayed.read + tokens, write)
        more = sum_by(self.workload, np.maximum(tokens, 0), size).tolist()
        less = sum_by(self.workload, np.maximum(-tokens, 0), size).tolist()
        return [
            Saving(gain - loss, None if before is None or after is None else before - after)
            for gain, loss, before, after in zip(more, less, self._bill, bills, strict=True)
        ]

    def _priced(self, labels: Iterable[str]) -> Mapping[str, npt.NDArray[np.bool_]]:
        """Say for each class of writes in which requests it has a price."""
        group, rates = self._tariff.group, self._tariff.rates
        return {label: np.array([*(one.has_write(label) for one in rates), False])[group] for label in labels}

    def _rates(self, replayed: Replayed) -> Tariff:
        return tariff(self.trace, replayed.assignment, replayed.explicit, replayed.total)

    def _money(
        self, replayed: Replayed, prices: Tariff, read: I64, write: Mapping[str, I64]
    ) -> Sequence[Decimal | None]:
        """Return the bill of each workload without output; `None` where no request, or not each write, has a price."""
        size = len(self.names)
        if not prices.rates:
            return [None] * size
        ledger = Ledger(prices.group, prices.rates, np.maximum(self.workload, 0), size)
        plain = replayed.total - read - sum(write.values(), np.zeros(len(read), dtype=np.int64))
        counts = {"plain": plain, "read": read, "stored": replayed.stored, **write}
        counts["stored_token_seconds"] = replayed.stored_token_seconds
        priced = sum_by(self.workload, prices.group >= 0, size)
        bills = ledger.money({unit: tokens for unit, tokens in counts.items() if tokens.any()})
        return [bill if known else None for bill, known in zip(bills, priced.tolist(), strict=True)]


def members_of(bench: Bench) -> dict[int, npt.NDArray[np.bool_]]:
    """Return the requests of each workload that has any."""
    return {number: bench.workload == number for number in np.unique(bench.workload).tolist() if number >= 0}
