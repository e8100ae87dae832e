"""What a reader must know of a trace before believing what a fleet does with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cachelens.fleet.checks import hits_at
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.routing.base import Policy
from cachelens.prompts.columns import NO_TIME, OPAQUE
from cachelens.prompts.trace import Trace


def of_trace(trace: Trace, requests: FleetRequests, block_size: int) -> Iterator[str]:
    """Say what of a log cannot be taken at its word."""
    flags = trace.column("flags")
    opaque, undated = int(((flags & OPAQUE) != 0).sum()), int(((flags & NO_TIME) != 0).sum())
    if opaque:
        yield f"of {_counted(opaque)} only the length is known: nothing of them is ever found in a cache"
    if undated:
        yield f"{_counted(undated)} without a time: taken to arrive with the request before"
    order = trace.column("order")
    if (np.diff(order) < 0).any():
        yield "the rows were not in order of arrival; they are replayed in it, equal times as they stood"
    sizes = trace.meta.get("block_sizes")
    coarse = max(sizes) if isinstance(sizes, list) and sizes else 0
    if coarse > block_size:
        yield (
            f"the trace has blocks of {coarse:,} tokens: what differs within one is unknown, so blocks of "
            f"{block_size:,} tokens are found or missed {coarse // block_size:,} at a time"
        )
    partial = int((requests.tokens % coarse > 0).sum()) if coarse else 0
    if partial:
        yield (
            f"{_counted(partial)} with a last block that is not full: what is behind the last full block of "
            f"{block_size:,} tokens is never found in a cache"
        )


def of_policies(policies: Sequence[Policy], *, timed: bool) -> Iterator[str]:
    """Say what a replay without queues cannot tell of policies."""
    if not timed and not all(policy.is_load_blind or policy.is_ceiling for policy in policies):
        yield "policies that weigh load see an estimate of it without --timed: judge them with it"


def of_requests(requests: FleetRequests, *, timed: bool) -> Iterator[str]:
    """Say what of the requests themselves makes figures smaller or larger than they look."""
    yield from requests.notes
    size = requests.block_size
    short = int((requests.tokens < size).sum())
    if short:
        yield f"{_counted(short)} shorter than a block of {size:,} tokens: nothing of it is ever cached"
    yield from _local(requests)
    if timed:
        yield from _coarse(requests)


def _local(requests: FleetRequests) -> Iterator[str]:
    """Warn where no two sessions share anything: ids that are local to a session look just like that."""
    known = requests.session >= 0
    sessions = len(np.unique(requests.session[known]))
    if sessions < 2 or not known.all():  # noqa: PLR2004  one session shares with nobody
        return
    single = int(hits_at(requests, np.zeros(len(requests), dtype=np.int64)).sum())
    if single and single == int(hits_at(requests, requests.session).sum()):
        yield (
            f"none of the {sessions:,} sessions shares a block with another: if the ids of this trace are local to a "
            "session, what they really share is not seen, and session affinity looks better than it is"
        )


def _coarse(requests: FleetRequests) -> Iterator[str]:
    """Warn where many requests arrive at the same instant: the queue is then made by the clock of the log."""
    instants, counts = np.unique(requests.arrived, return_counts=True)
    if 2 * len(instants) < len(requests):
        yield (
            f"{len(requests):,} requests arrive at {len(instants):,} instants, up to {int(counts.max()):,} at once: "
            "the log's clock is coarse, and queues are longer than they were"
        )


def _counted(number: int) -> str:
    return f"{number:,} request" if number == 1 else f"{number:,} requests"
