"""Layouts: where each thing of a workload's prompts is moved to. A row of `LAYOUTS` each.

A layout is made from what was mined of a workload (`slots`) and says, for each system block and each slot, where
it goes. It never looks at one request's future: an application can do the same by changing its template.
`rewriting` carries it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from cachelens.layouts.scopes import Scope
from cachelens.layouts.slots import Place, PlaceReport, Slot
from cachelens.model.scenario import AS_RECORDED

TAIL = 1_000
"""A rank beyond all others: the end of the request, behind the last message."""
RANKS = {
    Scope.STATIC: 0,
    Scope.DEPLOY: 0,
    Scope.DAY: 1,
    Scope.TENANT: 2,
    Scope.SESSION: 3,
    Scope.UNSURE: 4,
    Scope.REQUEST: 4,
}
"""The order of scopes behind what never changes, widest first; a deploy makes another prompt and no slot."""
_WORTH = 16
"""Fixed tokens behind a slot of a message below which nothing is gained by moving it."""
_CHARACTERS = 4
"""Characters to a token, about."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a layout moves."""

    place: Place
    slot: int
    """Number of the slot within the place; -1 for the block as a whole."""
    kind: str
    """What the values are, in the words of `layouts.values.Kind`."""
    scope: str
    """How often they change, in the words of `layouts.scopes.Scope`."""
    rank: int
    """Where it goes: behind everything of a smaller rank within the system prompt (0: what stays), or `TAIL`."""
    version: int = -1
    """Version of the place that it holds for (`PlaceReport.version`); -1 for all."""
    versions: int = 1
    """Versions of the place."""
    token: int = -1
    """Token of the prompt at which it stood, about; -1 for a block that is moved without having been looked into."""
    marked: bool = True
    """Whether a cache mark may stand behind it; False for what changes so often that the mark goes before it."""


class WorkloadLayout(msgspec.Struct, frozen=True, kw_only=True):
    """A layout for one workload."""

    sorted_tools: bool = False
    moves: tuple[Move, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether it does anything."""
        return self.sorted_tools or bool(self.moves)


class Mined(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a workload when its layout is made."""

    name: str
    reports: tuple[PlaceReport, ...]
    requests: int
    sessions: int
    """Sessions that its requests belong to."""

    @property
    def turns(self) -> float:
        """Requests of a session, on average."""
        return self.requests / max(1, self.sessions)


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """One layout."""

    name: str
    summary: str
    of: Callable[[Mined], WorkloadLayout]
    needs_slots: bool = True
    """Whether places must be mined for it."""


def as_recorded(mined: Mined) -> WorkloadLayout:
    """Leave everything in its place."""
    del mined
    return WorkloadLayout()


def static_first(mined: Mined) -> WorkloadLayout:
    """Move what changes in the system prompt behind what does not, the rarest change first."""
    moves = [
        moved(report, slot, RANKS[slot.evidence.scope])
        for report in mined.reports
        if report.place.section == "system"
        for slot in report.slots
        if RANKS[slot.evidence.scope]
    ]
    return WorkloadLayout(moves=_whole_blocks(mined, moves))


def extract_volatile(mined: Mined) -> WorkloadLayout:
    """Move what changes with every request to its end, and the rest as `static_first` does.

    What changes with each session goes to the end as well where sessions are so short that resending it there costs
    less than the fixed text behind it.
    """
    moves = [
        moved(report, slot, TAIL if _goes_to_tail(report, slot, mined) else RANKS[slot.evidence.scope])
        for report in mined.reports
        for slot in report.slots
        if (report.place.section == "system" and RANKS[slot.evidence.scope])
        or (report.place.section == "message" and _goes_to_tail(report, slot, mined))
    ]
    return WorkloadLayout(moves=_whole_blocks(mined, moves))


def sorted_tools(mined: Mined) -> WorkloadLayout:
    """Put tool definitions in the order of their names."""
    del mined
    return WorkloadLayout(sorted_tools=True)


def _goes_to_tail(report: PlaceReport, slot: Slot, mined: Mined) -> bool:
    within_message = report.place.section == "message"
    if within_message and slot.static_behind < _WORTH:
        return False
    if slot.evidence.scope in (Scope.REQUEST, Scope.UNSURE):
        return True
    resent = slot.length / _CHARACTERS * (mined.turns - 1)
    return slot.evidence.scope is Scope.SESSION and slot.static_behind > resent


def moved(report: PlaceReport, slot: Slot, rank: int) -> Move:
    """Return the move of a slot."""
    return Move(
        place=report.place,
        slot=slot.number,
        kind=slot.kind.value,
        scope=slot.evidence.scope.value,
        rank=rank,
        version=report.version,
        versions=report.versions,
        token=slot.tokens_before,
        marked=RANKS[slot.evidence.scope] < RANKS[Scope.SESSION],
    )


def _whole_blocks(mined: Mined, moves: Sequence[Move]) -> tuple[Move, ...]:
    """Take a system block that is nothing but one value for a block that moves as a whole."""
    system = [report for report in mined.reports if report.place.section == "system"]
    whole = {(report.place, report.version) for report in system if _is_value(report)}
    return tuple(
        msgspec.structs.replace(move, slot=-1) if (move.place, move.version) in whole else move
        for move in sorted(moves, key=lambda move: (move.rank, move.place, move.version, move.slot))
    )


def _is_value(report: PlaceReport) -> bool:
    return len(report.slots) == 1 and not any(map(str.strip, report.skeleton.literals))


LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout(name=AS_RECORDED, summary="as the log has it", of=as_recorded, needs_slots=False),
        Layout(
            name="sorted-tools",
            summary="tool definitions in the order of their names",
            of=sorted_tools,
            needs_slots=False,
        ),
        Layout(
            name="static-first",
            summary="what changes in the system prompt stands behind what does not",
            of=static_first,
        ),
        Layout(
            name="extract-volatile",
            summary="what changes with every request stands at its end",
            of=extract_volatile,
        ),
    )
}
"""All layouts by name, in the order in which they are shown."""
