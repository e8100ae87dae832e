"""What a cache of any size would find: LRU hit rates of all capacities from one pass over the requests."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.fleet.requests import FleetRequests
from cachelens.kernels.curves import distances

I64 = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CapacityCurve:
    """Tokens found by caches of any capacity; linear between its corners, and flat behind the last."""

    block_size: int
    tokens: int
    """Tokens of all prompts."""
    capacity: I64
    """Blocks of each replica at the corners, rising from 0."""
    hit: I64
    """Tokens found there, by all replicas together."""
    longest: int
    """Blocks of the longest request; a smaller cache turns requests away, and the curve does not hold for it."""

    def hit_tokens(self, capacity: int) -> int:
        """Return the tokens found when each replica has so many blocks."""
        place = int(np.searchsorted(self.capacity, capacity, side="right")) - 1
        if place + 1 >= len(self.capacity):
            return int(self.hit[-1])
        width = int(self.capacity[place + 1] - self.capacity[place])
        rise = int(self.hit[place + 1] - self.hit[place])
        return int(self.hit[place]) + rise * (capacity - int(self.capacity[place])) // width

    def capacity_for(self, share: float) -> int:
        """Return the fewest blocks of each replica that find a share of what caches without limit find."""
        low, high = 0, int(self.capacity[-1])
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.hit_tokens(middle) >= share * int(self.hit[-1]) else (middle + 1, high)
        return low

    def token_hit_rate(self, capacity: int) -> float:
        """Return the share of all prompt tokens that is found."""
        return self.hit_tokens(capacity) / self.tokens if self.tokens else 0.0


def lru_curve(requests: FleetRequests, *, replica: I64 | None = None, with_answers: bool = False) -> CapacityCurve:
    """Return what caches with vLLM's order of eviction find, exact for requests that do not overlap.

    `replica` says which cache each request goes to, as a policy that is blind to load decides; by default all go to
    one. Prompts alone are cached unless `with_answers`; then it is as if a cache had one block less, as a running
    request holds one that never fills, and exact as long as no answer is computed twice.
    """
    count = len(requests)
    where = np.zeros(count, dtype=np.int64) if replica is None else replica
    stop = requests.answer_stop if with_answers else requests.answer_first
    findable = np.maximum(requests.tokens - 1, 0) // requests.block_size
    rows = [distances(np.flatnonzero(where == one), requests.columns(), findable, stop) for one in np.unique(where)]
    found = np.concatenate([np.zeros((0, 2), dtype=np.int64), *rows])
    capacity, hit = _corners(found[:, 1] + int(with_answers), found[:, 0])
    blocks = requests.tokens // requests.block_size
    need = -(-(requests.tokens + requests.output) // requests.block_size) if with_answers else blocks
    return CapacityCurve(
        block_size=requests.block_size,
        tokens=int(requests.tokens.sum()),
        capacity=capacity,
        hit=hit * requests.block_size,
        longest=int(need.max()) if count else 0,
    )


def _corners(behind: I64, blocks: I64) -> tuple[I64, I64]:
    """Return where the number of found blocks changes its slope, and the number there.

    Each stretch of `blocks` is found one block at a time by capacities from `behind` + 1 on.
    """
    at = np.concatenate([[0], behind, behind + blocks])
    slope = np.concatenate([[0], np.ones(len(behind), dtype=np.int64), np.full(len(blocks), -1, dtype=np.int64)])
    capacity, index = np.unique(at, return_inverse=True)
    change = np.zeros(len(capacity), dtype=np.int64)
    np.add.at(change, index, slope)
    hit = np.zeros(len(capacity), dtype=np.int64)
    hit[1:] = np.cumsum(np.cumsum(change)[:-1] * np.diff(capacity))
    return capacity, hit
