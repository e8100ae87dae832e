"""A table that finds the slot of a run by open addressing, in the memory of a replica.

The memory begins with the cells of `base`, then those named here. Slots of one size stand one behind the other; the
first cell of a slot is its run.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cachelens.fleet.engines.base import STATE
from cachelens.kernels.shim import kernel

MASK: Final = STATE
"""Cells of the table, less one."""
TABLE: Final = STATE + 1
"""Where the table begins."""
AFTER: Final = STATE + 2
"""The first cell that is free for an engine."""


def table_size(slots: int) -> int:
    """Return the cells of a table, at least half of them empty; a power of two."""
    return 1 << max(3, (2 * slots - 1).bit_length())


@kernel
def home_of(run: int, mask: int) -> int:
    """Return the place in the table where a run belongs."""
    return int((np.int64(run) * 0x9E3779B1 >> 7) & mask)


@kernel
def place_in(memory: Any, run: int, first: int, size: int) -> int:
    """Return the cell of the table that holds a run, or the empty one where it would go.

    The slots begin at `first`, each of `size` cells.
    """
    mask, table = memory[MASK], memory[TABLE]
    place = home_of(run, mask)
    while memory[table + place] >= 0 and memory[first + size * memory[table + place]] != run:
        place = (place + 1) & mask
    return int(table + place)


@kernel
def take_out(memory: Any, slot: int, first: int, size: int) -> None:
    """Take the run of a slot out of the table, and move up what stands behind it."""
    mask, table = memory[MASK], memory[TABLE]
    hole = place_in(memory, memory[first + size * slot], first, size) - table
    place = (hole + 1) & mask
    while memory[table + place] >= 0:
        home = home_of(memory[first + size * memory[table + place]], mask)
        if ((place - home) & mask) >= ((place - hole) & mask):
            memory[table + hole] = memory[table + place]
            hole = place
        place = (place + 1) & mask
    memory[table + hole] = -1
