"""Which proposals for one file can be tried at once: a try reads the whole file again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import NamedTuple

from cachelens.fixes.base import Case
from cachelens.model.fix import Edit, Proposal


class Offer(NamedTuple):
    """A finding, and what is proposed for it first."""

    case: Case
    proposal: Proposal


def apart(offers: Sequence[Offer]) -> tuple[list[Offer], list[Offer]]:
    """Return the first offer with all that touch other stretches of the file and keep the same, and the rest.

    What is proposed for two findings alike counts once.
    """
    group: list[Offer] = []
    rest: list[Offer] = []
    taken: list[Edit] = []
    known: set[tuple[Edit, ...]] = set()
    for offer in offers:
        edits = offer.proposal.edits
        if edits and edits in known:
            group.append(offer)
        elif not group or (_alike(group[0], offer) and all(_is_free(edit, taken) for edit in edits)):
            group.append(offer)
            known.add(edits)
            for edit in edits:
                insort(taken, edit)
        else:
            rest.append(offer)
    return group, rest


def proposals_of(offers: Sequence[Offer]) -> tuple[Proposal, ...]:
    """Return what is proposed, each once."""
    return tuple({offer.proposal.edits: offer.proposal for offer in reversed(offers)}.values())[::-1]


def _alike(one: Offer, other: Offer) -> bool:
    line_feeds = one.proposal.line_feeds or other.proposal.line_feeds
    return one.proposal.keeps is other.proposal.keeps and not line_feeds


def _is_free(edit: Edit, taken: Sequence[Edit]) -> bool:
    """Say whether an edit touches none of some others, which are in order."""
    place = bisect_left(taken, edit)
    return not any(one.start <= edit.end and edit.start <= one.end for one in taken[max(0, place - 1) : place + 1])
