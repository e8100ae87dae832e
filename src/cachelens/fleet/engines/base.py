"""What an engine's cache is: four loops over a memory of its own.

The memory of one replica is one row of 32-bit integers, laid out as the engine likes; the first cells are shared. A
loop over events is compiled once and is handed the engine's loops, so an engine is one file and one row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from cachelens.kernels.fleet_arrays import POOL_BUSY, POOL_CACHED, POOL_CAPACITY, POOL_EVICTED, POOL_LOADED, Caches
from cachelens.kernels.shim import handed

CAPACITY: Final = POOL_CAPACITY
"""Blocks that the replica can hold."""
BUSY: Final = POOL_BUSY
"""Blocks that running requests hold."""
CACHED: Final = POOL_CACHED
"""Blocks that can be found, busy or not."""
EVICTED: Final = POOL_EVICTED
"""Blocks evicted so far."""
LOADED: Final = POOL_LOADED
"""Blocks that the last `admit` brought from a second tier of memory; among those that it returned."""
STATE: Final = 5
"""First cell of the engine's own."""

MATCH: Final = "int64(int32[::1], int32[::1], int32[::1], int64)"
ADMIT: Final = "int64(int32[::1], int32[::1], int32[::1], int64, int64, int64, int64, int32[::1])"
GROW: Final = "int64(int32[::1], int32[::1], int64, int32[::1])"
FINISH: Final = "void(int32[::1], int32[::1], int32[::1], int32[::1], int64, int64)"


class Loops(NamedTuple):
    """An engine's four loops, not compiled yet; see `Engine`."""

    match: Callable[..., Any]
    admit: Callable[..., Any]
    grow: Callable[..., Any]
    finish: Callable[..., Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Engine:
    """One engine's cache.

    `runs` are those of a request's prompt, front to back, `length` the blocks of every run; `time` never falls.

    * `match(memory, runs, length, most)`: how many leading blocks are cached, at most `most`; changes nothing.
    * `admit(memory, runs, length, tokens, size, need, time, evicted)`: hold what is cached, take room for the rest of
      `need` blocks, make the prompt's runs findable, and return how many tokens need no prefill; -1 where there is no
      room, and then nothing has changed. For what is evicted, pairs of a run and a number of blocks go to `evicted`,
      whose first cell counts the cells used behind it; more than fit are not noted.
    * `grow(memory, length, blocks, evicted)`: take room for more blocks, as an answer does that is longer than `admit`
      foresaw; return 1, or 0 where there is no room, and then nothing has changed. `finish` gets the sum as its `need`.
    * `finish(memory, runs, length, answer, need, time)`: let go of all that `admit` took; the runs of the prompt and of
      the `answer` stay findable until they are evicted.
    """

    id: str
    source: str
    """Where its rules are from."""
    block_size: int
    """Tokens of a block by default."""
    cells: Callable[[int, int], int]
    """Cells of memory for a capacity in blocks and a number of distinct runs."""
    match: Callable[..., Any]
    admit: Callable[..., Any]
    grow: Callable[..., Any]
    finish: Callable[..., Any]
    prepare: Callable[[Any, int, int], None]
    """Make a memory empty, for a capacity and a number of distinct runs."""

    @classmethod
    def compiled(
        cls,
        *,
        id: str,  # noqa: A002  the name of the field
        source: str,
        cells: Callable[[int, int], int],
        prepare: Callable[[Any, int, int], None],
        loops: Loops,
    ) -> Engine:
        """Return an engine with blocks of 16 tokens, its loops compiled as those that a replay is handed."""
        return cls(
            id=id,
            source=source,
            block_size=16,
            cells=cells,
            match=handed(loops.match, MATCH),
            admit=handed(loops.admit, ADMIT),
            grow=handed(loops.grow, GROW),
            finish=handed(loops.finish, FINISH),
            prepare=prepare,
        )

    def caches(self, pools: Any, cold: Any) -> Caches:
        """Return caches in the memory `pools`, a row each, as the loops over events take them."""
        return Caches(self.match, self.admit, self.grow, self.finish, pools, cold)
