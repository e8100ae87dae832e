"""Mines each workload's skeleton from its own requests: text that never changes, and slots that do.

Requests are aligned by structure first (`structure`): tool k, system block k, block b of message k from the front. A
place whose segments are all equal is static, and most are. The others are parted into the versions that deployments
brought (`versions`). Variants of each are aligned as texts (`alignment`), a slot's values are told apart by how often
they change (`scopes`) and what they are (`values`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.layouts.alignment import Skeleton
from cachelens.layouts.evidence import Seen, Slot, slot_of
from cachelens.layouts.sampling import spread
from cachelens.layouts.scopes import Scope
from cachelens.layouts.structure import Place, Structure, text_of, wire_order
from cachelens.layouts.variants import Variation, skeleton_of, variations
from cachelens.layouts.versions import Uses, versions_of
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE
from cachelens.prompts.trace import Trace

I64 = npt.NDArray[np.int64]
MOST_VARIANTS = 120
"""Variants of a place that are aligned; more are sampled evenly over the time of their first use."""
MOST_ALIGNED, _LEAST_VARIANTS = 2_000_000, 24
"""Characters of a place that are aligned: where variants are long, fewer of them, but never less than so many."""


class PlaceReport(NamedTuple):
    """One place that varies, or one version of it."""

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
    version: int = 0
    """Number of the version of the place that this is of, from 0 in order of time."""
    versions: int = 1
    """Versions of the place: a deployment replaced each by the next."""

    def holds(self, segment: int) -> bool:
        """Say whether a segment is of this version of the place."""
        if self.versions == 1:
            return True
        at = int(np.searchsorted(self.variants, segment))
        return at < len(self.variants) and int(self.variants[at]) == segment


def mine(trace: Trace, structure: Structure | None = None) -> list[PlaceReport]:
    """Return every place that varies, in the order of workloads and of requests. The trace must hold its text.

    A place that a deployment replaced is reported once for each version that varies. `structure` is that of the trace
    where it is at hand.
    """
    reports: list[PlaceReport] = []
    structure = Structure(trace) if structure is None else structure
    usable = (trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)) == 0
    workload = trace.column("workload")
    for number in np.unique(workload[usable]).tolist():
        members = np.flatnonzero(usable & (workload == number))
        reports += _mine_workload(trace, structure, number, members)
    return reports


class _Group(NamedTuple):
    """One version of a place."""

    place: Place
    version: int
    versions: int
    members: I64
    nodes: I64
    texts: _Texts

    @property
    def distinct(self) -> int:
        """How many texts were seen there."""
        return len(self.texts.by_time)


def _mine_workload(trace: Trace, structure: Structure, workload: int, members: I64) -> list[PlaceReport]:
    places = structure.places(members)
    groups: dict[Place, list[_Group]] = {}
    for place, (requests, nodes) in places.items():
        texts = _Texts(trace, nodes)
        whole = _Group(place, 0, 1, requests, nodes, texts)
        is_told = whole.distinct > 1 and structure.is_written(texts.variants)
        groups[place] = _versions(trace, whole) if is_told else [whole]
    static_from = {place for place, some in groups.items() if all(one.distinct == 1 for one in some)}
    recurring = {place for place, some in groups.items() if sum(one.distinct for one in some) < len(places[place][0])}
    order = sorted(places, key=wire_order)
    reports = []
    for position, place in enumerate(order):
        later = order[position + 1 :]
        behind, recurs = any(one in static_from for one in later), any(one in recurring for one in later)
        reports += [
            _report(trace, workload, one)._replace(behind=behind, recurs=recurs)
            for one in groups[place]
            if one.distinct > 1 and structure.is_written(one.texts.variants)
        ]
    return reports


class _Texts(Mapping[int, str]):
    """The texts of the segments at a place; each is read when it is asked for, as there may be many."""

    def __init__(self, trace: Trace, nodes: I64) -> None:
        segments = trace.nodes.segment[nodes].astype(np.int64)
        self._trace = trace
        self.variants, first, number = np.unique(segments, return_index=True, return_inverse=True)
        self.number = number.reshape(-1)
        """The place in `variants` of what each request has."""
        self.by_time: list[int] = self.variants[np.argsort(first, kind="stable")].tolist()
        """Segments in the order of their first use."""

    def __getitem__(self, segment: int) -> str:
        return text_of(self._trace, segment)

    def __iter__(self) -> Iterator[int]:
        return iter(self.by_time)

    def __len__(self) -> int:
        return len(self.by_time)

    def sample(self, segments: Sequence[int]) -> list[int]:
        """Choose some of these evenly: as many as can be aligned, fewer where they are long."""
        start = self._trace.segments.text_start
        size = int((start[np.array(segments) + 1] - start[segments]).mean()) if segments else 0
        most = min(MOST_VARIANTS, max(_LEAST_VARIANTS, MOST_ALIGNED // max(1, size)))
        return [segments[place] for place in spread(len(segments), most)]


def _versions(trace: Trace, whole: _Group) -> list[_Group]:
    """Part the requests of a place by version."""
    if not trace.meta.get("timed", True):
        return [whole]
    texts, requests = whole.texts, whole.members
    uses = Uses(texts.number, trace.column("arrived")[requests], trace.column("session")[requests])
    variants = texts.variants.tolist()
    place = {segment: number for number, segment in enumerate(variants)}
    sample = [place[segment] for segment in texts.sample(texts.by_time)]
    version = versions_of(uses, sample, lambda variant: texts[variants[variant]])[texts.number]
    count = int(version.max()) + 1
    if count == 1:
        return [whole]
    return [
        _Group(whole.place, number, count, requests[mine], whole.nodes[mine], _Texts(trace, whole.nodes[mine]))
        for number in range(count)
        for mine in [version == number]
    ]


def _report(trace: Trace, workload: int, group: _Group) -> PlaceReport:
    texts, nodes = group.texts, group.nodes
    forms = variations(texts, texts.sample(texts.by_time))
    same_as = {segment: other for form in forms for segment, other in form.same_as.items()}
    left = [segment for segment in texts.by_time if segment not in same_as]
    chosen = texts.sample(left)
    skeleton = skeleton_of([texts[segment] for segment in chosen])
    found = {segment: skeleton.values(texts[segment]) for segment in left}
    values = {segment: own for segment in texts.by_time if (own := found[_last(same_as, segment)]) is not None}
    start = int((trace.nodes.end[nodes] - trace.segments.tokens[texts.variants[texts.number]]).mean())
    seen = Seen.of(group.members, texts.variants, texts.number, values)
    return PlaceReport(
        workload=workload,
        place=group.place,
        requests=len(group.members),
        members=group.members,
        nodes=nodes,
        variants=texts.variants,
        aligned=len(chosen),
        skeleton=skeleton,
        slots=tuple(slot_of(trace, k, skeleton, seen, start) for k in range(skeleton.slots)),
        values=values,
        forms=tuple(forms),
        behind=False,
        recurs=False,
        version=group.version,
        versions=group.versions,
    )


def _last(same_as: dict[int, int], segment: int) -> int:
    """Follow a chain of segments that are taken for another."""
    while segment in same_as:
        segment = same_as[segment]
    return segment


__all__ = ["MOST_VARIANTS", "Place", "PlaceReport", "Scope", "Slot", "Structure", "mine", "text_of", "wire_order"]
