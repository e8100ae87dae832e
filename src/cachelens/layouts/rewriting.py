"""Carries layouts out: the same requests, with what a layout moves in its new place.

In place of a value a short pointer stays (`[see value 2]`), and the values stand where they were moved to behind
their numbers (`[value 2] ...`): what that adds is counted. Nothing else is added and nothing is lost. What is moved
to the end of a request stands there in that request only: the next turn sends the message without it.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.layouts.definitions import tool_of
from cachelens.layouts.moves import TAIL, Layout, Mined, Move, WorkloadLayout
from cachelens.layouts.regrow import ROOT, NewTree
from cachelens.layouts.slots import Place, PlaceReport, Structure, mine, text_of
from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE, TTL_LABELS
from cachelens.prompts.store import MARKABLE
from cachelens.prompts.trace import SPLIT, START, Trace
from cachelens.providers.mechanisms.base import seconds_of


class Relaid(NamedTuple):
    """A trace under a layout."""

    trace: Trace
    layouts: Mapping[str, WorkloadLayout]
    """What was done, by name of workload; those where nothing was done are left out."""


class Known:
    """What every layout of one trace needs, worked out once."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    @functools.cached_property
    def structure(self) -> Structure:
        """Where everything stands; the trace must hold its text."""
        return Structure(self.trace)

    @functools.cached_property
    def reports(self) -> Sequence[PlaceReport]:
        """The places that vary."""
        return mine(self.trace, self.structure)


def relay(known: Known, layout: Layout) -> Relaid:
    """Return a trace under a layout.

    Recorded marks stay on what they stood on; a mark on what moves goes to the end of the fixed text of the system
    prompt. Requests without text stay as they are.
    """
    trace = known.trace
    reports = known.reports if layout.needs_slots else ()
    done: dict[str, WorkloadLayout] = {}
    tree = NewTree(trace)
    leaf = np.zeros(len(trace), dtype=np.int32)
    marks = np.zeros(len(trace.mark_node), dtype=np.int32)
    plain = _Copy(trace, tree)
    usable = (trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)) == 0
    workload = trace.column("workload")
    for number in np.unique(workload).tolist():
        members = np.flatnonzero(workload == number)
        mined = _mined(trace, number, members, reports)
        chosen = layout.of(mined) if number >= 0 else WorkloadLayout()
        moved = _Moved(trace, tree, known.structure, chosen, mined.reports) if chosen.changes else plain
        for request in members.tolist():
            path = moved if usable[request] else plain
            old = int(trace.requests["leaf"][request])
            leaf[request] = path.leaf(old)
            start, stop = int(trace.mark_start[request]), int(trace.mark_start[request + 1])
            for place in range(start, stop):
                marks[place] = path.marked(old, int(trace.mark_node[place]))
        if isinstance(moved, _Moved) and moved.done.changes:
            done[mined.name] = moved.done
    grown = tree.trace(leaf, marks)
    return Relaid(_in_order(grown, grown.markable[grown.mark_node]), done)


def _in_order(trace: Trace, nodes: npt.NDArray[np.int32]) -> Trace:
    """Return the trace with its marks on these nodes: shallow before deep, one on a node, the longest lifetime first.

    Marks of requests that have them so already stay as they are.
    """
    start, ttl = trace.mark_start, trace.mark_ttl
    rows: list[tuple[int, int]] = []
    counts = np.diff(start)
    for request in range(len(trace)):
        here = slice(int(start[request]), int(start[request + 1]))
        own, labels = nodes[here].tolist(), ttl[here].tolist()
        if any(deeper <= node for node, deeper in itertools.pairwise([0, *own])):
            own = sorted(set(own) - {0})
            labels = sorted(labels, key=_lifetime, reverse=True)[: len(own)]
        counts[request] = len(own)
        rows += zip(own, labels, strict=True)
    return dataclasses.replace(
        trace,
        mark_start=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)]),
        mark_node=np.array([node for node, _ in rows], dtype=np.int32),
        mark_ttl=np.array([label for _, label in rows], dtype=np.int8),
    )


def _lifetime(label: int) -> int:
    return seconds_of(TTL_LABELS[label]) or 0


def _mined(trace: Trace, number: int, members: Iterable[int], reports: Sequence[PlaceReport]) -> Mined:
    members = np.asarray(members)
    return Mined(
        name=trace.strings["workload"][number] if number >= 0 else "",
        reports=tuple(report for report in reports if report.workload == number),
        requests=len(members),
        sessions=len(np.unique(trace.column("session")[members])),
    )


class _Copy:
    """Paths as they are."""

    def __init__(self, trace: Trace, tree: NewTree) -> None:
        self.trace = trace
        self.tree = tree
        self.known: dict[int, int] = {ROOT: ROOT}
        nodes = trace.nodes
        self.parent = nodes.parent.tolist()
        self.split = ((nodes.flags & SPLIT) != 0).tolist()

    def leaf(self, old: int) -> int:
        """Return the new leaf of a request."""
        return self.node(old)

    def marked(self, leaf: int, node: int) -> int:
        """Return the new node for a mark on the path to a leaf."""
        del leaf
        return self.node(node)

    def node(self, old: int) -> int:
        """Return the new node for an old one, and add what is missing on the way."""
        waiting: list[int] = []
        while old not in self.known:
            waiting.append(old)
            old = self.parent[old]
        new = self.known[old]
        for step in reversed(waiting):
            new = self.known[step] = new if self.split[step] else self.added(new, step)
        return new

    def added(self, above: int, old: int) -> int:
        """Add what an old node holds."""
        return self.tree.copied(above, old)


