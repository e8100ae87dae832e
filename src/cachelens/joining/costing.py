"""What a change of templates costs: the traffic replayed as both versions make it, under the same cache rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens import __version__
from cachelens.errors import UsageError
from cachelens.joining.causes import causes
from cachelens.joining.notes import notes, read_from_before
from cachelens.joining.reasons import Replay, reasons
from cachelens.joining.rerendering import Remade, remake
from cachelens.joining.tellers import tell
from cachelens.joining.versions import Compared
from cachelens.layouts.boundaries import boundary
from cachelens.model.change import ChangeNote, ChangeResult, Difference, Side
from cachelens.model.result import ScenarioResult, Totals
from cachelens.model.scenario import AS_RECORDED, Scenario
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.reading import Compiled
from cachelens.replay.assign import minimums
from cachelens.replay.bills import tariff
from cachelens.replay.engine import Replayer
from cachelens.replay.totals import Baseline, Summary

I64 = npt.NDArray[np.int64]
_RECORDED = Scenario()
_DAY_US = 86_400_000_000


def cost_of(compiled: Compiled, book: PriceBook, compared: Compared, base: str) -> ChangeResult:
    """Return what a change costs at recorded traffic; `base` is what the older version is called.

    Raises `UsageError` for a trace without text.
    """
    trace = compiled.trace
    if not len(trace.segments.text):
        raise UsageError(
            "the trace holds no prompt text, so templates cannot be found in it",
            hint="give the logs themselves, or compile them without --no-text and --salt",
        )
    told = tell(trace, compared)
    remade = remake(trace, compared, told)
    read, cut = _read_in_front(Replayer(trace, book), remade)
    days = _days(trace)
    then = _replayed(_with_read(remade.before.trace, read), book, days, {})
    now = _replayed(_with_read(remade.after.trace, read), book, days, _baseline(then.result))
    before, after = then.result, now.result
    found = causes(remade.before, remade.after, trace.strings["workload"])
    valued = frozenset(cause.workload for cause in found)
    said = notes(compared, told, remade)
    return ChangeResult(
        version=__version__,
        base=base,
        inputs=compiled.inputs,
        skips=compiled.skips,
        requests=len(trace),
        days=None if days is None else round(days, 6),
        templates=len(compared.changed) + len(compared.same) + len(compared.added),
        changed=len(compared.changed),
        tied=len({made.pair for made in told.made.values()}),
        total=_total(before, after, int((remade.first >= 0).sum())),
        workloads=tuple(_workloads(trace, remade, before, after)),
        causes=tuple(found),
        reasons=tuple(reasons(trace, remade.first >= 0, then.requests, now.requests, valued=valued)),
        notes=(*said, *_cut(cut)),
        evidence=before.total.evidence if before.total is not None else None,
    )


def _cut(requests: int) -> Sequence[ChangeNote]:
    return (read_from_before(requests),) if requests else ()


def _days(trace: Trace) -> float | None:
    span = trace.span
    return (span[1] - span[0]) / _DAY_US if span is not None and span[1] > span[0] else None


class _Version(NamedTuple):
    """The replay of the traffic as one version makes it."""

    result: ScenarioResult
    requests: Replay


class _Read(NamedTuple):
    """Recorded reads as both versions are given them."""

    tokens: I64
    cut: int
    """Requests whose reads of entries from before the log were cut."""


def _read_in_front(replayer: Replayer, remade: Remade) -> _Read:
    """Cut recorded reads down to what stands in front of the first changed text.

    The replay takes reads that the log's own requests cannot explain for entries written before it; such entries
    hold the text as it was recorded, and not that of another version.
    """
    trace = replayer.trace
    basis, ends = replayer.counts(_RECORDED, replayer.recorded)
    front = replayer.sent.part(ends[basis, np.maximum(remade.first, 0)])
    read = trace.column("read")
    is_made = remade.first >= 0
    kept = np.where(is_made & (read >= 0), np.minimum(read, front), read)
    return _Read(kept, int((is_made & (replayer.outside > front)).sum()))


def _with_read(trace: Trace, read: I64) -> Trace:
    return dataclasses.replace(trace, requests={**trace.requests, "read": read})


def _replayed(trace: Trace, book: PriceBook, days: float | None, baseline: Mapping[str, Baseline]) -> _Version:
    replayer = Replayer(trace, book)
    replayed = replayer.replay(_RECORDED, boundary(AS_RECORDED).place(trace))
    prices = tariff(trace, replayed.assignment, replayed.explicit, replayed.total)
    perfect = replayer.perfect(_RECORDED, replayed.assignment)
    evidence = {row.model: row.evidence for row in replayer.calibration.about()}
    result = Summary(trace, days=days).scenario(replayed, prices, perfect, baseline, evidence)
    requests = Replay(replayed.total, replayed.read, perfect, minimums(trace, replayed.assignment))
    return _Version(result, requests)


def _baseline(result: ScenarioResult) -> dict[str, Baseline]:
    rows = {row.workload: Baseline(row.totals.requests, row.totals.cost) for row in result.workloads}
    return rows if result.total is None else {**rows, "": Baseline(result.total.requests, result.total.cost)}


def _total(before: ScenarioResult, after: ScenarioResult, changed: int) -> Difference:
    if before.total is None or after.total is None:
        raise UsageError(
            f"the traffic cannot be replayed: {before.note}", hint="`cachelens simulate` says more of the same log"
        )
    return _difference("", changed, before.total, after.total)


def _workloads(trace: Trace, remade: Remade, before: ScenarioResult, after: ScenarioResult) -> list[Difference]:
    names = trace.strings["workload"]
    of = trace.column("workload")[remade.first >= 0]
    changed = {names[number]: int((of == number).sum()) for number in np.unique(of).tolist() if number >= 0}
    then = {row.workload: row.totals for row in after.workloads}
    rows = [
        _difference(row.workload, changed[row.workload], row.totals, then[row.workload])
        for row in before.workloads
        if row.workload in changed and row.workload in then
    ]
    return sorted(rows, key=lambda row: (-abs(row.delta or Decimal(0)), row.workload))


def _difference(name: str, changed: int, before: Totals, after: Totals) -> Difference:
    monthly = None
    if before.cost_per_month is not None and after.cost_per_month is not None:
        monthly = after.cost_per_month - before.cost_per_month
    return Difference(
        workload=name,
        requests=before.requests,
        changed=changed,
        before=_side(before),
        after=_side(after),
        delta=after.delta,
        delta_per_month=monthly,
        delta_share=after.delta_share,
    )


def _side(totals: Totals) -> Side:
    return Side(
        input_tokens=totals.input_tokens,
        read_tokens=totals.read_tokens,
        token_hit_rate=totals.token_hit_rate,
        cost=totals.cost,
        cost_per_month=totals.cost_per_month,
    )
