"""What a routing policy is: one function from what it can see to a replica.

A policy reads and owns nothing but the numbers in `memory`, which start as zeros or as its `prepare` fills them. It
sees the load of each replica, how much of the prompt each has cached (if it asks for that), and keys of the request.
Ties go to the replica with the smallest number, unless its source breaks them otherwise; where a source breaks them
by chance, they go by a hash of the seed, the number of the request and that of the replica, so that a run can be
repeated.

Routers that count characters are given `CHARACTERS` of them for a token.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.kernels import fleet_arrays as rows

I64 = npt.NDArray[np.int64]

CHARACTERS: Final = 4
"""Characters of a token, as most routers that see text without a tokenizer take it."""

CHOOSE: Final = "int64(int64, int64, int64, int64[:, ::1], int64[:, ::1], int64[:, ::1], float64[::1], int64[::1])"
"""Arguments: number of the request, now (microseconds), its tokens, keys (requests, 2), load (`Load`, replicas),
matched tokens (`Match`, replicas), parameters, memory. Returns the number of a replica that is alive."""


class Load(enum.IntEnum):
    """Rows of the load that a policy sees."""

    ALIVE = rows.ALIVE
    """1, or 0 while the replica is down."""
    INFLIGHT = rows.INFLIGHT
    """Requests that were sent there and have not ended: known to the router itself, always up to date."""
    WAITING = rows.WAITING
    """Requests that wait for their prefill. This and what follows is as old as the policy's `refresh_us`."""
    RUNNING = rows.RUNNING
    """Requests that are computed."""
    QUEUED_TOKENS = rows.QUEUED_TOKENS
    """Prompt tokens that still have to be computed."""
    HELD_TOKENS = rows.HELD_TOKENS
    """Tokens of the running requests' contexts."""
    BUSY_BLOCKS = rows.BUSY_BLOCKS
    """Blocks that running requests hold."""
    CAPACITY = rows.CAPACITY
    """Blocks of the replica."""
    ROUTED = rows.ROUTED
    """Requests that were ever sent there; up to date."""
    INFLIGHT_TOKENS = rows.INFLIGHT_TOKENS
    """Prompt tokens of the requests in `INFLIGHT`; up to date."""


class Match(enum.IntEnum):
    """Rows of matched tokens."""

    ENGINE = 0
    """What the replica's own cache holds."""
    ROUTER = 1
    """What the router's own index believes."""
    HELD = 2
    """Not of this prompt: all tokens that the router's own index has for the replica."""


class Key(enum.StrEnum):
    """What a key is made of. Below zero stand keys of a request alone: `-1 - key` is a hash as any other."""

    NONE = "none"
    SESSION = "session"
    """The session; where it is not known, the request alone."""
    PREFIX = "prefix"
    """The blocks of the engine that hold the first tokens of the prompt, as many tokens as the policy says; where the
    prompt has no full block, the request alone."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Index:
    """The router's own record of what it sent where, by whole blocks of the engine.

    Of a prompt, the end is forgotten before the beginning.
    """

    tokens: int = 0
    """Tokens remembered for each replica, least recently used first out; 0 = all."""
    most_tokens: int = 0
    """Leading tokens of a prompt that are looked at; 0 = all."""
    keep_us: int = 0
    """How long an entry is believed after its last use; 0 = for ever."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy with one set of parameters."""

    id: str
    summary: str
    source: str
    choose: Callable[..., Any]
    """A loop of the signature `CHOOSE`."""
    parameters: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """By name, in the order in which `choose` finds them."""
    keys: tuple[Key, Key] = (Key.NONE, Key.NONE)
    key_tokens: tuple[int, int] = (0, 0)
    """Leading tokens of a `PREFIX` key."""
    sees_caches: bool = False
    """Whether `Match.ENGINE` is worked out."""
    event_lag_us: int = 0
    """How long it takes until a change of a cache is seen."""
    index: Index | None = None
    """Whether `Match.ROUTER` is worked out, and how."""
    refresh_us: int = 0
    """How old the reported load may be; 0 = always up to date."""
    memory: Callable[[int, int], int] = lambda replicas, requests: 1  # noqa: ARG005
    """Cells of memory for a number of replicas and of requests."""
    prepare: Callable[[I64, int], None] | None = None
    """Fill a memory of zeros for a number of replicas."""
    is_ceiling: bool = False
    """Whether it knows what no router can: it says what is possible, and is never advised."""
    is_load_blind: bool = False
    """Whether it never looks at load or caches, so that replicas can be replayed one by one."""

    def having(self, **parameters: float) -> Policy:
        """Return the policy with other parameters; `UsageError` for one that it does not have."""
        unknown = [name for name in parameters if name not in self.parameters]
        if unknown:
            known = ", ".join(self.parameters) or "it has none"
            raise UsageError(f"`{self.id}` has no parameter `{unknown[0]}`", hint=f"Its parameters: {known}.")
        return dataclasses.replace(self, parameters={**self.parameters, **parameters})

    def fresh_memory(self, replicas: int, requests: int) -> I64:
        """Return the memory with which a replay begins."""
        memory = np.zeros(self.memory(replicas, requests), dtype=np.int64)
        if self.prepare is not None:
            self.prepare(memory, replicas)
        return memory
