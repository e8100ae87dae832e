"""A fleet without time and every router, in plain Python, written apart from the compiled loops.

Caches never evict here. A prompt is a tuple of block names; a prefix of it is what is cached. Only the hashes that
stand for chance are shared with the package, as a test could not state their values otherwise.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cachelens.fleet.routing.keys import hashed
from cachelens.kernels.routing import draw

SIZE = 16
T0, PER_TOKEN, STEP = 20_000, 40, 30_000
"""How long a request stays: a step, its uncached tokens, and its answer, in microseconds."""


@dataclass
class ORequest:
    arrived: int
    blocks: tuple[str, ...]
    tail: int
    """Tokens behind the last full block."""
    output: int
    session: int

    @property
    def tokens(self) -> int:
        return len(self.blocks) * SIZE + self.tail


@dataclass
class OReplica:
    alive: bool = True
    capacity: int = 1000
    cached: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Prefixes, and since when."""
    sent: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Prefixes the router sent there, and when last."""
    order: list[tuple[str, ...]] = field(default_factory=list)
    """The same by last use, oldest first."""
    flying: list[tuple[int, ORequest]] = field(default_factory=list)

    @property
    def inflight(self) -> int:
        return len(self.flying)

    @property
    def inflight_tokens(self) -> int:
        return sum(request.tokens for _, request in self.flying)

    @property
    def usage(self) -> float:
        blocks = sum(math.ceil((request.tokens + request.output) / SIZE) for _, request in self.flying)
        return min(1.0, blocks / self.capacity)


@dataclass
class OIndex:
    """How a router's own record is kept: blocks for each replica, blocks of a prompt, microseconds; 0 = all."""

    blocks: int = 0
    most: int = 0
    keep: int = 0


@dataclass
class View:
    number: int
    now: int
    request: ORequest
    replicas: list[OReplica]
    index: OIndex
    lag: int
    memory: dict[str, Any]
    """What the router keeps from one request to the next."""

    @property
    def living(self) -> list[int]:
        return [r for r, replica in enumerate(self.replicas) if replica.alive]

    def cached(self, r: int) -> int:
        """Tokens in the cache of a replica, as far as they count as a hit and are known by now."""
        most = (self.request.tokens - 1) // SIZE if self.lag == 0 else len(self.request.blocks)
        seen = {prefix for prefix, when in self.replicas[r].cached.items() if when + self.lag <= self.now}
        return SIZE * min(most, depth(seen, self.request.blocks))

    def sent(self, r: int) -> int:
        """Tokens that the router believes to be there."""
        keep = self.index.keep
        fresh = {p for p, when in self.replicas[r].sent.items() if not keep or self.now - when <= keep}
        blocks = self.request.blocks[: self.index.most] if self.index.most else self.request.blocks
        return SIZE * depth(fresh, blocks)

    def lot(self, r: int, seed: int = 0) -> int:
        return draw(seed, self.number, r)

    def least(self, among: list[int] | None = None) -> int:
        among = self.living if among is None else among
        return min(among, key=lambda r: (self.replicas[r].inflight, r))

    def fair(self, factor: float) -> float:
        return factor * (sum(self.replicas[r].inflight for r in self.living) + 1) / len(self.living)

    def prefix_key(self, tokens: int) -> int:
        if not self.request.blocks:
            return self.alone()
        blocks = self.request.blocks[: max(1, math.ceil(tokens / SIZE))]
        return int(self.memory["names"][blocks])

    def session_key(self) -> int:
        return _hash(self.request.session, 1) if self.request.session >= 0 else self.alone()

    def alone(self) -> int:
        return _hash(self.number, 3)

    def ring(self, points: int) -> list[int]:
        """All replicas in the order in which they follow a place, as a function of the place."""
        if "ring" not in self.memory:
            self.memory["ring"] = sorted(
                (_hash((r << 32) + point, 7), r) for r in range(len(self.replicas)) for point in range(points)
            )
        return [r for _, r in self.memory["ring"]]

    def clockwise(self, key: int, points: int) -> list[int]:
        owners = self.ring(points)
        place = bisect.bisect_left(self.memory["ring"], (key, -1))
        behind = owners[place:] + owners[:place]
        return [r for r in dict.fromkeys(behind) if self.replicas[r].alive]


