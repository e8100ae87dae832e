"""What layouts and searched marks mean in words, for the plan that a simulation prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.layouts.moves import TAIL, Layout, Move
from cachelens.layouts.policies import POSITIONS
from cachelens.layouts.rewriting import Relaid
from cachelens.layouts.values import Kind
from cachelens.model.result import HoldoutFact, MarkChoice, MoveFact
from cachelens.model.scenario import Scenario
from cachelens.optimal import Found

_CONTENT = frozenset({Kind.DOCUMENT, Kind.TEXT, Kind.JSON})
_TO_END = "It then stands behind the question and in the user's voice: check the answers."
_DOCUMENTS = "The model then reads it behind what it is to do with it: check the answers."


def moves_of(layout: Layout, relaid: Relaid) -> Iterator[MoveFact]:
    """Say what a layout moved in each workload."""
    for workload, done in relaid.layouts.items():
        if done.sorted_tools:
            yield MoveFact(
                layout=layout.name, workload=workload, place="tools", what="in the order of their names", to=""
            )
        for move in done.moves:
            yield MoveFact(
                layout=layout.name,
                workload=workload,
                place=_place(move),
                what=_what(move),
                to=_destination(move),
                warning=_warning(move),
            )


def _place(move: Move) -> str:
    version = f" version {move.version + 1} of {move.versions}" if move.versions > 1 else ""
    return f"{move.place}{version}" if move.slot < 0 else f"{move.place}{version} value {move.slot + 1}"


def _what(move: Move) -> str:
    if not move.scope:
        return "as a whole"
    return f"{move.kind} near token {move.token:,}, changes with each {move.scope}"


def _destination(move: Move) -> str:
    if move.rank == TAIL:
        return "the end of the request"
    return "the front of the system prompt" if move.rank < 0 else "behind the fixed text of the system prompt"


def _warning(move: Move) -> str:
    if move.kind in _CONTENT:
        return _DOCUMENTS
    return _TO_END if move.rank == TAIL else ""


def marks_of(found: Found, scenario: Scenario, names: Sequence[str]) -> Iterator[MarkChoice]:
    """Say where the marks of each workload stand."""
    for number, policy in found.policies.items():
        for mark in policy:
            yield MarkChoice(
                workload=names[number],
                position=mark.position,
                where=POSITIONS[mark.position].summary if mark.position in POSITIONS else "where they are",
                ttl=scenario.ttl or mark.ttl,
                fields=found.fields.get(number, ()),
            )


def holdouts_of(found: Found, scenario: Scenario, names: Sequence[str]) -> Iterator[HoldoutFact]:
    """Say what the later half of each workload costs under marks that were fitted to the earlier half."""
    for number, held in found.holdout.items():
        yield HoldoutFact(scenario=scenario.name, workload=names[number], recorded=held.recorded, fitted=held.fitted)
