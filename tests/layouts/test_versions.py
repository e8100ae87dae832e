"""Prompts that a deployment replaces: two versions, each with slots of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cachelens.layouts.moves import LAYOUTS
from cachelens.layouts.rewriting import Known, relay
from cachelens.layouts.slots import PlaceReport, mine, text_of
from cachelens.model.prompt import SegmentKind
from tests.layouts.workloads import Turn, trace_of

SESSIONS, TURNS = 12, 3


def rules(version: str, count: int = 30) -> str:
    return "".join(
        f"Rule {k} of the {version} edition: {version} comes first, {version * 2} second.\n" for k in range(count)
    )


def clock(line: int) -> str:
    return f"Time: {datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=line)}\n"


def mined(rows: Sequence[tuple[Turn, str]]) -> list[PlaceReport]:
    return [report for report in mine(trace_of(rows)) if report.place.section == "system"]


def one_by_one() -> list[Turn]:
    return [Turn(session, turn) for session in range(SESSIONS) for turn in range(TURNS)]


def mixed() -> list[Turn]:
    """All sessions side by side."""
    return [Turn(session, turn) for turn in range(TURNS) for session in range(SESSIONS)]


def test_a_clock_is_found_in_both_versions() -> None:
    rows = [
        (at, clock(line) + rules("first") if at.session < 6 else "Be brief.\n" + clock(line) + rules("second"))
        for line, at in enumerate(one_by_one())
    ]
    reports = mined(rows)
    assert [(report.version, report.versions, report.requests) for report in reports] == [(0, 2, 18), (1, 2, 18)]
    for report in reports:
        (slot,) = report.slots
        assert (slot.kind.value, slot.evidence.scope.value) == ("date or time", "request")
    assert reports[0].skeleton.literals[1].endswith(rules("first"))
    assert reports[1].skeleton.literals[1].endswith(rules("second"))


def test_a_deployment_alone_is_no_slot() -> None:
    assert mined([(at, rules("first" if at.session < 6 else "second")) for at in one_by_one()]) == []


def test_sessions_that_keep_the_old_version_are_no_exception() -> None:
    """Sessions 0 to 5 begin before the deployment and end after it."""
    order = [at for at in one_by_one() if at.session < 6 and at.turn == 0]
    order += [
        Turn(session, turn)
        for turn in range(TURNS)
        for session in (6, 0, 7, 1, 8, 2, 9, 3, 10, 4, 11, 5)
        if (session, turn) not in {(s, 0) for s in range(6)}
    ]
    rows = [(at, clock(line) + rules("first" if at.session < 6 else "second")) for line, at in enumerate(order)]
    assert [report.versions for report in mined(rows)] == [2, 2]


def test_prompts_that_are_sent_side_by_side_are_no_versions() -> None:
    (report,) = mined([(at, rules("first" if at.session % 2 else "second")) for at in mixed()])
    assert report.versions == 1
    assert {slot.evidence.scope.value for slot in report.slots} == {"session"}


def test_what_a_few_sessions_sent_first_is_no_version() -> None:
    """Texts that go by session would stand so by chance."""
    (report,) = mined([(at, rules("first" if at.session < 3 else "second")) for at in one_by_one()])
    assert report.versions == 1


@given(st.integers(4, 8), st.integers(1, 3), st.booleans())
def test_there_are_as_many_versions_as_were_deployed(sessions: int, turns: int, clocked: bool) -> None:
    names = ("first", "second", "third")
    rows: list[tuple[Turn, str]] = []
    for number, name in enumerate(names):
        for session in range(sessions):
            for turn in range(turns):
                text = (clock(len(rows)) if clocked else f"Build {session % 2}.\n") + rules(name)
                rows.append((Turn(number * sessions + session, turn), text))
    reports = mined(rows)
    assert [(report.version, report.versions, report.requests) for report in reports] == [
        (number, 3, sessions * turns) for number in range(3)
    ]
    assert all(len(report.slots) == 1 for report in reports)


def test_variants_that_are_not_compared_are_told_by_what_their_version_says() -> None:
    order = [Turn(session, turn) for session in range(140) for turn in range(TURNS)]
    rows = [(at, clock(line) + rules("first" if at.session < 60 else "second")) for line, at in enumerate(order)]
    assert [report.requests for report in mined(rows)] == [60 * TURNS, 80 * TURNS]
    assert all(report.aligned < len(report.variants) for report in mined(rows))


def test_a_layout_moves_the_values_of_each_version() -> None:
    """The clock stands first in one version and second in the other; without it, each has one system prompt."""
    rows = [
        (at, clock(line) + rules("first") if at.session < 6 else "Be brief.\n" + clock(line) + rules("second"))
        for line, at in enumerate(one_by_one())
    ]
    trace = trace_of(rows)
    relaid = relay(Known(trace), LAYOUTS["extract-volatile"])
    moves = relaid.layouts["w"].moves
    assert [(str(move.place), move.slot, move.version, move.versions) for move in moves] == [
        ("system 1", 0, 0, 2),
        ("system 1", 0, 1, 2),
    ]
    nodes = relaid.trace.nodes
    system = nodes.segment[nodes.kind == SegmentKind.SYSTEM]
    texts = {text_of(relaid.trace, segment) for segment in system.tolist()}
    assert len(texts) == 2
    assert not any("00:00:" in text for text in texts)
    written = relaid.trace.segments.text.tobytes().decode()
    assert all(f"] 00:00:{line:02}+00:00" in written for line in range(len(rows)))
