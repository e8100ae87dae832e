"""What a log costs with some of its requests served by response caches."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import numpy.typing as npt

from cachelens.layouts.boundaries import boundary
from cachelens.model.result import Evidence, Note
from cachelens.model.scenario import Scenario
from cachelens.model.stack import Thinning
from cachelens.prompts.columns import NO_TIME
from cachelens.prompts.select import select
from cachelens.prompts.trace import Trace
from cachelens.providers.book import PriceBook
from cachelens.replay.engine import Replayer
from cachelens.replay.notes import notes_of
from cachelens.replay.parts import Parts

Mask = npt.NDArray[np.bool_]
_ESTIMATES = (Evidence.FITTED, Evidence.ESTIMATED)
NOTHING = Decimal(0)


class Bill:
    """Prices parts of one trace; every replay is made once."""

    def __init__(self, trace: Trace, book: PriceBook) -> None:
        self.trace = trace
        self._book = book
        self._replayer = Replayer(trace, book)
        self._known: dict[bytes, Parts] = {}
        self.everyone: Mask = np.ones(len(trace), dtype=np.bool_)
        self._recorded = self._replayer.replay(Scenario(), boundary(Scenario().boundary).place(trace))
        self.whole = Parts(trace, self._recorded)

    def without(self, mask: Mask) -> Decimal | None:
        """USD of some requests without any cache."""
        return self.whole.uncached(mask)

    def with_prompt_cache(self, mask: Mask) -> Decimal | None:
        """USD of some requests with the prompt cache, when only they reach the model."""
        return self._behind(mask).cached(np.ones(int(mask.sum()), dtype=np.bool_)) if mask.any() else NOTHING

    def token_hit_rate(self, mask: Mask) -> float | None:
        """Token hit rate of some requests when only they reach the model."""
        return self._behind(mask).token_hit_rate(np.ones(int(mask.sum()), dtype=np.bool_)) if mask.any() else None

    def prompt_hits(self, mask: Mask) -> int:
        """Count the requests that read anything when only these reach the model."""
        return self._behind(mask).hits(np.ones(int(mask.sum()), dtype=np.bool_)) if mask.any() else 0

    def _behind(self, mask: Mask) -> Parts:
        if mask.all():
            return self.whole
        key = np.packbits(mask).tobytes()
        if key not in self._known:
            trace = select(self.trace, mask)
            replayer = Replayer(trace, self._book, outside=self._replayer.outside[mask])
            self._known[key] = Parts(trace, replayer.replay(Scenario(), boundary(Scenario().boundary).place(trace)))
        return self._known[key]

    def thinning(self, remaining: Mask) -> Thinning | None:
        """Compare the same requests with all traffic around them, and alone; `None` where nothing was served."""
        if remaining.all() or not remaining.any():
            return None
        alone = self._behind(remaining)
        all_of_them = np.ones(int(remaining.sum()), dtype=np.bool_)
        return Thinning(
            requests=int(remaining.sum()),
            token_hit_rate_before=self.whole.token_hit_rate(remaining),
            token_hit_rate_after=alone.token_hit_rate(all_of_them),
            expired_before=self.whole.expired(remaining),
            expired_after=alone.expired(all_of_them),
            extra_cost=minus(alone.cached(all_of_them), self.whole.cached(remaining)),
        )

    def latency(self, mask: Mask) -> tuple[int | None, int]:
        """Return the recorded time of some requests in microseconds, and for how many none is recorded."""
        end = self.trace.column("end")
        spans = end - self.trace.column("arrived")
        timed = (self.trace.requests["flags"] & NO_TIME) == 0
        known = mask & timed & (end >= 0) & (spans >= 0)
        return (int(spans[known].sum()) if known.any() else None), int((mask & ~known).sum())

    @property
    def estimated(self) -> bool:
        """Whether money rests on token counts that are estimates."""
        return any(basis.evidence in _ESTIMATES for basis in self._replayer.calibration.about())

    def notes(self) -> tuple[Note, ...]:
        """Return what must be known of the log and its replay."""
        return notes_of(self._replayer, self._recorded, ())


def minus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return a difference; `None` where either is unknown."""
    return None if one is None or other is None else one - other
