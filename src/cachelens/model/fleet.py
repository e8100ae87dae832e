"""What a fleet was asked and what it did. Every ratio and every sum is computed before it gets here."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cachelens.model.frozen import Frozen
from cachelens.model.result import InputSummary, SkipCount
from cachelens.model.stack import Stack

ALL = "all"
"""Stands for every policy."""
EVERY = -1
"""Stands for every replica, one after the other."""
NEW = -2
"""Stands for a replica that was not there before."""


class Change(Frozen):
    """A replica that fails, is added, or restarts."""

    kind: str
    """`fail`, `add` or `restart`."""
    at_us: int
    """Microseconds of the replay."""
    replica: int
    """Counted from 0; or `EVERY`, `NEW`."""
    down_us: int = 0
    """How long a restart takes."""


class FleetChoices(Frozen):
    """What is asked. Empty or `None` means: the default."""

    replicas: tuple[int, ...] = (1, 2, 4, 8)
    policies: tuple[str, ...] = (ALL,)
    engine: str = "vllm"
    block_size: int | None = None
    """Tokens; default: the trace's own, else the engine's."""
    kv_blocks: tuple[int, ...] = ()
    """Blocks of each replica; nothing of the three: no limit."""
    kv_tokens: tuple[int, ...] = ()
    gpu: str = ""
    llm: str = ""
    gpus_per_replica: int = 1
    timed: bool = False
    speed: float = 1.0
    """Arrivals come so many times as fast as recorded."""
    latency: tuple[float, ...] = ()
    """Microseconds: of a prefill step, a new token, a pair of tokens; of a decode step, a running request, a held
    token; a token brought from a second tier of memory.
    """
    prefill_budget: int = 8192
    """Prompt tokens of one step."""
    ttft_target_us: int | None = None
    ttft_percentile: int = 95
    """How many in a hundred requests the target holds for."""
    gpu_price: Decimal | None = None
    """US dollars for one GPU for an hour."""
    changes: tuple[Change, ...] = ()
    seed: int = 0
    workloads: tuple[str, ...] = ()
    """Only these are replayed; empty: all."""
    cache_answers: bool = True


class Losses(Frozen):
    """Why input tokens were computed, in tokens; with the hits they make up the input."""

    routing: int
    """A cache without limit would have had them, had there been one for all replicas."""
    computing: int
    """A replica's own cache would have had them, had another request been ready; always 0 untimed."""
    eviction: int
    """A replica's own cache would have had them, had it no limit and had it never been emptied."""
    workload: int
    """No earlier request had them."""
    routing_share: float
    """Of the input tokens, and so on."""
    computing_share: float
    eviction_share: float
    workload_share: float


class Spread(Frozen):
    """Times in microseconds; a percentile is the smallest time that so many do not exceed."""

    mean: int
    p50: int
    p95: int
    p99: int


class ReplicaRow(Frozen):
    """One replica of one run."""

    replica: int
    requests: int
    input_tokens: int
    hit_tokens: int
    uncached_tokens: int
    token_hit_rate: float | None
    """`None` where nothing was sent there."""
    utilisation: float | None
    """Blocks cached at the end / blocks; `None` without a limit."""
    offered_load: float | None = None
    """Time that it needs for what was sent there / time in which that came; `None` untimed, or if all came at once."""


class Timing(Frozen):
    """What only a timed run knows."""

    ttft: Spread | None
    """`None` where every request was rejected, and so on."""
    queueing: Spread | None
    """Part of the TTFT before the first prompt token is computed."""
    prefill: Spread | None
    """The rest of it."""
    offered_load: float | None
    """Of the replica that has the most of it."""
    offered_load_mean: float | None
    is_saturated: bool
    """Whether any replica needs longer for its requests than it took them to come."""
    busy_imbalance: float | None
    """Largest busy time / mean busy time."""
    duration_us: int
    """From the first arrival to the last answer."""
    restarted: int
    """How often a request had to start again because its replica failed."""
    gpu_hours: float
    cost: Decimal | None


class Interference(Frozen):
    """Blocks of one workload that were evicted to make room for another, or for itself."""

    by: str
    of: str
    blocks: int
    share: float
    """Of all blocks evicted."""


