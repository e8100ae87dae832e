"""Mines each workload's skeleton from its own requests: text that never changes, and slots that do.

Requests are aligned by structure first: tool k, system block k, block b of message k from the front. A place whose
segments are all equal is static, and most are. Variants of the others are aligned as texts (`alignment`), a slot's
values are told apart by how often they change (`scopes`) and what they are (`values`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.layouts.alignment import Skeleton
from cachelens.layouts.definitions import tool_of
from cachelens.layouts.scopes import Evidence, Scope, scope_of
from cachelens.layouts.values import Kind, kind_of
from cachelens.layouts.variants import Variation, skeleton_of, variations
from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE
from cachelens.prompts.trace import SPLIT, START, Trace

I64 = npt.NDArray[np.int64]
MOST_VARIANTS = 120
"""Variants of a place that are aligned; more are sampled evenly over the time of their first use."""
MOST_MESSAGES = 4
"""Messages from the front that are looked into: examples and instructions stand there, history comes behind."""
_CHARACTERS = 4
"""Characters to a token, for places within a text; whole segments are counted."""
_MOST_VALUES, _LEAST_VALUES, _MOST_CHARACTERS = 200, 12, 100_000
"""Values of a slot that are looked into: so many, fewer where they are long."""
_LABEL = 200
"""Characters in front of a slot that are kept to name it by."""
_TELLING = 6
"""Characters from which an id of the log, found in a value, is no accident."""


class Place(NamedTuple):
    """Where in a request a segment stands."""

    section: str
    """`tool`, `schema`, `system` or `message`."""
    ordinal: int
    """Number of the tool (in the order in which their names were first seen), system block or message from the
    front, from 0."""
    block: int = 0
    """Number of the block within the message."""

    def __str__(self) -> str:
        """Name it as a reader counts: from 1."""
        block = f" block {self.block + 1}" if self.block else ""
        return f"{self.section} {self.ordinal + 1}{block}"


class Slot(NamedTuple):
    """A stretch of a place that changes while text around it does not."""

    number: int
    """Its number within the place, from 0."""
    kind: Kind
    evidence: Evidence
    before: str
    """The end of the literal in front of it, which names it."""
    samples: tuple[str, ...]
    """Some of its values; content, to be masked by whoever shows it."""
    tokens_before: int
    """Tokens from the start of the prompt to it, on average, in the reference tokenizer."""
    static_behind: int
    """Tokens of this place that never change and stand behind it, about."""
    length: int
    """Characters of its values, on average."""


class PlaceReport(NamedTuple):
    """One place that varies."""

    workload: int
    place: Place
    requests: int
    members: I64
    """The requests that have it."""
    nodes: I64
    """Where on the path of each of them it stands."""
    variants: I64
    """Segments seen there."""
    aligned: int
    """How many of them were aligned."""
    skeleton: Skeleton
    slots: tuple[Slot, ...]
    values: dict[int, tuple[str, ...]]
    """Values of each segment that is of the skeleton."""
    forms: tuple[Variation, ...]
    """Segments that say the same in another form; the slots are those of what is left."""
    behind: bool
    """Whether anything static stands behind it in the same request."""
    recurs: bool
    """Whether anything stands behind it that another request has at the same place."""


def mine(trace: Trace) -> list[PlaceReport]:
    """Return every place that varies, in the order of workloads and of requests. The trace must hold its text."""
    reports: list[PlaceReport] = []
    structure = Structure(trace)
    usable = (trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)) == 0
    workload = trace.column("workload")
    for number in np.unique(workload[usable]).tolist():
        members = np.flatnonzero(usable & (workload == number))
        reports += _mine_workload(trace, structure, number, members)
    return reports


def _mine_workload(trace: Trace, structure: Structure, workload: int, members: I64) -> list[PlaceReport]:
    places = structure.places(members)
    distinct = {place: len(np.unique(trace.nodes.segment[nodes])) for place, (_, nodes) in places.items()}
    static_from = {place for place, count in distinct.items() if count == 1}
    recurring = {place for place, count in distinct.items() if count < len(places[place][0])}
    order = sorted(places, key=wire_order)
    reports = []
    for position, place in enumerate(order):
        requests, nodes = places[place]
        variants = np.unique(trace.nodes.segment[nodes])
        if len(variants) == 1 or not structure.is_written(variants):
            continue
        later = order[position + 1 :]
        reports.append(
            _report(trace, workload, place, requests, nodes)._replace(
                behind=any(one in static_from for one in later), recurs=any(one in recurring for one in later)
            )
        )
    return reports


_HEAD = {SegmentKind.SYSTEM: "system", SegmentKind.SCHEMA: "schema"}
_NOT_WRITTEN = (SegmentKind.TOOL_USE, SegmentKind.TOOL_RESULT, SegmentKind.THINKING)
_SECTIONS = {"tool": 0, "schema": 1, "system": 2, "message": 3}


def wire_order(place: Place) -> tuple[int, int, int]:
    """Sort places as they stand in a request."""
    return _SECTIONS[place.section], place.ordinal, place.block


class Structure:
    """Which segment stands at which place of each request."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        nodes = trace.nodes
        self._parent = nodes.parent.tolist()
        self._segment = nodes.segment.tolist()
        self._kind = nodes.kind.tolist()
        self._flags = nodes.flags.tolist()
        self._known: dict[int, tuple[tuple[Place, int], ...]] = {0: ()}
        self._names: dict[str, int] = {}
        self._tools: dict[int, int] = {}

    def is_written(self, segments: npt.NDArray[np.integer]) -> bool:
        """Say whether most of some segments are the application's own words: no answers, and no results of tools."""
        known = self._trace.segments
        others = (known.role[segments] == Role.ASSISTANT) | np.isin(known.kind[segments], _NOT_WRITTEN)
        return bool(2 * others.sum() <= len(segments))

    def places(self, members: I64) -> dict[Place, tuple[I64, I64]]:
        """Return for each place the requests that have it, and the nodes there."""
        found: dict[Place, tuple[list[int], list[int]]] = {}
        leaves = self._trace.requests["leaf"][members].tolist()
        for request, leaf in zip(members.tolist(), leaves, strict=True):
            for place, node in self.places_on(leaf):
                requests, nodes = found.setdefault(place, ([], []))
                requests.append(request)
                nodes.append(node)
        return {
            place: (np.array(requests, dtype=np.int64), np.array(nodes, dtype=np.int64))
            for place, (requests, nodes) in found.items()
        }

    def places_on(self, leaf: int) -> tuple[tuple[Place, int], ...]:
        """Return the places on the path to a node, front to back, each with its node."""
        path: list[int] = []
        node = leaf
        while node not in self._known:
            path.append(node)
            node = self._parent[node]
        known = self._known[node]
        for step in reversed(path):
            known = self._known[step] = self._extended(known, step)
        return known

    def _extended(self, known: tuple[tuple[Place, int], ...], node: int) -> tuple[tuple[Place, int], ...]:
        if self._flags[node] & SPLIT or self._kind[node] in (SegmentKind.PARAMS, SegmentKind.HIDDEN):
            return known
        last = known[-1][0] if known else None
        section = _HEAD.get(SegmentKind(self._kind[node]), "message")
        if self._kind[node] == SegmentKind.TOOL:
            place = Place("tool", self._tool(self._segment[node]))
        elif section != "message" and (last is None or last.section != "message"):
            place = Place(section, sum(place.section == section for place, _ in known))
        elif last is not None and last.section == "message" and not self._flags[node] & START:
            place = Place("message", last.ordinal, last.block + 1)
        else:
            place = Place("message", last.ordinal + 1 if last is not None and last.section == "message" else 0)
        if place.section == "message" and place.ordinal >= MOST_MESSAGES:
            return known
        return (*known, (place, node))

    def _tool(self, segment: int) -> int:
        """Return the number of a tool, the same for all definitions of one name."""
        known = self._tools.get(segment)
        if known is None:
            name = tool_of(text_of(self._trace, segment)).name or f"\0{segment}"
            known = self._tools[segment] = self._names.setdefault(name, len(self._names))
        return known


