"""Where marks can stand, which policies there are, and that the search finds the cheapest of all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.layouts.boundaries import BOUNDARIES
from cachelens.layouts.policies import NAMED, POSITIONS, RECORDED, Mark, Policy, plan, policies, table
from cachelens.model.prompt import Role, SegmentKind
from cachelens.model.scenario import Scenario
from cachelens.optimal import Pricer, Search
from cachelens.prompts.columns import TTL_LABELS
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.trace import SPLIT, Trace
from cachelens.replay.engine import Replayer
from tests.layouts.chats import Held, Request, answer, call, chats, compiled, held, returned, system, tool, user
from tests.oracles.traffic import OReq
from tests.problems import trace_of
from tests.properties.test_simulation import MARKED
from tests.replays import BOOK

SECONDS = {"default": 0, "5m": 300, "1h": 3600}


def places(blocks: Sequence[Held]) -> dict[str, int]:
    """Number of blocks up to and at each position, by its plain definition; 0 for none. No block refuses marks."""
    kinds, models = [block.kind for block in blocks], [block.role == Role.ASSISTANT for block in blocks]
    head = next((n for n, kind in enumerate(kinds) if kind > SegmentKind.SYSTEM), len(kinds))
    size = len(blocks)
    asked = next((n for n in range(size, 0, -1) if not models[n - 1]), 0)
    answered = next((n for n in range(asked, 0, -1) if models[n - 1]), 0)
    before = next((n for n in range(answered, 0, -1) if not models[n - 1]), 0)
    return {
        "tools": max((n for n in range(1, head + 1) if kinds[n - 1] == SegmentKind.TOOL), default=0),
        "first-system": next((n for n in range(1, head + 1) if kinds[n - 1] == SegmentKind.SYSTEM), 0),
        "system": head,
        "first-message": head + 1,
        "before-tool-results": next((n for n, kind in enumerate(kinds) if kind == SegmentKind.TOOL_RESULT), size),
        "previous-turn": before,
        "end": size,
    }


def at(trace: Trace, request: int, place: int) -> int:
    """The node of a block of a request, 0 for none."""
    path = [n for n in trace.path(int(trace.requests["leaf"][request])) if not trace.nodes.flags[n] & SPLIT]
    return path[place - 1] if place else 0


@given(chats())
@settings(max_examples=40)
def test_positions_are_where_they_are_defined(requests: list[Request]) -> None:
    trace = compiled(requests)
    found = table(trace)
    for request in range(len(trace)):
        wanted = {name: at(trace, request, place) for name, place in places(held(trace, request)).items()}
        assert dict(zip(found.names, found.node[request].tolist(), strict=True)) == wanted


def test_positions_of_one_request_by_hand() -> None:
    blocks = (tool("t"), system("one"), system("two"), user("q"), call("c"), returned("r"), answer("a"), user("more"))
    found = table(compiled([Request(0, (*blocks, answer("So"))), Request(9, (user("only"),))]))
    trace = compiled([Request(0, (*blocks, answer("So"))), Request(9, (user("only"),))])
    places_of = [[len(trace.path(int(node))) for node in row] for row in found.node]
    assert dict(zip(found.names, places_of[0], strict=True)) == {
        "tools": 1,
        "first-system": 2,
        "system": 3,
        "first-message": 4,
        "before-tool-results": 5,
        "previous-turn": 6,
        "end": 9,
    }
    assert places_of[1] == [0, 0, 0, 1, 1, 0, 1]
    assert tuple(POSITIONS) == found.names


@pytest.mark.parametrize(("count", "most"), [(0, 4), (1, 4), (3, 2), (4, 4), (5, 3)])
@pytest.mark.parametrize("ttls", [("default",), ("1h", "5m")])
def test_policies_are_all_sets_of_marks_in_the_order_of_lifetimes(count: int, most: int, ttls: tuple[str, ...]) -> None:
    names = tuple(POSITIONS)[:count]
    wanted = {
        tuple(Mark(name, ttl) for name, ttl in zip(names, row, strict=True) if ttl)
        for row in itertools.product(("", *ttls), repeat=count)
    }
    wanted = {row for row in wanted if len(row) <= most and is_in_order(row)}
    found = list(policies(names, ttls, most))
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert [len(policy) for policy in found] == sorted(map(len, found))


def is_in_order(policy: Policy) -> bool:
    lengths = [SECONDS[mark.ttl] for mark in policy]
    return lengths == sorted(lengths, reverse=True)


@given(chats())
@settings(max_examples=20)
def test_named_boundaries_are_policies(requests: list[Request]) -> None:
    trace = compiled(requests)
    recorded = BOUNDARIES["as-recorded"].place(trace)
    everyone = np.arange(len(trace))
    for name, policy in NAMED.items():
        one, other = BOUNDARIES[name].place(trace), plan(table(trace), recorded, [(everyone, policy)])
        assert rows(one) == rows(other)
        assert one.as_sent.tolist() == other.as_sent.tolist()
        assert (one.follows & (len(one.node) > 0)).tolist() == (other.follows & (len(one.node) > 0)).tolist()
    assert tuple(NAMED) == tuple(BOUNDARIES)


def rows(marks: MarkPlan) -> list[list[tuple[int, int]]]:
    pairs = list(zip(marks.node.tolist(), marks.ttl.tolist(), strict=True))
    return [pairs[a:b] for a, b in itertools.pairwise(marks.start.tolist())]


@given(chats(), st.data())
@settings(max_examples=40)
def test_a_plan_keeps_the_rules_of_marks(requests: list[Request], data: st.DataObject) -> None:
    """On the request's own path, shallow before deep, no longer lifetime behind a shorter one."""
    trace = compiled(requests)
    recorded = BOUNDARIES["as-recorded"].place(trace)
    some = list(policies(tuple(POSITIONS), ("1h", "5m"), 3))
    chosen = data.draw(st.lists(st.sampled_from([RECORDED, *some]), min_size=len(trace), max_size=len(trace)))
    found = plan(table(trace), recorded, [(np.array([n]), policy) for n, policy in enumerate(chosen)])
    for request, (marks, policy) in enumerate(zip(rows(found), chosen, strict=True)):
        path = trace.path(int(trace.requests["leaf"][request]))
        assert {node for node, _ in marks} <= set(path)
        assert len(marks) <= (4 if policy == RECORDED else 3)
        depths = [path.index(node) for node, _ in marks]
        assert depths == sorted(set(depths))
        lengths = [SECONDS[TTL_LABELS[ttl]] for _, ttl in marks]
        assert lengths == sorted(lengths, reverse=True)
        assert found.as_sent[request] == (policy == RECORDED)
        if policy == RECORDED:
            assert marks == rows(recorded)[request]


