"""Consistent hash rings: each replica has many points, and a key belongs to the point that follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from cachelens.fleet.routing.base import I64
from cachelens.fleet.routing.keys import hashed

_SALT: Final = 7


def ring_cells(points: int) -> Callable[[int, int], int]:
    """Return how many cells of memory a ring takes, as `Policy.memory`."""
    return lambda replicas, requests: 1 + 2 * points * replicas  # noqa: ARG005 - as it is asked


def place_ring(points: int) -> Callable[[I64, int], None]:
    """Return what writes a ring with so many points a replica to the front of a memory, as `Policy.prepare`.

    A replica keeps its points whatever the number of others, so that one more takes only its share of the keys.
    """

    def prepare(memory: I64, replicas: int) -> None:
        owners = np.repeat(np.arange(replicas, dtype=np.int64), points)
        places = hashed((owners << 32) + np.tile(np.arange(points, dtype=np.int64), replicas), _SALT)
        order = np.lexsort((owners, places))
        count = points * replicas
        memory[0] = count
        memory[1 : 1 + count] = places[order]
        memory[1 + count : 1 + 2 * count] = owners[order]

    return prepare
