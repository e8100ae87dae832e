"""The tables and sentences of capacity curves; text and Markdown lay them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.fleet_curve import MOST, Curve, CurveResult
from cachelens.reports.figures import count, plural, share, tokens
from cachelens.reports.grids import Grid, Head, Line

NEXT = (
    "Next: `--format csv` has every point for plots, `--detail` shows every fleet size; without `--curve` one size is "
    "replayed."
)
_ROUND = ("1", "2", "5")
"""How sizes begin that are shown without `--detail`; those that were asked for always are."""


_FEWEST = 6
"""Rows below which every size is shown."""


def summary(result: CurveResult) -> str:
    """Say what was read and what is drawn."""
    return (
        f"{plural(result.requests, 'request')}, {tokens(result.input_tokens)} input tokens; what least-recently-used "
        f"caches of every size find, in blocks of {result.block_size:,} tokens"
    )


def grids(result: CurveResult, *, detail: bool) -> Iterator[Grid]:
    """Return a table a fleet size, of the largest fleet alone without `detail`; a single replica is in each."""
    single, others = result.curves[0], result.curves[1:]
    sizes = list(dict.fromkeys(curve.replicas for curve in others)) or [single.replicas]
    for replicas in sizes if detail else sizes[-1:]:
        yield _grid([single, *(curve for curve in others if curve.replicas == replicas)], result, detail=detail)


def _grid(curves: Sequence[Curve], result: CurveResult, *, detail: bool) -> Grid:
    fleet = plural(curves[-1].replicas, "replica")
    fewer = [_is_round(point.kv_blocks) for point in curves[0].points]
    whole = detail or sum(fewer) < _FEWEST
    lines = [
        Line(f"{count(point.kv_blocks)}{' (asked)' if point.kv_blocks in result.asked else ''}", _row(curves, place))
        for place, point in enumerate(curves[0].points)
        if whole or not place or fewer[place] or point.kv_blocks in result.asked
    ]
    lines.append(Line("no limit", tuple(share(curve.token_hit_rate) for curve in curves)))
    lines.append(Line(f"{MOST:.0%} of that with", tuple(count(curve.blocks_for_most) for curve in curves)))
    titles = [(curve.policy or "1 replica").split("-") for curve in curves]
    most = max(map(len, titles))
    columns = tuple(
        Head(curve.policy or "1 replica", ("",) * (most - len(title)) + tuple(title))
        for curve, title in zip(curves, titles, strict=True)
    )
    return Grid(f"Token hit rate by blocks of each replica: {fleet}", "Blocks of each", columns, tuple(lines))


def _is_round(size: int) -> bool:
    return str(size).rstrip("0") in _ROUND


def _row(curves: Sequence[Curve], place: int) -> tuple[str, ...]:
    return tuple(share(curve.points[place].token_hit_rate) for curve in curves)


def sentences(result: CurveResult) -> Iterator[str]:
    """Say what sizes find with a single replica, and with the policy that finds most on the largest fleet."""
    single, others = result.curves[0], result.curves[1:]
    yield _sentence(single, "1 replica", result)
    if others:
        largest = [curve for curve in others if curve.replicas == others[-1].replicas]
        chosen = max(largest, key=lambda curve: curve.token_hit_rate)
        yield _sentence(chosen, f"{plural(chosen.replicas, 'replica')}, {chosen.policy}", result)


def _sentence(curve: Curve, where: str, result: CurveResult) -> str:
    reached = [
        f"{share(point.token_hit_rate)} with {plural(point.kv_blocks, 'block')}"
        for point in curve.points
        if point.kv_blocks in result.asked
    ]
    found = ", ".join([*reached, f"{share(curve.token_hit_rate)} without limit"])
    size = f"{plural(curve.blocks_for_most, 'block')} ({tokens(curve.blocks_for_most * result.block_size)} tokens)"
    return f"{where}: {found}; {MOST:.0%} of that takes {size} each."


def notes(result: CurveResult) -> Iterator[str]:
    """Say how the figures came about."""
    yield (
        "one pass over the requests, as if each ended before the next began; exact for vLLM's order of eviction while "
        "no answer is computed twice"
    )
    yield f"curves begin at {plural(result.longest_blocks, 'block')}, which the longest request needs"
    yield "policies that look at load or caches have no curve: replay them, with --kv-blocks"
    yield from result.notes
