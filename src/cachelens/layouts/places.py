"""Where along one request each segment stands, in the words that the audit uses."""

from __future__ import annotations

from typing import NamedTuple

from cachelens.layouts.slots import Place
from cachelens.model.prompt import SegmentKind
from cachelens.prompts.trace import SPLIT, START, Trace

_HEAD = {
    SegmentKind.PARAMS: "parameters",
    SegmentKind.HIDDEN: "hidden",
    SegmentKind.TOOL: "tool",
    SegmentKind.SCHEMA: "schema",
    SegmentKind.SYSTEM: "system",
    SegmentKind.BLOCKS: "block",
}


class Standing(NamedTuple):
    """One segment of a request."""

    place: Place
    node: int
    above: int
    """The node at which the segment before it ends."""


def places_on(trace: Trace, leaf: int) -> list[Standing]:
    """Return the segments of the request that ends at `leaf`, in order. Tools count as they stand in this request."""
    nodes = trace.nodes
    found: list[Standing] = []
    counts: dict[str, int] = {}
    above, message, block = 0, -1, 0
    for node in trace.path(leaf):
        if nodes.flags[node] & SPLIT:
            continue
        section = _HEAD.get(SegmentKind(int(nodes.kind[node])), "message")
        if section in ("system", "schema") and message >= 0:
            section = "message"
        if section == "message":
            begins = message < 0 or bool(nodes.flags[node] & START)
            message, block = (message + 1, 0) if begins else (message, block + 1)
            place = Place("message", message, block)
        else:
            place = Place(section, counts.get(section, 0))
            counts[section] = place.ordinal + 1
        found.append(Standing(place, node, above))
        above = node
    return found


def words(place: Place) -> str:
    """Name a place as a person would."""
    if place.section == "parameters":
        return "the request parameters"
    if place.section == "hidden":
        return "what the log does not show"
    return str(place)
