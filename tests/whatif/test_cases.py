"""Recorded traffic, moved in time: all that a request is goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from cachelens.config.compiling import CompileOptions
from cachelens.errors import UsageError
from cachelens.prompts.trace import Trace
from cachelens.providers.dates import day_us, us_day
from cachelens.reading import compile_inputs
from cachelens.whatif.cases import Recorded, closer, moved


@pytest.fixture(scope="module")
def week(fixtures: Path) -> Trace:
    return compile_inputs([str(fixtures / "logs" / "week.jsonl")], CompileOptions()).trace


def requests(trace: Trace) -> Mapping[tuple[int, int], tuple[object, ...]]:
    """Return what each request is, by its place in the input, the time aside."""
    columns = [trace.column(name).tolist() for name in ("order", "line", "leaf", "model", "session", "output", "read")]
    marks = np.split(trace.mark_node, trace.mark_start[1:-1])
    ttls = np.split(trace.mark_ttl, trace.mark_start[1:-1])
    return {
        (row[0], row[1]): (*row[2:], mark.tolist(), ttl.tolist(), name)
        for *row, mark, ttl, name in zip(*columns, marks, ttls, trace.request_ids, strict=True)
    }


def gaps(trace: Trace) -> dict[int, list[int]]:
    arrived, session = trace.column("arrived"), trace.column("session")
    return {number: np.diff(arrived[session == number]).tolist() for number in np.unique(session).tolist()}


@pytest.mark.parametrize("traffic", [0.25, 1.0, 10.0])
def test_sessions_come_closer_as_they_are(week: Trace, traffic: float) -> None:
    found = closer(week, traffic)
    assert requests(found) == requests(week)
    assert gaps(found) == gaps(week)
    assert np.all(np.diff(found.column("arrived")) >= 0)
    firsts = [np.sort(np.unique(t.column("session"), return_index=True)[1]) for t in (week, found)]
    spans = [float(np.ptp(t.column("arrived")[first])) for t, first in zip((week, found), firsts, strict=True)]
    assert spans[1] == pytest.approx(spans[0] / traffic, abs=2)


def test_sessions_too_far_apart_for_any_calendar_are_refused(week: Trace) -> None:
    with pytest.raises(UsageError, match="centuries"):
        closer(week, 1e-6)


def test_a_log_moves_by_whole_days(week: Trace) -> None:
    found = moved(week, day_us("2026-03-05"))
    assert us_day(int(found.column("arrived")[0])) == "2026-03-05"
    shift = set((week.column("arrived") - found.column("arrived")).tolist())
    assert len(shift) == 1
    assert shift.pop() % 86_400_000_000 == 0
    unknown = week.column("end") < 0
    assert np.array_equal(unknown, found.column("end") < 0)


@pytest.mark.parametrize("traffic", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_no_amount_of_traffic_is_refused(week: Trace, traffic: float) -> None:
    with pytest.raises(UsageError, match="--traffic"):
        Recorded(week, "week", day_us=None).case("", None, traffic)
