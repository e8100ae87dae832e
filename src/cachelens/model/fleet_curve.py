"""What caches of every size would find. Every ratio is computed before it gets here."""

from __future__ import annotations

from cachelens.model.frozen import Frozen
from cachelens.model.result import InputSummary, SkipCount


class CurvePoint(Frozen):
    """What caches of one size find."""

    kv_blocks: int
    """Blocks of each replica."""
    token_hit_rate: float


class Curve(Frozen):
    """Token hit rate against cache size, for one policy and fleet size."""

    policy: str | None
    """`None` for a single replica, where all policies are equal."""
    replicas: int
    points: tuple[CurvePoint, ...]
    """By size; the last one finds what caches without limit do."""
    token_hit_rate: float
    """Of caches without limit."""
    blocks_for_most: int
    """Fewest blocks of each replica that find `MOST` of that."""


MOST = 0.9
"""Share of what caches without limit find that is most of it."""


class CurveResult(Frozen):
    """Everything that one pass over the requests found."""

    version: str
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...]
    requests: int
    input_tokens: int
    block_size: int
    longest_blocks: int
    """Of the request that needs most; a smaller cache turns it away, and no curve says what it finds."""
    asked: tuple[int, ...]
    """Cache sizes that were asked for, in blocks."""
    curves: tuple[Curve, ...]
    """A single replica first; then by replicas, in the order of the policies."""
    policies: dict[str, str]
    """What each policy does, in a line, by name."""
    ignored: tuple[str, ...] = ()
    """What was asked for and changes nothing."""
    notes: tuple[str, ...] = ()
    """What a reader must know to judge the numbers."""