def depth(prefixes: set[tuple[str, ...]], blocks: tuple[str, ...]) -> int:
    """How many leading blocks are there without a gap."""
    found = 0
    while found < len(blocks) and blocks[: found + 1] in prefixes:
        found += 1
    return found


def _hash(number: int, salt: int) -> int:
    return int(hashed(np.array([number], dtype=np.int64), salt)[0])


def lowest(among: list[int], score: Callable[[int], Any]) -> int:
    return min(among, key=lambda r: (score(r), r))


def round_robin(view: View) -> int:
    while True:
        view.memory["next"] = view.memory.get("next", -1) + 1
        chosen: int = view.memory["next"] % len(view.replicas)
        if view.replicas[chosen].alive:
            return chosen


def random(view: View) -> int:
    return view.living[int(draw(0, view.number, 0) / 2**32 * len(view.living))]


def power_of_two(view: View) -> int:
    if len(view.living) == 1:
        return view.living[0]
    first = random(view)
    others = [r for r in view.living if r != first]
    second = others[int(draw(0, view.number, 1) / 2**32 * len(others))]
    return second if view.replicas[second].inflight < view.replicas[first].inflight else first


def least_tokens(view: View) -> int:
    return lowest(view.living, lambda r: view.replicas[r].inflight_tokens)


def session_affinity(view: View) -> int:
    return view.clockwise(view.session_key(), 150)[0]


def prefix_hash(view: View) -> int:
    most = view.fair(1.25)
    return next(r for r in view.clockwise(view.prefix_key(25), 256) if view.replicas[r].inflight <= most)


def first_blocks_hash(view: View) -> int:
    home = view.prefix_key(1024) % len(view.replicas)
    around = [(home + step) % len(view.replicas) for step in range(len(view.replicas))]
    return next(r for r in around if view.replicas[r].alive)


def sglang_prefix_hash(view: View) -> int:
    home = view.clockwise(view.prefix_key(256), 150)[0]
    return home if view.replicas[home].inflight <= view.fair(1.25) else view.least()


def sglang_cache_aware(rate: float, gap: int, ratio: float) -> Callable[[View], int]:
    def choose(view: View) -> int:
        loads = [view.replicas[r].inflight for r in view.living]
        if max(loads) - min(loads) > gap and max(loads) > ratio * min(loads):
            return view.least()
        best = lowest(view.living, lambda r: -view.sent(r))
        return best if view.sent(best) / view.request.tokens > rate else view.least()

    return choose


def vllm_dp(view: View) -> int:
    start: int = view.memory.get("start", 0)
    view.memory["start"] = start + 1
    count = len(view.replicas)
    around = [(start + step) % count for step in range(count)]
    alive = [r for r in around if view.replicas[r].alive]
    return min(alive, key=lambda r: view.replicas[r].inflight)


def _lately(view: View, by_session: bool) -> int:
    log: list[tuple[int, int]] = view.memory.setdefault("log", [])
    if by_session:
        chosen = view.clockwise(view.session_key(), 160)[0]
    else:
        recent = [r for when, r in log if view.now - when <= 60_000_000]
        chosen = lowest(view.living, recent.count)
    log.append((view.now, chosen))
    return chosen


def production_stack_session(view: View) -> int:
    return _lately(view, view.request.session >= 0)


def production_stack_prefix(view: View) -> int:
    longest = max(view.sent(r) for r in view.living)
    return int(min((r for r in view.living if view.sent(r) == longest), key=view.lot))


