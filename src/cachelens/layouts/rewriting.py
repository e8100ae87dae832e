"""Carries layouts out: the same requests, with what a layout moves in its new place.

In place of a value a short pointer stays (`[see value 2]`), and the values stand where they were moved to behind
their numbers (`[value 2] ...`): what that adds is counted. Nothing else is added and nothing is lost. What is moved
to the end of a request stands there in that request only: the next turn sends the message without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cachelens.layouts.definitions import tool_of
from cachelens.layouts.moves import TAIL, Layout, Mined, Move, WorkloadLayout
from cachelens.layouts.regrow import ROOT, NewTree
from cachelens.layouts.slots import Place, PlaceReport, Structure, mine, text_of
from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE
from cachelens.prompts.store import MARKABLE
from cachelens.prompts.trace import SPLIT, START, Trace


class Relaid(NamedTuple):
    """A trace under a layout."""

    trace: Trace
    layouts: Mapping[str, WorkloadLayout]
    """What was done, by name of workload; those where nothing was done are left out."""


def relay(trace: Trace, layout: Layout, reports: Sequence[PlaceReport] | None = None) -> Relaid:
    """Return a trace under a layout. `reports` are those of `slots.mine` where they are at hand.

    Recorded marks stay on what they stood on. Requests without text stay as they are.
    """
    if reports is None:
        reports = mine(trace) if layout.needs_slots else ()
    done: dict[str, WorkloadLayout] = {}
    structure, tree = Structure(trace), NewTree(trace)
    leaf = np.zeros(len(trace), dtype=np.int32)
    marks = np.zeros(len(trace.mark_node), dtype=np.int32)
    plain = _Copy(trace, tree)
    usable = (trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)) == 0
    workload = trace.column("workload")
    for number in np.unique(workload).tolist():
        members = np.flatnonzero(workload == number)
        mined = _mined(trace, number, members, reports)
        chosen = layout.of(mined) if number >= 0 else WorkloadLayout()
        moved = _Moved(trace, tree, structure, chosen, mined.reports) if chosen.changes else plain
        for request in members.tolist():
            path = moved if usable[request] else plain
            old = int(trace.requests["leaf"][request])
            leaf[request] = path.leaf(old)
            start, stop = int(trace.mark_start[request]), int(trace.mark_start[request + 1])
            for place in range(start, stop):
                marks[place] = path.marked(old, int(trace.mark_node[place]))
        if moved.changed:
            done[mined.name] = chosen
    grown = tree.trace(leaf, marks)
    grown.mark_node[:] = grown.markable[grown.mark_node]
    return Relaid(grown, done)


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
        self.changed = False
        """Whether anything stands elsewhere."""
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
        self._structure = structure
        self._reports = list(reports)
        self._moves: dict[Place, list[tuple[int, Move]]] = {}
        for number, move in enumerate(layout.moves, 1):
            self._moves.setdefault(move.place, []).append((number, move))
        self._heads: dict[int, _Head] = {}
        self._head_of = trace.head
        self._tails: dict[int, tuple[str, ...]] = {}
        """Old node of a message to what is moved out of it."""

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
        self.changed |= sorted_tools != tools
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
        rows: list[tuple[int, int, int]] = []  # rank, order, segment
        values: dict[int, list[str]] = {}
        unmarked = {move.rank for move in self._layout.moves if not move.marked}
        homes: dict[int, int] = {}
        for order, node in enumerate(blocks):
            place, segment = places[node], int(nodes.segment[node])
            whole = next((move for _, move in self._moves_at(place, segment) if move.slot < 0), None)
            if whole is not None:
                self.changed = True
                if whole.rank == TAIL:
                    values.setdefault(TAIL, []).append(text_of(self.trace, segment))
                else:
                    rows.append((whole.rank, order, segment if whole.marked else self._unmarked(segment)))
                continue
            cut = self._cut(place, segment)
            if cut is not None:
                segment = cut.segment
                for text, move in zip(cut.values, cut.moves, strict=True):
                    values.setdefault(move.rank, []).append(text)
            homes[node] = len(rows)
            rows.append((0, order, segment))
        tail = tuple(values.pop(TAIL, ()))
        role = Role(int(nodes.role[blocks[0]]))
        for rank, texts in values.items():
            segment = self.tree.text("\n".join(texts), SegmentKind.SYSTEM, role, markable=rank not in unmarked)
            rows.append((rank, len(blocks), segment))
        starts = [bool(nodes.flags[node] & START) for node in blocks]
        new, fixed_end, at = above, above, dict[int, int]()
        for place_in, row in enumerate(sorted(range(len(rows)), key=lambda row: rows[row][:2])):
            start = starts[place_in] if place_in < len(starts) else False
            new = at[row] = self.tree.child(new, rows[row][2], start=start)
            if rows[row][0] <= 0:
                fixed_end = new
        for node in blocks:
            found[node] = at[homes[node]] if node in homes else fixed_end
        return new, tail

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
        self.changed = True
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


class _Cut(NamedTuple):
    """A segment without some of its values."""

    segment: int
    values: tuple[str, ...]
    """What stands elsewhere for each value that was cut out: its number and the value."""
    moves: tuple[Move, ...]
