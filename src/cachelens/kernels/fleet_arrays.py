"""What the loops over a fleet's events are given, and where in the arrays everything stands.

Everything that differs between engines and between routers is handed in as loops: see `fleet.engines.base`,
`fleet.routing.base` and `fleet_index`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cachelens.kernels.shim import kernel

ALIVE, INFLIGHT, WAITING, RUNNING, QUEUED_TOKENS, HELD_TOKENS, BUSY_BLOCKS, CAPACITY, ROUTED, INFLIGHT_TOKENS = range(
    10
)
LOADS = 10
"""Rows of the load, a column a replica; `fleet.routing.base.Load` says what they mean."""
SEES = 3
"""Rows of what a policy sees of caches: tokens of the prompt in the engine's cache and in the router's index, and all
that the index has."""
REPLICA, HIT, STARTED, FIRST_TOKEN, ENDED, LOADED, ADMITTED, RELEASED = range(8)
COLUMNS = 8
"""Columns of the result, one row a request; REPLICA is -1 for a request that was rejected. LOADED are those tokens of
HIT that came from a second tier of memory. ADMITTED and RELEASED number all calls of `admit` and `finish` in the order
in which they were made, from 1; -1 untimed."""
T0, PER_TOKEN, PER_PAIR, STEP, PER_RUNNING, PER_HELD, PER_LOADED = range(7)
"""Parts of the latency, in microseconds: of a prefill step, of each new token, of each pair of a new token and one that
it attends to; of a decode step, of each running request and each token held in it; of each token brought from a second
tier of memory (it may be left out where no engine has one)."""
POOL_CAPACITY, POOL_BUSY, POOL_CACHED, POOL_EVICTED, POOL_LOADED = range(5)
"""First cells of the memory of a cache; `fleet.engines.base` says what they mean."""


class Requests(NamedTuple):
    """The requests, one entry of each array a request unless it says otherwise."""

    arrived: Any
    """Microseconds, rising."""
    tokens: Any
    """Of the prompt."""
    output: Any
    """Tokens of the answer."""
    start: Any
    """One more: where the runs of each prompt begin in `runs`."""
    runs: Any
    length: Any
    """Blocks of every run."""
    answer_first: Any
    answer_stop: Any
    """Where in `runs` those of the answer stand."""
    size: int
    """Tokens of a block."""


class Caches(NamedTuple):
    """The caches of the replicas, and the engine's loops."""

    match: Any
    admit: Any
    grow: Any
    finish: Any
    pools: Any
    """A row of memory a replica."""
    cold: Any
    """An empty memory."""


class Owners(NamedTuple):
    """Whose blocks are evicted for whom."""

    workload: Any
    """Of each request."""
    owner: Any
    """Workload of each run."""
    interference: Any
    """Blocks evicted for a workload (row), of a workload (column)."""


@kernel
def prompt_of(requests: Any, i: int) -> Any:
    """Return the runs of a prompt."""
    return requests.runs[requests.start[i] : requests.start[i + 1]]


@kernel
def answer_of(requests: Any, i: int) -> Any:
    """Return the runs that an answer fills."""
    return requests.runs[requests.answer_first[i] : requests.answer_stop[i]]


@kernel
def needed(tokens: int, output: int, size: int) -> int:
    """Return the blocks of a prompt and its answer."""
    return (tokens + output + size - 1) // size
