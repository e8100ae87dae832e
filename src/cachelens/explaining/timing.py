"""Causes that lie in time: an entry that had outlived its lifetime, or that was not there yet."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cachelens.explaining.standing import Case
from cachelens.providers.mechanisms.base import SECOND, seconds_of
from cachelens.reports.durations import span


class Wait(NamedTuple):
    """How long one request came after another."""

    request: int
    gap_us: int
    lifetime_us: int
    """Lifetime of the entry; 0 where it plays no part, or is not published."""
    evidence: tuple[str, ...]


def expired(case: Case, where: int) -> Wait | None:
    """Return who used the entry that ends at a node for the last time, as far as can be told."""
    rows = _holders(case, where)
    if not len(rows):
        return None
    arrived = case.trace.column("arrived")
    gaps = arrived[case.index] - arrived[rows]
    lives = np.array([_lifetime(case, int(row), where)[1] for row in rows.tolist()])
    dead = np.flatnonzero((lives > 0) & (gaps > lives))
    chosen = int(dead[-1]) if len(dead) else len(rows) - 1
    row, gap = int(rows[chosen]), int(gaps[chosen])
    label, life = _lifetime(case, row, where)
    said = f"the entry of {case.tokens_at(where):,} tokens had been idle for {span(gap)}"
    if life:
        said += f"; it lived for {span(life)}" + (f" (TTL {label})" if label else "")
    return Wait(row, gap, life, (said,))


def not_visible(case: Case, where: int) -> Wait | None:
    """Return who was still writing the entry that ends at a node."""
    rows = _holders(case, where)
    if not len(rows):
        return None
    arrived = case.trace.column("arrived")
    now, ready = int(arrived[case.index]), case.visible[rows]
    late = np.flatnonzero(ready > now)
    chosen = int(late[np.argmin(ready[late])]) if len(late) else len(rows) - 1
    row = int(rows[chosen])
    gap = now - int(arrived[row])
    said = f"the entry of {case.tokens_at(where):,} tokens was being written: its writer had begun {span(gap)} before"
    if len(late):
        said += f", and it could be read from {span(int(ready[chosen]) - now)} later on"
    return Wait(row, gap, 0, (said,))


def _holders(case: Case, where: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the earlier requests that can share a cache and hold the prompt up to a node, in order of arrival."""
    return np.flatnonzero(case.peers & (case.shared >= where))


def _lifetime(case: Case, request: int, where: int) -> tuple[str, int]:
    """Return label and microseconds of the lifetime that a request gave the entry at a node; 0 unknown."""
    profile = case.profile
    if profile is None:
        return "", 0
    rules = profile.ttl
    at_us = int(case.trace.requests["arrived"][request]) if case.trace.dated else None
    asked = [label for node, label in case.marks(request) if node == where]
    label = next((one for one in [*asked, case.automatic_label(request)] if one in rules.options), "")
    label = label or rules.default_at(at_us)
    seconds = rules.options.get(label) or seconds_of(label or "?") or rules.max_s or 0
    return label, seconds * SECOND