def every_plan(trace: Trace, ttls: Sequence[str], most: int) -> Iterator[MarkPlan]:
    """Every set of marks that an application could place at the positions, put together without the search."""
    spots = [places(held(trace, request)) for request in range(len(trace))]
    for row in itertools.product(("", *ttls), repeat=len(POSITIONS)):
        policy = tuple(Mark(name, ttl) for name, ttl in zip(POSITIONS, row, strict=True) if ttl)
        if len(policy) > most or not is_in_order(policy):
            continue
        start, node, ttl = [0], list[int](), list[int]()
        for request, spot in enumerate(spots):
            by_place: dict[int, int] = {}
            for mark in policy:
                by_place[spot[mark.position]] = max(by_place.get(spot[mark.position], 0), SECONDS[mark.ttl])
            by_place.pop(0, None)
            for place in sorted(by_place):
                node.append(at(trace, request, place))
                longest = max(length for other, length in by_place.items() if other >= place)
                ttl.append(next(TTL_LABELS.index(label) for label, length in SECONDS.items() if length == longest))
            start.append(len(node))
        yield MarkPlan(
            recorded=False,
            start=np.array(start, dtype=np.int64),
            node=np.array(node, dtype=np.int32),
            ttl=np.array(ttl, dtype=np.int8),
            follows_end=any(mark.position == "end" for mark in policy),
        )


def is_plain(requests: list[OReq]) -> bool:
    kinds = {segment.kind for request in requests for segment in request.segments}
    return len(requests) <= 6 and not kinds & {"params", "thinking"}


@given(MARKED.filter(is_plain))
@settings(max_examples=6)
def test_the_search_finds_what_trying_everything_finds(requests: list[OReq]) -> None:
    trace = trace_of(requests, model="claude-sonnet-5", since_us=1_794_268_800_000_000)
    replayer, scenario = Replayer(trace, BOOK), Scenario(boundary="optimal")
    pricer = Pricer(replayer)

    def cost(marks: MarkPlan) -> Decimal:
        (found,) = pricer.costs(replayer.replay(scenario, marks)) or []
        return found.total

    recorded = cost(BOUNDARIES["as-recorded"].place(trace))
    least = min(map(cost, every_plan(trace, ("1h", "5m"), 4)))
    found = Search(replayer).cheapest(
        scenario, pricer.costs(replayer.replay(Scenario(), BOUNDARIES["none"].place(trace))) or []
    )
    assert found is not None
    assert cost(found.plan) == min(least, recorded)