def text_of(trace: Trace, segment: int) -> str:
    """Return the text of a segment."""
    start, stop = trace.segments.text_start[segment : segment + 2].tolist()
    return trace.segments.text[start:stop].tobytes().decode("utf-8", "replace")


def _report(trace: Trace, workload: int, place: Place, requests: I64, nodes: I64) -> PlaceReport:
    segments = trace.nodes.segment[nodes].astype(np.int64)
    variants, first, number = np.unique(segments, return_index=True, return_inverse=True)
    by_time = variants[np.argsort(first, kind="stable")].tolist()
    texts = {segment: text_of(trace, segment) for segment in by_time}
    forms = variations(texts, _sample(by_time))
    same_as = {segment: other for form in forms for segment, other in form.same_as.items()}
    left = [segment for segment in by_time if segment not in same_as]
    chosen = _sample(left)
    skeleton = skeleton_of([texts[segment] for segment in chosen])
    found = {segment: skeleton.values(texts[segment]) for segment in left}
    values = {segment: own for segment in by_time if (own := found[_last(same_as, segment)]) is not None}
    start = int((trace.nodes.end[nodes] - trace.segments.tokens[segments]).mean())
    slots = tuple(
        _slot(trace, k, skeleton, values, requests, variants[number.reshape(-1)], start) for k in range(skeleton.slots)
    )
    return PlaceReport(
        workload=workload,
        place=place,
        requests=len(requests),
        members=requests,
        nodes=nodes,
        variants=variants,
        aligned=len(chosen),
        skeleton=skeleton,
        slots=slots,
        values=values,
        forms=tuple(forms),
        behind=False,
        recurs=False,
    )


