"""Draws up each workload's typical prompt: which stretch of it changes how often, marks, minimum, and what is read."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.layouts.sampling import spread
from cachelens.layouts.scopes import Scope, scope_of
from cachelens.layouts.slots import PlaceReport
from cachelens.layouts.structure import Place, Structure, wire_order
from cachelens.model.audit import PromptMap, PromptMark, PromptStretch
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE
from cachelens.prompts.trace import SPLIT, Trace
from cachelens.replay.assign import minimums, predecessors
from cachelens.traffic.bench import Bench

I64 = npt.NDArray[np.int64]
MOST_MAPS = 24
"""Workloads that are drawn up, by input tokens."""
MOST_STRETCHES = 60
_TYPICAL = 2
"""A place belongs to the typical prompt where one in so many requests has it."""
HISTORY = "earlier messages"
"""Names what stands behind the typical places and was in the session's request before."""
BEHIND = "what follows"
"""Names the rest of a prompt: what is new in a request, and places that few requests have."""
MORE = "more places"
"""Names the last of the places where there are too many; some of them change with each request."""
_NAMED = (HISTORY, MORE)
_MOST_LOOKED_AT = 60
"""Requests of a workload that are held against the one before them, evenly spread."""


class _Piece(NamedTuple):
    """A stretch with its length, in the reference tokenizer."""

    place: Place | None
    scope: str
    kind: str
    tokens: float


def prompt_maps(bench: Bench, structure: Structure, reports: Sequence[PlaceReport]) -> tuple[PromptMap, ...]:
    """Return the typical prompt of the workloads with most input, in tokens of the reference tokenizer.

    Requests that show only lengths or blocks are left out. `reports` are the places that vary (`layouts.slots.mine`).
    """
    trace = bench.trace
    seen = (trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)) == 0
    minimum = minimums(trace, bench.recorded.assignment)
    size = {
        number: int(bench.recorded.total[mine].sum())
        for number in np.unique(bench.workload[seen]).tolist()
        if number >= 0
        for mine in [seen & (bench.workload == number)]
    }
    largest = sorted(size, key=lambda number: (-size[number], bench.names[number]))[:MOST_MAPS]
    return tuple(
        _map(bench, structure, number, np.flatnonzero(seen & (bench.workload == number)), reports, minimum)
        for number in largest
    )


def _map(
    bench: Bench, structure: Structure, number: int, members: I64, reports: Sequence[PlaceReport], minimum: I64
) -> PromptMap:
    trace, replayed = bench.trace, bench.recorded
    ends = trace.nodes.end[trace.requests["leaf"][members]]
    varying = {one.place: one for one in reports if one.workload == number}  # the last version of each place stands
    pieces = list(_pieces(trace, structure.places(members), varying, len(members)))
    rest = float(ends.mean()) - sum(piece.tokens for piece in pieces)
    if rest >= 1:
        again = rest * _share_again(trace, structure, members, {piece.place for piece in pieces})
        pieces += [_Piece(None, Scope.SESSION, HISTORY, again)] if again >= 1 else []
        pieces += [_Piece(None, Scope.REQUEST, "", rest - again)] if rest - again >= 1 else []
    stretches = tuple(_stretches(pieces))
    tokens = stretches[-1].last_token if stretches else 0
    total = int(replayed.total[members].sum())
    least = Counter(minimum[members].tolist()).most_common(1)[0][0]

    def reach(read: I64) -> int | None:
        return round(tokens * int(np.minimum(read, replayed.total)[members].sum()) / total) if total else None

    unknown = bool(replayed.unknown[members].all())
    return PromptMap(
        workload=bench.names[number],
        requests=len(members),
        tokens=tokens,
        minimum=least or None,
        read_tokens=None if unknown else reach(replayed.read),
        readable_tokens=None if unknown else reach(np.maximum(bench.perfect, replayed.read)),
        stretches=stretches,
        marks=tuple(_marks(bench, members)),
    )


def _pieces(
    trace: Trace, places: dict[Place, tuple[I64, I64]], varying: dict[Place, PlaceReport], size: int
) -> Iterator[_Piece]:
    """Yield the stretches of the places that are typical, front to back."""
    for place in sorted(places, key=wire_order):
        requests, nodes = places[place]
        if len(requests) * _TYPICAL < size:
            continue
        segments = trace.nodes.segment[nodes].astype(np.int64)
        tokens = float(trace.segments.tokens[segments].mean())
        variants, number = np.unique(segments, return_inverse=True)
        report = varying.get(place)
        if len(variants) == 1:
            yield _Piece(place, Scope.STATIC, "", tokens)
        elif report is None or not report.slots:
            yield _Piece(place, _scope(trace, requests, number.reshape(-1)), "", tokens)
        else:
            yield from _slotted(place, report, tokens)


