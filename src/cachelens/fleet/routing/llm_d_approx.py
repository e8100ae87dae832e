"""llm-d with the approximate prefix scorer: the router guesses what is cached from what it sent where, and weighs it
against load.

Formula: the highest `prefix * matched / looked at + queue * (most - waiting) / (most - least) + kv * (1 - usage) +
load_aware * 0.5 * (1 - min(waiting, 128) / 128)`. Only the first 4,096 tokens of a prompt are looked at (256 blocks
of 64 characters, 16 tokens at 4 characters a token). An index of 500,000 tokens a replica (31,250 blocks), the least
recently used forgotten first, is updated as soon as a request is sent. Load is reported every 50 ms.

Parameters: weights `prefix` (1), `queue` (0), `kv` (0), `load_aware` (1), as in the sample profile; `seed` (0). The
capacity study of llm-d has `prefix`, `queue` and `kv` at 1 and no `load_aware`.

Source: llm-d/llm-d-inference-scheduler @520af478 (approximateprefix/types.go, hashing.go, indexer.go; the scorers);
the interval from the documentation of BLIS. Replicas with equal scores are drawn by chance there; here the smallest
hash of the seed, the request and the replica's number is taken. Left out: matches are by blocks of the engine; the
partial block at the end is not matched; `autoTune`, by which the index takes the replica's own block size and size.

In a replay without time nothing waits, so that its default weights follow matches alone: where all prompts begin with
the same block, all go to one replica. The scorer does just that until a queue forms: a match of 512 of the 4,096 tokens
that are looked at is worth 32 waiting requests. Judge it with `--timed`.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import CHARACTERS, Index, Match, Policy
from cachelens.fleet.routing.llm_d import highest
from cachelens.kernels.shim import kernel

_ROUTER = int(Match.ROUTER)
LOOKED_AT = 256 * 64 // CHARACTERS
"""Tokens of a prompt that are looked at."""


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the highest sum of scores."""
    return int(highest(request, match[_ROUTER], 0.0, float(min(tokens, LOOKED_AT)), load, parameters))


def policy() -> Policy:
    """Return the policy with the weights of the sample profile."""
    return Policy(
        id="llm-d-approx",
        summary="what was sent where, weighed against load",
        source="llm-d-inference-scheduler @520af478",
        choose=choose,
        parameters={"seed": 0, "prefix": 1, "queue": 0, "kv": 0, "load_aware": 1},
        index=Index(tokens=31_250 * 64 // CHARACTERS, most_tokens=LOOKED_AT),
        refresh_us=50_000,
    )
