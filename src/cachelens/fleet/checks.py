"""Rules of thumb about routing, held against the requests themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from cachelens.fleet.requests import FleetRequests
from cachelens.kernels.fleet_arrays import PER_PAIR, PER_TOKEN
from cachelens.kernels.fleet_caches import hits_apart
from cachelens.model.fleet import Checks, PrefixCheck, RoundRobinCheck, SessionCheck

I64 = npt.NDArray[np.int64]

RECOMPUTE_US: Final = (100_000, 300_000)
"""From how long a recomputation on a prefix is said to be worth sharing."""


def checks(requests: FleetRequests, replicas: Sequence[int], latency: npt.NDArray[np.float64]) -> Checks:
    """Hold the rules of thumb against caches without limit."""
    total = int(requests.tokens.sum())
    if not total:
        return Checks()
    arrival = np.arange(len(requests), dtype=np.int64)
    single = hits_at(requests, np.zeros_like(arrival))
    rate = int(single.sum()) / total
    return Checks(
        round_robin=tuple(
            RoundRobinCheck(
                replicas=count,
                token_hit_rate=int(hits_at(requests, arrival % count).sum()) / total,
                one_nth=rate / count,
            )
            for count in replicas
        ),
        session=_session(requests, single, total),
        prefixes=tuple(_prefix(single, after, latency) for after in RECOMPUTE_US if latency[PER_TOKEN] > 0),
    )


def hits_at(requests: FleetRequests, place: I64) -> I64:
    """Return the tokens that each request hits with one cache without limit for each place."""
    order = np.argsort(place, kind="stable")
    hits: I64 = hits_apart(order, place, requests.columns())
    return hits


def _session(requests: FleetRequests, single: I64, total: int) -> SessionCheck | None:
    known = requests.session >= 0
    if not known.any():
        return None
    alone = np.arange(len(requests), dtype=np.int64) + int(requests.session.max()) + 1
    own = hits_at(requests, np.where(known, requests.session, alone))
    return SessionCheck(
        sessions=len(np.unique(requests.session[known])),
        token_hit_rate=int(own.sum()) / total,
        single_token_hit_rate=int(single.sum()) / total,
        shared_tokens=int((single - own).sum()) / len(requests),
    )


def _prefix(single: I64, recompute_us: int, latency: npt.NDArray[np.float64]) -> PrefixCheck:
    """Count the hits whose tokens take so long to compute, first of a prompt: `a n + b n n / 2` microseconds."""
    a, b = float(latency[PER_TOKEN]), float(latency[PER_PAIR])
    tokens = (np.sqrt(a * a + 2 * b * recompute_us) - a) / b if b else recompute_us / a
    length = int(np.ceil(tokens))
    long = single >= length
    return PrefixCheck(
        recompute_us=recompute_us,
        tokens=length,
        requests=int(long.sum()),
        request_share=float(long.mean()),
        hit_share=int(single[long].sum()) / int(single.sum()) if single.any() else 0.0,
    )
