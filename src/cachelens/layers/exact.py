"""The exact response cache: the answer to the same request, kept for a time.

Two requests are the same when model, prompt, tools, response format and parameters are, after normalisation
(`layers.normal`), within one scope. Lifetime and eviction are those of `layers.store`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from cachelens.layers.keys import Key, joined
from cachelens.layers.store import Store, Tally
from cachelens.layers.traffic import Traffic
from cachelens.model.stack import ExactChoices, Scope

I64 = npt.NDArray[np.int64]
NO_PROMPT = "the log does not hold the prompt"
NO_PARAMETERS = "the log does not hold the parameters"
NO_TENANT = "no tenant"
SAMPLED = "not deterministic (no temperature 0, no seed)"
HASH_BYTES = 32
"""Bytes of a key: a SHA-256 digest, which such stores use."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Served:
    """What one response cache does with the requests that pass it."""

    source: I64
    """For each request the earlier one whose answer it is given; -1 where it passes on."""
    seen: int
    not_eligible: Mapping[str, int]
    """Requests that must not be served, by reason."""
    tally: Tally

    def pairs(self) -> list[tuple[int, int]]:
        """Return (request, whose answer it is given) of every hit, in order of arrival."""
        served = np.flatnonzero(self.source >= 0)
        return list(zip(served.tolist(), self.source[served].tolist(), strict=True))


def exact_keys(traffic: Traffic, scope: Scope, *, any_sampling: bool) -> tuple[list[Key | None], dict[str, int]]:
    """Return the key of each request that may be served, and why the others may not."""
    keys: list[Key | None] = []
    refused: Counter[str] = Counter()
    for number in range(len(traffic)):
        why = _refusal(traffic, number, scope, any_sampling=any_sampling)
        refused[why] += 1
        keys.append(None if why else _key(traffic, number, scope))
    del refused[""]
    return keys, dict(sorted(refused.items()))


def _refusal(traffic: Traffic, number: int, scope: Scope, *, any_sampling: bool) -> str:
    if traffic.prompt[number] is None:
        return NO_PROMPT
    if not traffic.has_call[number]:
        return NO_PARAMETERS
    if scope is Scope.TENANT and not traffic.tenants[number]:
        return NO_TENANT
    return "" if any_sampling or traffic.deterministic[number] else SAMPLED


def _key(traffic: Traffic, number: int, scope: Scope) -> Key:
    tenant = traffic.tenants[number] if scope is Scope.TENANT else ""
    model = traffic.models[number].encode("utf-8", "surrogatepass")
    prompt = traffic.prompt[number] or b""
    return joined(prompt, traffic.parameters[number], model, tenant.encode("utf-8", "surrogatepass"))


def run_exact(traffic: Traffic, choices: ExactChoices, scope: Scope) -> Served:
    """Replay all requests, in order of arrival, through an exact cache that stands first."""
    keys, refused = exact_keys(traffic, scope, any_sampling=choices.any_sampling)
    store = Store(
        ttl_us=choices.ttl_us, capacity=choices.capacity, size_of=traffic.answer_bytes.__getitem__, key_bytes=HASH_BYTES
    )
    source = np.full(len(traffic), -1, dtype=np.int64)
    for number, (key, now) in enumerate(zip(keys, traffic.arrived, strict=True)):
        if key is None:
            continue
        found = store.find(key, now)
        if found >= 0:
            source[number] = found
            store.touch(key)
        else:
            store.put(key, number, traffic.answered[number])
    return Served(source=source, seen=len(traffic), not_eligible=refused, tally=store.tally)
