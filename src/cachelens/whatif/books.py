"""What the measured requests of one replay cost, kind by kind."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import numpy as np
import numpy.typing as npt

from cachelens.model.whatif import Bill
from cachelens.replay.bills import Ledger, Tariff
from cachelens.replay.sums import Replayed
from cachelens.whatif.cases import Case

I64 = npt.NDArray[np.int64]
OUTPUT = "output"
RENT = "rent"
_RENT = "stored_token_seconds"
_HOUR = 3600


class Books:
    """What the measured requests of one replay cost, kind by kind, for a unit."""

    def __init__(self, case: Case, replayed: Replayed, prices: Tariff) -> None:
        self._case = case
        self._replayed = replayed
        self._members = case.measured & replayed.covered
        group = np.where(self._members, prices.group, -1)
        self._ledger = Ledger(group, prices.rates, np.zeros(len(group), dtype=np.int64), 1)
        self._output = np.maximum(case.trace.column("output"), 0)
        self._priced = bool((group >= 0).any())

    @property
    def requests(self) -> int:
        """Replayed requests that count."""
        return int(self._members.sum())

    def count(self, tokens: I64) -> int:
        """Return how many tokens the measured requests have."""
        return int(tokens[self._members].sum())

    def bills(self) -> tuple[Bill, ...] | None:
        """Return what each kind of tokens costs; `None` where a price is missing."""
        replayed = self._replayed
        kinds = {
            "plain": replayed.plain,
            "read": replayed.read,
            **replayed.write,
            "stored": replayed.stored,
            _RENT: replayed.stored_token_seconds,
            OUTPUT: self._output,
        }
        found = []
        for kind, tokens in kinds.items():
            cost = self._money({kind: tokens})
            if cost is None:
                return None
            if count := self.count(tokens):
                name, amount = (RENT, count // _HOUR) if kind == _RENT else (kind, count)
                found.append(Bill(kind=name, tokens=amount, cost=cost, share=None))
        return tuple(found)

    def no_cache(self) -> Decimal | None:
        """Return what the same requests cost without any caching."""
        return self._money({"plain": self._replayed.total, OUTPUT: self._output})

    def _money(self, counts: dict[str, I64]) -> Decimal | None:
        total = self._ledger.money(counts)[0] if self._priced else None
        return None if total is None else self._case.of_unit(total)


def total_of(bills: tuple[Bill, ...] | None) -> Decimal | None:
    """Return what all of it costs; `None` where a price is missing."""
    return None if bills is None else sum((bill.cost for bill in bills), Decimal(0))


def with_share(bill: Bill, cost: Decimal | None) -> Bill:
    """Return a bill with its share of the whole cost."""
    return msgspec.structs.replace(bill, share=float(bill.cost / cost) if cost else None)


def saved(cost: Decimal | None, without: Decimal | None, besides: Decimal) -> float | None:
    """Return the part of a cost that caching saves, leaving `besides` out of both."""
    if cost is None or without is None or without <= besides:
        return None
    return float(1 - (cost - besides) / (without - besides))