def _scope(trace: Trace, requests: I64, value: I64) -> str:
    evidence = scope_of(
        value,
        trace.column("arrived")[requests],
        trace.column("session")[requests],
        trace.column("tenant")[requests],
        timed=bool(trace.meta.get("timed", True)),
    )
    return evidence.scope


def _slotted(place: Place, report: PlaceReport, tokens: float) -> Iterator[_Piece]:
    """Yield the fixed text and the slots of a place, in proportion to their characters."""
    literals, slots = report.skeleton.literals, report.slots
    characters = sum(map(len, literals)) + sum(slot.length for slot in slots)
    fixed = Scope.STATIC if report.versions == 1 else Scope.DEPLOY
    for literal, slot in itertools.zip_longest(literals, slots):
        if literal:
            yield _Piece(place, fixed, "", tokens * len(literal) / characters)
        if slot is not None:
            yield _Piece(place, slot.evidence.scope, slot.kind, tokens * slot.length / max(1, characters))


def _share_again(trace: Trace, structure: Structure, members: I64, typical: Container[Place | None]) -> float:
    """Return which part of the tokens behind the typical places was in the session's request before, as content."""
    before = predecessors(np.zeros(len(trace), dtype=np.int32), trace.column("session"), members)
    again = total = 0
    for request in members[spread(len(members), _MOST_LOOKED_AT)].tolist():
        leaf = int(trace.requests["leaf"][request])
        placed = {node for place, node in structure.places_on(leaf) if place in typical}
        rest = [node for node in trace.path(leaf) if not trace.nodes.flags[node] & SPLIT and node not in placed]
        segments = trace.nodes.segment[rest]
        tokens = trace.segments.tokens[segments]
        total += int(tokens.sum())
        if before[request] >= 0 and trace.requests["session"][request] >= 0:
            known = trace.nodes.segment[list(trace.path(int(trace.requests["leaf"][before[request]])))]
            again += int(tokens[np.isin(segments, known)].sum())
    return again / total if total else 0.0


def _stretches(pieces: Sequence[_Piece]) -> Iterator[PromptStretch]:
    """Yield pieces with their places in the prompt; neighbours of one section that change alike are one."""
    joined: list[tuple[_Piece, Place | None, float]] = []
    for piece in pieces:
        last, to, tokens = joined[-1] if joined else (None, None, 0.0)
        if last is not None and _alike(last, piece):
            joined[-1] = last, piece.place, tokens + piece.tokens
        else:
            joined.append((piece, piece.place, piece.tokens))
    more = len(joined) - MOST_STRETCHES
    if more > 0:
        behind = sum(piece.place is not None for piece, _, _ in joined)  # what follows the places stays as it is
        first = behind - more - 1
        merged = _Piece(None, Scope.REQUEST, MORE, 0), None, sum(tokens for _, _, tokens in joined[first:behind])
        joined = [*joined[:first], merged, *joined[behind:]]
    at = 0.0
    for piece, to, tokens in joined:
        yield PromptStretch(
            place=piece.kind if piece.kind in _NAMED else _name(piece.place, to),
            scope=str(piece.scope),
            kind="" if piece.kind in _NAMED else str(piece.kind),
            first_token=round(at),
            last_token=round(at + tokens),
        )
        at += tokens


def _alike(one: _Piece, other: _Piece) -> bool:
    if one.place is None or other.place is None or one.kind or other.kind:
        return False
    return (one.place.section, one.scope) == (other.place.section, other.scope)


def _name(first: Place | None, last: Place | None) -> str:
    if first is None or last is None:
        return BEHIND
    return str(first) if first == last else f"{first} to {last.ordinal + 1}"


def _marks(bench: Bench, members: I64) -> Iterator[PromptMark]:
    """Yield the marks of a workload by their number from the front: where they stand, on average."""
    plan, ends = bench.plan, bench.trace.nodes.end
    counts = np.diff(plan.start)[members]
    for number in range(int(counts.max(initial=0))):
        having = members[counts > number]
        nodes = plan.node[plan.start[having] + number]
        yield PromptMark(token=int(ends[nodes].mean()), requests=len(having))
