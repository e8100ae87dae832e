"""The requests of a trace as two versions of their templates make them, from the values that the trace shows.

What a message of a template made is made anew; everything else of a request stays. A message of the history keeps the
values of the request that sent it first. Nothing of a template is ever executed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.joining.inventing import Change, change_of, invented
from cachelens.joining.program import plain_form
from cachelens.joining.tellers import Made, Told
from cachelens.joining.values import Piece, Values, key_of, render
from cachelens.joining.versions import Compared, counterpart
from cachelens.kernels.trees import inherit
from cachelens.layouts.regrow import ROOT, NewTree
from cachelens.model.prompt import Role, SegmentKind
from cachelens.model.template import Span
from cachelens.prompts.store import MARKABLE
from cachelens.prompts.trace import SPLIT, START, Trace

I32 = npt.NDArray[np.int32]


class Placed(NamedTuple):
    """A value in a request."""

    request: int
    span: Span
    tokens: float
    """Tokens in front of it, about."""
    text: str


class Version(NamedTuple):
    """A trace under one version of the templates."""

    trace: Trace
    values: list[Placed]
    """Values that its templates put into what each request adds, in the order of requests."""


class Remade(NamedTuple):
    """A trace under both versions."""

    before: Version
    after: Version
    first: I32
    """For each request the last node in front of what a changed template made; -1 where there is nothing."""
    unknown: Counter[tuple[str, Change]]
    """Expressions whose values are not known, with how often they are taken to change, and in how many texts."""
    spans: dict[str, Span]
    """One place of each of these."""
    removed: set[int]
    """Changed templates of which a message has no counterpart any more."""


_CHARACTERS = 4
"""Characters to a token, for places within a text."""


def remake(trace: Trace, compared: Compared, told: Told) -> Remade:
    """Return a trace as it is under both versions."""
    return _Remaker(trace, compared, told).run()


class _Step(NamedTuple):
    """A segment that a template made, on the path of a request."""

    node: int
    segment: int
    by: int
    """The request whose values it was made from."""


class _Side:
    """One version of the templates, and the tree that grows of it."""

    def __init__(self, trace: Trace, *, is_old: bool) -> None:
        self.is_old = is_old
        self.tree = NewTree(trace)
        self.known: dict[int, int] = {ROOT: ROOT}
        self.leaf = np.zeros(len(trace), dtype=np.int32)
        self.marks = np.zeros(len(trace.mark_node), dtype=np.int32)
        self.values: list[Placed] = []
        self.texts: dict[tuple[int, tuple[int, ...]], tuple[Piece, ...] | None] = {}


class _Remaker:
    def __init__(self, trace: Trace, compared: Compared, told: Told) -> None:
        self._trace = trace
        self._compared = compared
        self._told = told
        nodes = trace.nodes
        self._parent = nodes.parent.tolist()
        self._segment = nodes.segment.tolist()
        self._split = ((nodes.flags & SPLIT) != 0).tolist()
        self._start = ((nodes.flags & START) != 0).tolist()
        made = np.zeros(len(trace.segments.kind), dtype=np.bool_)
        made[list(told.made)] = True
        self._is_made = ((nodes.segment >= 0) & made[nodes.segment] & ((nodes.flags & SPLIT) == 0)).tolist()
        last = inherit(np.ascontiguousarray(nodes.parent), np.array(self._is_made, dtype=np.bool_), False)
        self._last = last.tolist()
        """The last node on the path to each that a template made, 0 for none."""
        self._sent_by: dict[tuple[int, int, int], int] = {}
        self._steps: dict[int, tuple[int, ...]] = {}
        self._unknown: Counter[tuple[str, Change]] = Counter()
        self._spans: dict[str, Span] = {}
        self._removed: set[int] = set()

    def run(self) -> Remade:
        sides = _Side(self._trace, is_old=True), _Side(self._trace, is_old=False)
        first = np.full(len(self._trace), -1, dtype=np.int32)
        for request in range(len(self._trace)):
            steps = self._on_path(request)
            if steps:
                first[request] = self._whole(self._parent[steps[0].node])
            for side in sides:
                self._lay(side, request, steps)
        before, after = (Version(self._grown(side), side.values) for side in sides)
        return Remade(before, after, first, self._unknown, self._spans, self._removed)

    def _grown(self, side: _Side) -> Trace:
        grown = side.tree.trace(side.leaf, side.marks)
        grown.mark_node[:] = grown.markable[grown.mark_node]
        return grown

    def _on_path(self, request: int) -> list[_Step]:
        """Return what templates made of a request, front to back."""
        trace = self._trace
        nodes: list[int] = []
        node = self._last[int(trace.requests["leaf"][request])]
        while node:
            nodes.append(node)
            node = self._last[self._parent[node]]
        session = int(trace.requests["session"][request])
        steps: list[_Step] = []
        for place, node in enumerate(reversed(nodes)):
            segment, by = self._segment[node], request
            if session >= 0 and int(trace.nodes.kind[node]) != SegmentKind.SYSTEM:
                by = self._sent_by.setdefault((session, place, segment), request)
            steps.append(_Step(node, segment, by))
        self._steps[request] = tuple(step.segment for step in steps)
        return steps

    def _lay(self, side: _Side, request: int, steps: Sequence[_Step]) -> None:
        """Add the path of a request to a tree."""
        leaf = int(self._trace.requests["leaf"][request])
        new_of: dict[int, int] = {}
        made = {step.node: step for step in steps}
        above, shift = ROOT, 0.0
        for node in self._trace.path(leaf) if steps else ():
            if self._split[node]:
                continue
            step = made.get(node)
            if step is not None:
                above, shift = self._put(side, request, step, above, shift)
            elif not self._last[node]:
                above = self._copied(side, node)
            else:
                above = side.tree.copied(above, node)
            new_of[node] = above
        side.leaf[request] = above if steps else self._copied(side, leaf)
        start, stop = self._trace.mark_start[request : request + 2].tolist()
        for place in range(start, stop):
            node = int(self._trace.mark_node[place])
            side.marks[place] = self._new(side, node, new_of)

    def _new(self, side: _Side, node: int, new_of: dict[int, int]) -> int:
        """Return the new node for an old one on a path, or for what stands in front of it."""
        node = self._whole(node)
        return new_of[node] if node in new_of else self._copied(side, node)

    def _whole(self, node: int) -> int:
        """Return the last end of a segment on the path to a node."""
        while node and self._split[node]:
            node = self._parent[node]
        return node

    def _copied(self, side: _Side, node: int) -> int:
        """Return the new node for one that no template made anything of."""
        waiting: list[int] = []
        while node not in side.known:
            waiting.append(node)
            node = self._parent[node]
        new = side.known[node]
        for step in reversed(waiting):
            new = side.known[step] = new if self._split[step] else side.tree.copied(new, step)
        return new

    def _put(self, side: _Side, request: int, step: _Step, above: int, shift: float) -> tuple[int, float]:
        """Add what a template makes in place of a segment; `shift` counts what came in front so far."""
        made = self._told.made[step.segment]
        pieces = self._pieces(side, step, made)
        if pieces is None:
            return above, shift
        text = "".join(piece.text for piece in pieces)
        tokens = int(self._trace.nodes.end[step.node]) - int(self._trace.segments.tokens[step.segment])
        begin = tokens + shift
        if step.by == request:
            at = 0
            for piece in pieces:
                if piece.span is not None:
                    side.values.append(Placed(request, piece.span, begin + at / _CHARACTERS, piece.text))
                at += len(piece.text)
        shift += (len(text) - len(made.text)) / _CHARACTERS
        if text == made.text:
            return side.tree.copied(above, step.node), shift
        known = self._trace.segments
        segment = side.tree.text(
            text,
            SegmentKind(int(known.kind[step.segment])),
            Role(int(known.role[step.segment])),
            markable=bool(known.flags[step.segment] & MARKABLE),
        )
        return side.tree.child(above, segment, start=self._start[step.node]), shift

    def _pieces(self, side: _Side, step: _Step, made: Made) -> tuple[Piece, ...] | None:
        """Return the text of a segment under one version; `None` where it has no such message."""
        others = self._steps[step.by]
        key = step.segment, others
        if key in side.texts:
            return side.texts[key]
        pair = self._compared.changed[made.pair]
        own, other = (pair.before, pair.after) if made.is_old else (pair.after, pair.before)
        template, number = own, made.message.number
        if side.is_old != made.is_old:
            found = counterpart(number, own, other)
            if found is None:
                self._removed.add(made.pair)
                side.texts[key] = None
                return None
            template, number = other, found
        invent = _Inventor(self._trace, step.by)
        values = self._values(made, others)
        pieces = list(_stripped(render(plain_form(template.messages[number].spans), values, invent), made.loose))
        around = made.text[: made.start], made.text[made.stop :]
        pieces = [*([Piece(around[0], None)] if around[0] else []), *pieces, Piece(around[1], None)]
        for span in invent.asked:
            change = change_of(span)
            self._unknown[key_of(span), change] += 1
            self._spans.setdefault(key_of(span), span)
        if not invent.personal:
            side.texts[key] = tuple(pieces)
        return tuple(pieces)

    def _values(self, made: Made, segments: Sequence[int]) -> Values:
        """Return the values of a text, behind them those of the other texts of its request, the last first."""
        outer = Values()
        for segment in reversed(segments):
            other = self._told.made[segment]
            if other.pair == made.pair:
                outer.add(other.values)
        values = Values(outer)
        values.add(made.values)
        return values


class _Inventor:
    """Gives values to what is not known, as one request would have had them."""

    def __init__(self, trace: Trace, request: int) -> None:
        self._trace = trace
        self._request = request
        self.asked: list[Span] = []
        self.personal = False
        """Whether a value was given that other requests do not have."""

    def __call__(self, span: Span) -> str:
        self.asked.append(span)
        change = change_of(span)
        self.personal |= change is not Change.NEVER
        requests = self._trace.requests
        return invented(
            span,
            change,
            request=self._request,
            session=int(requests["session"][self._request]),
            arrived_us=int(requests["arrived"][self._request]),
        )


def _stripped(pieces: Sequence[Piece], loose: bool) -> Iterator[Piece]:  # noqa: FBT001  as the text was read
    """Leave out white space at both ends where that differs anyway."""
    kept = list(pieces)
    while loose and kept and not kept[0].text.strip():
        kept.pop(0)
    while loose and kept and not kept[-1].text.strip():
        kept.pop()
    if loose and kept:
        kept[0] = kept[0]._replace(text=kept[0].text.lstrip())
        kept[-1] = kept[-1]._replace(text=kept[-1].text.rstrip())
    yield from kept
