"""The keys of requests: what a policy hashes, as numbers that spread evenly and are the same on every run."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.routing.base import I64, Key, Policy

_SEED: Final = 0x9E3779B97F4A7C15
_SEEDS: Final = 8
"""Salts that a seed has for itself."""
_SALTS: Final = {Key.SESSION: 1, Key.PREFIX: 2, Key.NONE: 3}
"""So that a session, a prefix and a request of the same number have nothing to do with each other."""


def keys_of(requests: FleetRequests, policy: Policy, seed: int = 0) -> I64:
    """Return the two keys of each request, shape (requests, 2); see `Key` for those below zero."""
    keys = np.zeros((len(requests), 2), dtype=np.int64)
    for column, (kind, tokens) in enumerate(zip(policy.keys, policy.key_tokens, strict=True)):
        if kind is Key.SESSION:
            keys[:, column] = _keys(requests.session, kind, seed)
        elif kind is Key.PREFIX:
            keys[:, column] = _keys(prefix_runs(requests, tokens), kind, seed)
    return keys


def prefix_runs(requests: FleetRequests, tokens: int) -> I64:
    """Return for each request the run in which its first tokens end, -1 for a prompt without a full block.

    Equal runs mean that all blocks up to there are equal, so the run stands for the prefix.
    """
    if not len(requests.runs):
        return np.full(len(requests), -1, dtype=np.int64)
    ends = np.cumsum(requests.length[requests.runs], dtype=np.int64)
    before = np.concatenate([[0], ends])[requests.start[:-1]]
    blocks = max(1, -(-tokens // requests.block_size))
    last = np.minimum(np.searchsorted(ends, before + blocks), requests.start[1:] - 1)
    runs = requests.runs[np.maximum(last, 0)].astype(np.int64)
    return np.where(np.diff(requests.start) > 0, runs, -1)


def hashed(numbers: npt.NDArray[np.int64], salt: int) -> I64:
    """Return a hash of 62 bits of each number (the finalizer of splitmix64)."""
    with np.errstate(over="ignore"):  # numbers of 64 bits wrap around, as they should
        x = numbers.astype(np.uint64) + np.uint64(_SEED) * np.uint64(salt + 1)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return (x >> np.uint64(2)).astype(np.int64)


def _keys(numbers: I64, kind: Key, seed: int) -> I64:
    """Return keys of what is known (not below zero), and of the request alone for the rest."""
    alone = -1 - hashed(np.arange(len(numbers), dtype=np.int64), _SALTS[Key.NONE] + _SEEDS * seed)
    return np.where(numbers >= 0, hashed(np.maximum(numbers, 0), _SALTS[kind] + _SEEDS * seed), alone)