class _Head(NamedTuple):
    """Tools and system prompt under a layout."""

    end: int
    """Its last new node."""
    nodes: dict[int, int]
    """Old node of the head to the new one that carries its mark."""
    tail: tuple[str, ...]
    """What goes to the end of the request."""


class _Moved(_Copy):
    """Paths with some things elsewhere."""

    def __init__(
        self,
        trace: Trace,
        tree: NewTree,
        structure: Structure,
        layout: WorkloadLayout,
        reports: Iterable[PlaceReport],
    ) -> None:
        super().__init__(trace, tree)
        self._layout = layout
        self._did: set[int] = set()
        """Numbers of the moves that something was moved by."""
        self._sorted = False
        self._structure = structure
        self._reports = list(reports)
        self._moves: dict[Place, list[tuple[int, Move]]] = {}
        for number, move in enumerate(layout.moves, 1):
            self._moves.setdefault(move.place, []).append((number, move))
        self._heads: dict[int, _Head] = {}
        self._head_of = trace.head
        self._tails: dict[int, tuple[str, ...]] = {}
        """Old node of a message to what is moved out of it."""

    @property
    def done(self) -> WorkloadLayout:
        """What of the layout changed anything so far."""
        moves = tuple(move for number, move in enumerate(self._layout.moves, 1) if number in self._did)
        return WorkloadLayout(sorted_tools=self._sorted, moves=moves)

    def leaf(self, old: int) -> int:
        above = int(self._head_of[old])
        head = self._head(above)
        new = self.node(old)
        tail = [*head.tail, *self._moved_on(old, above)]
        if not tail:
            return new
        answer: list[int] = []
        nodes = self.trace.nodes
        at = old
        while at != above and (self.split[at] or nodes.role[at] == Role.ASSISTANT):
            answer.append(at)
            at = self.parent[at]
        segment = self.tree.text("\n".join(tail), SegmentKind.TEXT, Role.USER, markable=False)
        new = self.tree.child(self.node(at), segment, start=bool(nodes.role[at] != Role.USER))
        for step in reversed(answer):
            new = new if self.split[step] else self.tree.copied(new, step)
        return new

    def marked(self, leaf: int, node: int) -> int:
        found = self._head(int(self._head_of[leaf])).nodes.get(node)
        return self.node(node) if found is None else found

    def node(self, old: int) -> int:
        above = int(self._head_of[old])
        if above and above not in self.known:
            self.known[above] = self._head(above).end
        if old == above:
            return self.known[above]
        for place, node in self._structure.places_on(old):
            if place.section == "message" and node not in self._tails and place in self._moves:
                self._tails[node] = ()
        return super().node(old)

    def added(self, above: int, old: int) -> int:
        if old not in self._tails:
            return super().added(above, old)
        place = next(place for place, node in reversed(self._structure.places_on(old)) if node == old)
        cut = self._cut(place, int(self.trace.nodes.segment[old]))
        if cut is None:
            return super().added(above, old)
        self._tails[old] = cut.values
        return self.tree.child(above, cut.segment, start=bool(self.trace.nodes.flags[old] & START))

    def _moved_on(self, leaf: int, above: int) -> Iterator[str]:
        """Yield what is moved out of the messages on a path."""
        for _, node in self._structure.places_on(leaf):
            if node > above:
                yield from self._tails.get(node, ())

    def _head(self, end: int) -> _Head:
        known = self._heads.get(end)
        if known is None:
            known = self._heads[end] = self._built(end)
        return known

    def _built(self, end: int) -> _Head:
        """Lay a head out: tools in their order, system blocks by rank, values behind them."""
        nodes = self.trace.nodes
        path = [node for node in self.trace.path(end) if not self.split[node]]
        places = {node: place for place, node in self._structure.places_on(end)}
        tools = [node for node in path if nodes.kind[node] == SegmentKind.TOOL]
        system = [node for node in path if nodes.kind[node] == SegmentKind.SYSTEM]
        sorted_tools = sorted(tools, key=self._tool_name) if self._layout.sorted_tools else tools
        of_tool = dict(zip(tools, sorted_tools, strict=True))
        self._sorted |= sorted_tools != tools
        new, found = ROOT, dict[int, int]()
        tail: tuple[str, ...] = ()
        for node in path:
            if node in of_tool:
                start = bool(nodes.flags[node] & START)
                new = found[node] = self.tree.child(new, int(nodes.segment[of_tool[node]]), start=start)
            elif nodes.kind[node] != SegmentKind.SYSTEM:
                new = found[node] = self.tree.copied(new, node)
            elif node == system[0]:
                new, tail = self._system(new, system, places, found)
        return _Head(new, found, tail)

    def _tool_name(self, node: int) -> tuple[str, str]:
        text = text_of(self.trace, int(self.trace.nodes.segment[node]))
        return tool_of(text).name, text

    def _system(
        self, above: int, blocks: Sequence[int], places: Mapping[int, Place], found: dict[int, int]
    ) -> tuple[int, tuple[str, ...]]:
        """Add the system prompt; return its end and what goes to the end of the request."""
        nodes = self.trace.nodes
        whole = [self._whole(places[node], int(nodes.segment[node])) for node in blocks]
        cuts = [
            None if move else self._cut(places[node], int(nodes.segment[node]))
            for node, move in zip(blocks, whole, strict=True)
        ]
        ranks = [move[1].rank if move else 0 for move in whole]
        stay = [rank for rank in ranks if rank != TAIL]
        acts = any(cuts) or len(stay) < len(ranks) or stay != sorted(stay)
        rows: list[_Row] = []
        values: dict[int, list[str]] = {}
        for order, (node, move, cut) in enumerate(zip(blocks, whole, cuts, strict=True)):
            segment = cut.segment if cut else int(nodes.segment[node])
            if cut:
                for text, one in zip(cut.values, cut.moves, strict=True):
                    values.setdefault(one.rank, []).append(text)
            if move and acts:
                self._did.add(move[0])
                if move[1].rank == TAIL:
                    values.setdefault(TAIL, []).append(text_of(self.trace, segment))
                    continue
                segment = segment if move[1].marked else self._unmarked(segment)
            rows.append(_Row(ranks[order], order, segment, -1 if move else node))
        tail = tuple(values.pop(TAIL, ()))
        unmarked = {move.rank for move in self._layout.moves if not move.marked}
        role = Role(int(nodes.role[blocks[0]]))
        for rank, texts in values.items():
            segment = self.tree.text("\n".join(texts), SegmentKind.SYSTEM, role, markable=rank not in unmarked)
            rows.append(_Row(rank, len(blocks), segment, -1))
        starts = itertools.chain((bool(nodes.flags[node] & START) for node in blocks), itertools.repeat(False))
        new = fixed_end = above
        for row, start in zip(sorted(rows), starts, strict=False):
            new = self.tree.child(new, row.segment, start=start)
            fixed_end = new if row.rank <= 0 else fixed_end
            found[row.node] = new
        for node in blocks:
            found.setdefault(node, fixed_end)
        return new, tail

    def _whole(self, place: Place, segment: int) -> tuple[int, Move] | None:
        """Return the move of a whole block, with its number."""
        return next((row for row in self._moves_at(place, segment) if row[1].slot < 0), None)

    def _unmarked(self, segment: int) -> int:
        """Return a block without the place for a mark behind it."""
        role = Role(int(self.trace.segments.role[segment]))
        return self.tree.text(text_of(self.trace, segment), SegmentKind.SYSTEM, role, markable=False)

    def _report(self, place: Place, segment: int) -> PlaceReport | None:
        """Return what was mined of the version of a place that a segment is of."""
        return next((one for one in self._reports if one.place == place and one.holds(segment)), None)

    def _moves_at(self, place: Place, segment: int) -> list[tuple[int, Move]]:
        """Return what is moved out of a segment, with the numbers of the moves."""
        if place not in self._moves:
            return []
        report = self._report(place, segment)
        version = -1 if report is None else report.version
        return [(number, move) for number, move in self._moves[place] if move.version in (-1, version)]

    def _cut(self, place: Place, segment: int) -> _Cut | None:
        """Cut the moved values out of a segment; `None` where it is not of its place's skeleton."""
        moves = [(number, move) for number, move in self._moves_at(place, segment) if move.slot >= 0]
        report = self._report(place, segment)
        if not moves or report is None or any(segment in form.same_as for form in report.forms):
            return None
        values = report.values.get(segment)
        if values is None:
            return None
        self._did.update(number for number, _ in moves)
        numbers = {move.slot: number for number, move in moves}
        pieces = [report.skeleton.literals[0]]
        for slot, literal in enumerate(report.skeleton.literals[1:]):
            pieces += [f"[see value {numbers[slot]}]" if slot in numbers else values[slot], literal]
        known = self.trace.segments
        new = self.tree.text(
            "".join(pieces),
            SegmentKind(int(known.kind[segment])),
            Role(int(known.role[segment])),
            markable=bool(known.flags[segment] & MARKABLE),
        )
        return _Cut(
            new,
            tuple(f"[value {number}] {values[move.slot]}" for number, move in moves),
            tuple(move for _, move in moves),
        )


class _Row(NamedTuple):
    """A block of a system prompt under a layout; rows sort into their order."""

    rank: int
    order: int
    segment: int
    node: int
    """The old node whose mark it carries; -1 for what was moved there."""


class _Cut(NamedTuple):
    """A segment without some of its values."""

    segment: int
    values: tuple[str, ...]
    """What stands elsewhere for each value that was cut out: its number and the value."""
    moves: tuple[Move, ...]
