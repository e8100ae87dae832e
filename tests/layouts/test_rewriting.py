"""Layouts carried out: what they must keep on any traffic, and small cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from cachelens.layouts.boundaries import BOUNDARIES
from cachelens.layouts.moves import LAYOUTS
from cachelens.layouts.rewriting import Known, Relaid, relay
from cachelens.model.prompt import Role, SegmentKind
from cachelens.model.scenario import Scenario
from cachelens.prompts.columns import TTL_LABELS
from cachelens.prompts.trace import Trace
from cachelens.replay.engine import Replayer
from tests.layouts.chats import Held, Request, chats, compiled, held, marks, said
from tests.replays import BOOK

LAYOUT_NAMES = [name for name in LAYOUTS if name != "as-recorded"]


def relaid(trace: Trace, name: str) -> Relaid:
    return relay(Known(trace), LAYOUTS[name])


def counts(trace: Trace) -> dict[str, object]:
    """Everything that a replay sees of a trace: its nodes, and what each boundary reads and writes."""
    nodes = trace.nodes
    found: dict[str, object] = {
        "nodes": sorted(
            zip(nodes.end.tolist(), nodes.kind.tolist(), nodes.role.tolist(), nodes.flags.tolist(), strict=True)
        ),
        "marks": [marks(trace, request) for request in range(len(trace))],
    }
    for name, boundary in BOUNDARIES.items():
        done = Replayer(trace, BOOK).replay(Scenario(boundary=name), boundary.place(trace))
        found[name] = done.read.tolist(), {label: tokens.tolist() for label, tokens in done.write.items()}
    return found


@given(chats())
@settings(max_examples=30)
def test_a_tree_grown_anew_from_its_text_is_the_same_tree(requests: list[Request]) -> None:
    trace = compiled(requests)
    again = relay(Known(trace), LAYOUTS["as-recorded"])
    assert not again.layouts
    assert counts(again.trace) == counts(trace)


@pytest.mark.parametrize("name", LAYOUT_NAMES)
@given(requests=chats())
@settings(max_examples=30)
def test_a_layout_keeps_what_every_request_says(name: str, requests: list[Request]) -> None:
    trace = compiled(requests)
    moved = relaid(trace, name).trace
    for request in range(len(trace)):
        before, after = held(trace, request), held(moved, request)
        assert said(after) == said(before)
        tools = [[block.text for block in blocks if block.kind == SegmentKind.TOOL] for blocks in (before, after)]
        assert sorted(tools[0]) == sorted(tools[1])
        assert spoken(after)[: len(spoken(before))] == spoken(before)


def spoken(blocks: list[Held]) -> list[tuple[SegmentKind, str]]:
    """Answers, calls and results in their order: what no layout may touch."""
    own = (SegmentKind.TOOL_USE, SegmentKind.TOOL_RESULT)
    return [(b.kind, b.text) for b in blocks if b.role == Role.ASSISTANT or b.kind in own]


@pytest.mark.parametrize("name", LAYOUT_NAMES)
@given(requests=chats())
@settings(max_examples=30)
def test_messages_keep_their_order_and_marks_their_rules(name: str, requests: list[Request]) -> None:
    trace = compiled(requests)
    moved = relaid(trace, name).trace
    assert np.array_equal(moved.column("session"), trace.column("session"))
    for request in range(len(trace)):
        before, after = held(trace, request), held(moved, request)
        roles = [[b.role for b in blocks if b.kind > SegmentKind.SYSTEM] for blocks in (before, after)]
        extra = len(roles[1]) - len(roles[0])
        assert extra in (0, 1)
        prefill = next((n for n, role in enumerate(reversed(roles[0])) if role != Role.ASSISTANT), len(roles[0]))
        end = len(roles[0]) - prefill
        assert roles[1] == [*roles[0][:end], *[Role.USER] * extra, *roles[0][end:]]
        places = [place for place, _ in marks(moved, request)]
        assert places == sorted(set(places))
        assert all(places)
        seconds = [{"5m": 300, "1h": 3600}[label] for label in mark_labels(moved, request)]
        assert seconds == sorted(seconds, reverse=True)


def mark_labels(trace: Trace, request: int) -> list[str]:
    return [TTL_LABELS[label] for _, label in marks(trace, request)]
