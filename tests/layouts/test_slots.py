"""Laws of the mining of slots, on generated workloads whose skeleton is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cachelens.layouts.slots import PlaceReport, mine
from cachelens.prompts.trace import Trace
from tests.layouts.workloads import Turn, Workload, orders, trace_of, workloads

HEAD = ("tool", "schema", "system")
OTHER = "Now write a poem on rivers, in four lines.\nNo rhymes.\n"


def in_head(trace: Trace) -> list[PlaceReport]:
    return [report for report in mine(trace) if report.place.section in HEAD]


def traffic(workload: Workload) -> list[tuple[Turn, str]]:
    return [(at, workload.text(at)) for at in workload.order]


@given(workloads())
def test_the_slots_that_were_put_in_are_found(workload: Workload) -> None:
    trace = trace_of(traffic(workload))
    (report,) = in_head(trace)
    assert (str(report.place), report.versions) == ("system 1", 1)
    assert report.skeleton.literals == workload.literals
    assert [slot.evidence.scope.value for slot in report.slots] == [field.scope for field in workload.fields]
    for request, at in enumerate(workload.order):
        node = report.nodes[report.members.tolist().index(request)]
        assert report.values[int(trace.nodes.segment[node])] == tuple(field.value(*at) for field in workload.fields)


@given(workloads(), st.data())
def test_more_requests_never_make_a_slot_static(workload: Workload, data: st.DataObject) -> None:
    rows = traffic(workload)
    known = st.sampled_from([text for _, text in rows])
    fresh = st.builds(lambda session, turn: workload.text(Turn(session, turn)), st.integers(90, 95), st.integers(0, 9))
    more = data.draw(st.lists(st.one_of(known, fresh, st.just(OTHER)), max_size=12))
    for number, text in enumerate(more):
        rows.insert(data.draw(st.integers(0, len(rows))), (Turn(50 + number, 0), text))
    trace = trace_of(rows)
    reports = in_head(trace)
    own = [request for request, (at, _) in enumerate(rows) if at.session < 50]
    for one, other in zip(own, own[1:], strict=False):
        if rows[one][1] != rows[other][1]:
            assert any(differ(trace, report, one, other) for report in reports)


def differ(trace: Trace, report: PlaceReport, one: int, other: int) -> bool:
    """Say whether two requests of a place have other values in its slots."""
    members = report.members.tolist()
    if one not in members or other not in members:
        return False
    nodes = report.nodes[[members.index(one), members.index(other)]]
    a, b = (report.values.get(segment) for segment in trace.nodes.segment[nodes].tolist())
    return a is not None and b is not None and a != b


@given(workloads(), st.data())
def test_it_does_not_matter_how_sessions_mix(workload: Workload, data: st.DataObject) -> None:
    sessions = 1 + max(at.session for at in workload.order)
    mixed = data.draw(orders(sessions, len(workload.order) // sessions))
    found = []
    for order in (workload.order, mixed):
        (report,) = in_head(trace_of(traffic(workload._replace(order=order))))
        about = [(slot.kind, slot.evidence, slot.tokens_before, slot.length) for slot in report.slots]
        found.append((report.place, report.skeleton, about, sorted(report.values.values())))
    assert found[0] == found[1]


@given(
    orders(4, 3), st.lists(st.text(alphabet="abc {}[]\n", min_size=1, max_size=20), max_size=4, unique=True), st.text()
)
def test_clean_traffic_has_no_slot(order: tuple[Turn, ...], tools: list[str], system: str) -> None:
    assert in_head(trace_of([(at, system) for at in order], tools=tools)) == []