class FleetRun(Frozen):
    """One policy on one fleet. Tokens are those of the requests that were served."""

    policy: str
    replicas: int
    kv_blocks: int | None
    """Blocks of each replica; `None`: no limit."""
    served: int
    rejected: int
    rejected_tokens: int
    input_tokens: int
    hit_tokens: int
    loaded_tokens: int
    """Those of `hit_tokens` that came from a second tier of memory."""
    token_hit_rate: float | None
    request_hit_rate: float | None
    losses: Losses | None
    utilisation: float | None
    """Mean over the replicas."""
    evicted_blocks: int
    held_blocks: int
    """Blocks that could be found at the end, all replicas together."""
    duplicate_blocks: int
    """Of these, those that another replica holds too."""
    duplicate_share: float | None
    uncached_imbalance: float | None
    """Largest number of tokens that a replica computed / mean."""
    per_replica: tuple[ReplicaRow, ...]
    interference: tuple[Interference, ...] = ()
    timing: Timing | None = None


class TargetRow(Frozen):
    """The smallest fleet that meets a TTFT target with one policy and cache size."""

    policy: str
    kv_blocks: int | None
    replicas: int | None
    """`None` where no fleet that was tried meets it."""
    gpus: int | None
    ttft_us: int | None
    """The percentile that this fleet has."""
    cost_per_hour: Decimal | None
    tried: int
    """The largest fleet that was tried."""


class ListedName(Frozen):
    """A name that an option takes."""

    id: str
    summary: str
    details: tuple[str, ...] = ()
    """Its parameters with their defaults, its other names, and the like; each stands for itself."""


class NameList(Frozen):
    """All names that an option takes."""

    title: str
    rows: tuple[ListedName, ...]
    reading: str
    """How a row is read."""


class RoundRobinCheck(Frozen):
    """Round robin on caches without limit, against one share in N."""

    replicas: int
    token_hit_rate: float
    one_nth: float
    """The hit rate of the single cache / replicas."""


class SessionCheck(Frozen):
    """What caches without limit, one for each session, lose against one cache for all."""

    sessions: int
    token_hit_rate: float
    single_token_hit_rate: float
    shared_tokens: float
    """Mean tokens of a request that only another session's request had before."""


class PrefixCheck(Frozen):
    """How much of what one cache without limit saves lies in hits that took long enough to compute."""

    recompute_us: int
    tokens: int
    """Length of a prefix that takes so long."""
    requests: int
    """Whose hit is at least that long."""
    request_share: float
    hit_share: float
    """Of all tokens hit."""


class Checks(Frozen):
    """Rules of thumb, held against this trace."""

    round_robin: tuple[RoundRobinCheck, ...] = ()
    session: SessionCheck | None = None
    """`None` where the log names and suggests no sessions."""
    prefixes: tuple[PrefixCheck, ...] = ()


class FleetResult(Frozen):
    """Everything that a replay of a fleet found."""

    version: str
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...]
    requests: int
    input_tokens: int
    output_tokens: int
    sessions: int
    workloads: int
    span_us: int
    """From the first arrival to the last, as replayed."""
    engine: str
    engine_source: str
    block_size: int
    timed: bool
    speed: float
    seed: int
    latency: tuple[float, ...]
    latency_source: str
    prefill_budget: int
    gpus_per_replica: int
    changes: tuple[Change, ...]
    single_token_hit_rate: float | None
    """Of one cache without limit: no fleet can have more."""
    policies: dict[str, str]
    """What each policy does, in a line, by name."""
    ceilings: tuple[str, ...]
    """Policies that know what no router can."""
    runs: tuple[FleetRun, ...]
    """By replicas, then by blocks, then in the order of the catalogue."""
    ttft_target_us: int | None = None
    ttft_percentile: int = 95
    targets: tuple[TargetRow, ...] = ()
    checks: Checks = msgspec.field(default_factory=Checks)
    ignored: tuple[str, ...] = ()
    """What was asked for and changes nothing."""
    notes: tuple[str, ...] = ()
    """What a reader must know to judge the numbers."""
    stack: Stack | None = None
    """The response caches in front, where they were asked for; all other figures are of what reaches the fleet."""