def production_stack_kv(view: View) -> int:
    best = lowest(view.living, lambda r: -view.cached(r))
    if view.cached(best) and view.cached(best) >= view.request.tokens - 2000:
        view.memory.setdefault("log", []).append((view.now, best))
        return best
    return _lately(view, view.request.session >= 0)


def llm_d_approx(view: View) -> int:
    looked_at = min(view.request.tokens, 4096)
    return min(view.living, key=lambda r: (-view.sent(r) / looked_at, view.lot(r)))


def llm_d_precise(view: View) -> int:
    found = [view.cached(r) for r in view.living]

    def score(r: int) -> float:
        spread = max(found) - min(found)
        prefix = (view.cached(r) - min(found)) / spread if spread else 1.0
        return 2 * prefix + 1.0 + (1 - view.replicas[r].usage)

    return min(view.living, key=lambda r: (-score(r), view.lot(r)))


def dynamo(view: View) -> int:
    return lowest(view.living, lambda r: view.request.tokens - view.cached(r) + view.replicas[r].inflight_tokens)


def aibrix(view: View) -> int:
    loads = {r: view.replicas[r].inflight for r in view.living}
    idle = min(view.living, key=lambda r: (loads[r], view.lot(r)))
    mean = sum(loads.values()) / len(loads)
    spread = math.sqrt(sum((load - mean) ** 2 for load in loads.values()) / len(loads))
    allowed = [r for r in view.living if loads[r] <= mean + spread + 1e-9]
    if max(loads.values()) - min(loads.values()) > 8:
        allowed = [r for r in view.living if loads[r] == min(loads.values())]
    matched = {r: view.sent(r) * 100 // view.request.tokens for r in allowed if view.sent(r)}
    return min(matched, key=lambda r: (-matched[r], loads[r], r)) if matched else idle


def ray(view: View) -> int:
    longest = max(view.sent(r) for r in view.living)
    if longest / view.request.tokens < 0.1:
        smallest = min(len(view.replicas[r].sent) for r in view.living)
        among = [r for r in view.living if len(view.replicas[r].sent) == smallest]
    else:
        among = [r for r in view.living if view.sent(r) == longest]
    return min(among, key=lambda r: (view.replicas[r].inflight, view.lot(r)))


def preble(view: View) -> int:
    log: list[tuple[int, int, int]] = view.memory.setdefault("log", [])
    work = {r: sum(n for when, s, n in log if s == r and view.now - when <= 180_000_000) for r in view.living}
    tokens = view.request.tokens
    new = {r: tokens - view.sent(r) for r in view.living}
    longest = max(view.sent(r) for r in view.living)
    among = [r for r in view.living if view.sent(r) == longest] if longest > tokens - longest else view.living
    best = lowest(among, lambda r: 50.3 * (work[r] + new[r]) + 5500 * 45 * view.replicas[r].inflight)
    light, heavy = lowest(view.living, lambda r: work[r]), lowest(view.living, lambda r: -work[r])
    if best == heavy and work[best] > 1.5 * work[light]:
        best = light
    log.append((view.now, best, new[best]))
    return best


def lmetric(view: View) -> int:
    def score(r: int) -> tuple[int, int]:
        load = view.replicas[r].inflight
        return (view.request.tokens - view.sent(r)) * (load + 1), load

    return lowest(view.living, score)


def two_tier(view: View) -> int:
    count = len(view.replicas)
    groups = max(1, count // 4)
    group = view.prefix_key(1024) % groups
    members = list(range(group * count // groups, (group + 1) * count // groups))
    home = members[view.session_key() % len(members)]
    most = view.fair(1.25)
    for among in ([home], members, view.living):
        alive = [r for r in among if view.replicas[r].alive]
        if alive and view.replicas[view.least(alive)].inflight <= most:
            return view.least(alive)
    raise AssertionError("the least loaded replica has at most its share")


def oracle(view: View) -> int:
    work: dict[int, int] = view.memory.setdefault("work", {})
    best = lowest(view.living, lambda r: -(view.cached(r) - 0.02 * work.get(r, 0)))
    work[best] = work.get(best, 0) + view.request.tokens - view.cached(best)
    return best


ROUTERS: dict[str, tuple[Callable[[View], int], OIndex]] = {
    "round-robin": (round_robin, OIndex()),
    "random": (random, OIndex()),
    "power-of-two": (power_of_two, OIndex()),
    "least-requests": (View.least, OIndex()),
    "least-tokens": (least_tokens, OIndex()),
    "session-affinity": (session_affinity, OIndex()),
    "prefix-hash": (prefix_hash, OIndex()),
    "first-blocks-hash": (first_blocks_hash, OIndex()),
    "sglang-prefix-hash": (sglang_prefix_hash, OIndex()),
    "sglang-cache-aware": (sglang_cache_aware(0.3, 64, 1.5), OIndex(blocks=2**24 // SIZE)),
    "sglang-cache-aware-rust": (sglang_cache_aware(0.5, 32, 1.1), OIndex(blocks=math.ceil(2500 / SIZE))),
    "vllm-dp": (vllm_dp, OIndex()),
    "production-stack-session": (production_stack_session, OIndex()),
    "production-stack-prefix": (production_stack_prefix, OIndex()),
    "production-stack-kv": (production_stack_kv, OIndex()),
    "llm-d-approx": (llm_d_approx, OIndex(blocks=31_250, most=256)),
    "llm-d-precise": (llm_d_precise, OIndex()),
    "dynamo": (dynamo, OIndex()),
    "aibrix": (aibrix, OIndex(blocks=200_000 // SIZE, keep=1_200_000_000)),
    "ray": (ray, OIndex()),
    "preble": (preble, OIndex()),
    "lmetric": (lmetric, OIndex(blocks=2**24 // SIZE)),
    "two-tier": (two_tier, OIndex()),
    "oracle": (oracle, OIndex()),
}
LAGS = {"llm-d-precise": 50_000}
"""How late a router hears of caches, in microseconds."""


def note_sent(replica: OReplica, blocks: tuple[str, ...], now: int, index: OIndex) -> None:
    """Keep a router's record: the end of a prompt is used first, its beginning last; what is oldest goes."""
    used = blocks[: index.most] if index.most else blocks
    for end in range(len(used), 0, -1):
        replica.sent[used[:end]] = now
        if used[:end] in replica.order:
            replica.order.remove(used[:end])
        replica.order.append(used[:end])
    while replica.order and (
        (index.blocks and len(replica.order) > index.blocks)
        or (index.keep and now - replica.sent[replica.order[0]] > index.keep)
    ):
        del replica.sent[replica.order.pop(0)]


def replay(identifier: str, requests: list[ORequest], replicas: int, names: dict[tuple[str, ...], int]) -> list[int]:
    """Return the replica of each request; `names` are the keys of prefixes."""
    choose, index = ROUTERS[identifier]
    fleet = [OReplica() for _ in range(replicas)]
    memory: dict[str, Any] = {"names": names}
    chosen = []
    for number, request in enumerate(requests):
        for replica in fleet:
            replica.flying = [(end, other) for end, other in replica.flying if end > request.arrived]
        view = View(number, request.arrived, request, fleet, index, LAGS.get(identifier, 0), memory)
        chosen.append(choose(view))
        here = fleet[chosen[-1]]
        note_sent(here, request.blocks, request.arrived, index)
        hit = SIZE * min((request.tokens - 1) // SIZE, depth(set(here.cached), request.blocks))
        for end in range(1, len(request.blocks) + 1):
            here.cached.setdefault(request.blocks[:end], request.arrived)
        stays = int(T0 + PER_TOKEN * (request.tokens - hit) + STEP * request.output)
        here.flying.append((request.arrived + stays, request))
    return chosen
