"""Money and rates of some of the requests of one replay."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import numpy.typing as npt

from cachelens.kernels import entries
from cachelens.prompts.trace import Trace
from cachelens.replay.bills import Ledger, tariff
from cachelens.replay.sums import Replayed

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Parts:
    """Looks into one replay. Sums over parts that share no request add up to the sum over all of them."""

    def __init__(self, trace: Trace, replayed: Replayed) -> None:
        self._replayed = replayed
        self._tariff = tariff(trace, replayed.assignment, replayed.explicit, replayed.total)
        self._output = np.maximum(trace.column("output"), 0)
        self._priced = bool((self._tariff.group >= 0).any())

    def uncached(self, mask: Mask) -> Decimal | None:
        """USD of these requests without a prompt cache; `None` where no request has a price."""
        return self._money(mask, {"plain": self._replayed.total, "output": self._output})

    def cached(self, mask: Mask) -> Decimal | None:
        """USD of these requests as replayed; `None` where they cannot be priced."""
        found = self._replayed
        counts = {"plain": found.plain, "read": found.read, "output": self._output, **found.write}
        if found.stored.any():
            counts |= {"stored": found.stored, "stored_token_seconds": found.stored_token_seconds}
        return self._money(mask, counts)

    def token_hit_rate(self, mask: Mask) -> float | None:
        """Read tokens / input tokens of these requests; `None` without any."""
        mask = mask & self._replayed.covered & ~self._replayed.unknown
        whole = int(self._replayed.total[mask].sum())
        return int(self._replayed.read[mask].sum()) / whole if whole else None

    def hits(self, mask: Mask) -> int:
        """Count the requests that read anything."""
        return int((self._replayed.read[mask] > 0).sum())

    def expired(self, mask: Mask) -> int:
        """Count the requests whose prefix had outlived its lifetime."""
        return int((self._replayed.cause[mask] == entries.EXPIRED).sum())

    def _money(self, mask: Mask, counts: dict[str, I64]) -> Decimal | None:
        if not self._priced:
            return None
        group = np.where(mask, self._tariff.group, -1)
        return Ledger(group, self._tariff.rates, np.zeros(len(mask), dtype=np.int64), 1).money(counts)[0]