def _sample(segments: Sequence[int]) -> list[int]:
    return [segments[place] for place in _spread(len(segments), MOST_VARIANTS)]


def _last(same_as: dict[int, int], segment: int) -> int:
    """Follow a chain of segments that are taken for another."""
    while segment in same_as:
        segment = same_as[segment]
    return segment


def _slot(
    trace: Trace,
    k: int,
    skeleton: Skeleton,
    values: dict[int, tuple[str, ...]],
    requests: I64,
    segments: I64,
    start: int,
) -> Slot:
    known = np.array([segment in values for segment in segments.tolist()])
    requests, segments = requests[known], segments[known]
    texts = [values[segment][k] for segment in segments.tolist()]
    numbers = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    evidence = scope_of(
        np.array([numbers[text] for text in texts], dtype=np.int64),
        trace.column("arrived")[requests],
        trace.column("session")[requests],
        trace.column("tenant")[requests],
        timed=bool(trace.meta.get("timed", True)),
    )
    size = sum(map(len, numbers)) // max(1, len(numbers))
    some = _spread(len(texts), min(_MOST_VALUES, max(_LEAST_VALUES, _MOST_CHARACTERS // max(1, size))))
    shown = [texts[i] for i in some]
    rows = [int(requests[i]) for i in some]
    kind = kind_of(
        shown,
        arrived_us=[int(trace.column("arrived")[row]) for row in rows],
        own=[_long_enough(trace.request_ids[row]) for row in rows],
        sessions=[_long_enough(_session(trace, row)) for row in rows],
        before=_before(skeleton, k, values[int(segments[some[0]])] if some else ()),
    )
    literals = skeleton.literals[k + 1 :]
    within = sum(map(len, skeleton.literals[: k + 1]))
    return Slot(
        number=k,
        kind=kind,
        evidence=evidence,
        before=skeleton.literals[k][-_LABEL:],
        samples=tuple(dict.fromkeys(shown))[:5],
        tokens_before=start + within // _CHARACTERS,
        static_behind=sum(map(len, literals)) // _CHARACTERS,
        length=sum(map(len, shown)) // max(1, len(shown)),
    )


def _before(skeleton: Skeleton, k: int, values: Sequence[str]) -> str:
    """Return the end of what stands in front of a slot in one of the texts."""
    pieces = [piece for pair in zip(skeleton.literals[:k], values[:k], strict=False) for piece in pair]
    return "".join([*pieces, skeleton.literals[k]])[-_LABEL:]


def _session(trace: Trace, request: int) -> str:
    number = int(trace.requests["session"][request])
    return trace.strings["session"][number] if number >= 0 else ""


def _long_enough(identifier: str) -> str:
    """Return an id that can be told from a word, else nothing."""
    return identifier if len(identifier) >= _TELLING else ""


def _spread(size: int, most: int) -> Sequence[int]:
    return np.linspace(0, size - 1, min(size, most)).astype(np.int64).tolist() if size else []


__all__ = ["MOST_VARIANTS", "Place", "PlaceReport", "Scope", "Slot", "Structure", "mine", "text_of", "wire_order"]
