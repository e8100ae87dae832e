"""Compares the replay of what happened with the usage that the provider reported and billed."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import numpy.typing as npt

from cachelens.model.result import ValidationRow
from cachelens.model.usage import WRITE_TTLS
from cachelens.prompts.trace import Trace
from cachelens.replay.bills import Ledger, Tariff, tariff, unpriced_writes
from cachelens.replay.sums import Replayed

I64 = npt.NDArray[np.int64]
ALL = "all"
CHANGED = "after the unexpected"
"""Requests that did not simply read all that the request before them had read and written: the hard part."""


def validate(trace: Trace, replayed: Replayed, outside: I64) -> tuple[ValidationRow, ...]:
    """Return predicted against recorded for all requests, for the hard ones, and per model.

    Requests with reads from outside the log are left out of the comparison and counted apart: their reads
    are known from the record only; so are those of requests that show only their length. Where a provider publishes
    too little to predict, the reads are an upper bound: they are shown by model and left out of the total.
    """
    read = trace.column("read")
    recorded = {label: trace.column(f"write_{label}") for label in WRITE_TTLS}
    rates = tariff(trace, replayed.assignment, replayed.explicit, trace.column("input"))
    known = (read >= 0) & (trace.column("plain") >= 0) & replayed.covered & ~replayed.kept
    known &= ~unpriced_writes(trace, rates)
    if not known.any():
        return ()
    compare = _Comparison(trace, replayed, recorded, rates, outside)
    predicted = known & ~replayed.bounded if not replayed.bounded[known].all() else known
    rows = [compare.row(ALL, predicted)]
    hard = predicted & _unexpected(trace, replayed)
    if hard.any() and not hard[predicted].all():
        rows.append(compare.row(CHANGED, hard))
    models = [facts.id for facts in replayed.assignment.facts]
    counts = [int((known & (replayed.assignment.of == index)).sum()) for index in range(len(models))]
    if sum(count > 0 for count in counts) > 1:
        for index in sorted(range(len(models)), key=lambda i: (-counts[i], models[i])):
            if counts[index]:
                mine = known & (replayed.assignment.of == index)
                limit = ", an upper bound" if replayed.bounded[mine].all() else ""
                rows.append(compare.row(models[index] + limit, mine))
    return tuple(rows)


def _unexpected(trace: Trace, replayed: Replayed) -> npt.NDArray[np.bool_]:
    """Say which requests read something else than their session's previous request had read and written."""
    from cachelens.replay.assign import predecessors

    everyone = np.arange(len(trace), dtype=np.int64)
    before = predecessors(replayed.assignment.of.astype(np.int32), trace.column("session"), everyone)
    read = trace.column("read")
    after = read + sum(trace.column(f"write_{label}") for label in WRITE_TTLS)
    result: npt.NDArray[np.bool_] = (before >= 0) & (read != after[np.maximum(before, 0)])
    return result


class _Comparison:
    """Sums of predicted and recorded over subsets of requests."""

    def __init__(
        self,
        trace: Trace,
        replayed: Replayed,
        recorded: dict[str, I64],
        rates: Tariff,
        outside: I64,
    ) -> None:
        self._trace = trace
        self._replayed = replayed
        self._recorded = recorded
        self._rates = rates
        self._outside = outside

    def row(self, group: str, members: npt.NDArray[np.bool_]) -> ValidationRow:
        """Return the comparison over some requests."""
        from_outside = members & (self._outside > 0)
        members = members & ~from_outside
        read = self._trace.column("read")
        predicted_read, recorded_read = int(self._replayed.read[members].sum()), int(read[members].sum())
        predicted_write = sum(int(tokens[members].sum()) for tokens in self._replayed.write.values())
        recorded_write = sum(int(tokens[members].sum()) for tokens in self._recorded.values())
        has_writes = predicted_write > 0 or recorded_write > 0
        predicted_cost, recorded_cost = self._money(members)
        apart = int(np.abs(self._replayed.read[members] - read[members]).sum())
        return ValidationRow(
            group=group,
            requests=int(members.sum()),
            predicted_read=predicted_read,
            recorded_read=recorded_read,
            predicted_write=predicted_write if has_writes else None,
            recorded_write=recorded_write if has_writes else None,
            predicted_cost=predicted_cost,
            recorded_cost=recorded_cost,
            read_error=_error(predicted_read, recorded_read),
            write_error=_error(predicted_write, recorded_write) if has_writes else None,
            cost_error=_error(predicted_cost, recorded_cost),
            mean_abs_read_error=apart / recorded_read if recorded_read else None,
            outside_requests=int(from_outside.sum()),
            outside_tokens=int(self._outside[from_outside].sum()),
        )

    def _money(self, members: npt.NDArray[np.bool_]) -> tuple[Decimal | None, Decimal | None]:
        group = np.where(members, self._rates.group, -1)
        if not (group >= 0).any():
            return None, None
        ledger = Ledger(group, self._rates.rates, np.zeros(len(group), dtype=np.int64), 1)
        output = np.maximum(self._trace.column("output"), 0)
        replayed = self._replayed
        predicted = ledger.money({"plain": replayed.plain, "read": replayed.read, "output": output, **replayed.write})
        recorded = ledger.money(
            {
                "plain": np.maximum(self._trace.column("plain"), 0),
                "read": np.maximum(self._trace.column("read"), 0),
                "output": output,
                **{label: tokens for label, tokens in self._recorded.items() if tokens.any()},
            }
        )
        return predicted[0], recorded[0]


def _error(predicted: int | Decimal | None, recorded: int | Decimal | None) -> float | None:
    if predicted is None or recorded is None:
        return None
    if not recorded:
        return None if predicted else 0.0
    return float((Decimal(predicted) - Decimal(recorded)) / Decimal(recorded))
