"""A fault that outlives a deployment is told once, with all that it costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cachelens.app import audit, simulate
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.scenario import Choices
from tests.traffic.chat import TURNS, Request, lines, written

SESSIONS = 12
RULES = {False: lines("old", 120), True: lines("new", 100)}


def deployed(changed: Callable[[Request], str]) -> Callable[[Request], None]:
    """A system prompt that is replaced when half of the sessions are over, with a value on top."""

    def change(request: Request) -> None:
        new = request.session >= SESSIONS // 2
        request.system = ("Answer for the bicycle shop.\n" if new else "") + changed(request) + RULES[new]

    return change


def log(path: Path, change: Callable[[Request], None]) -> str:
    requests = [Request(session, turn) for session in range(SESSIONS) for turn in range(TURNS)]
    for request in requests:
        change(request)
    return written(path, [request.row() for request in requests])


def findings(path: Path, changed: Callable[[Request], str]) -> list[Finding]:
    told = audit([log(path, deployed(changed))]).findings
    return [finding for finding in told if not finding.rule.startswith("B")]


def read(path: Path, changed: Callable[[Request], str]) -> int:
    total = simulate([log(path, deployed(changed))], Choices(boundaries=("none",))).scenarios[0].total
    assert total is not None
    assert total.read_tokens is not None
    return total.read_tokens


def test_a_clock_in_both_versions_is_one_finding(tmp_path: Path) -> None:
    def clock(request: Request) -> str:
        return f"Time: {request.at.isoformat()}\n"

    def still(_: Request) -> str:
        return "Time: 2026-11-16T09:00:00+00:00\n"

    (finding,) = findings(tmp_path / "a.jsonl", clock)
    assert finding.rule == "V101"
    assert isinstance(finding.location, TrafficPlace)
    assert finding.location.place == "system 1"
    assert "(120 values in 120 requests, in 2 of 2 versions of the text)" in finding.message
    lost = read(tmp_path / "b.jsonl", still) - read(tmp_path / "a.jsonl", clock)
    assert finding.stranded_tokens == pytest.approx(lost, rel=0.02)


def test_a_clock_that_the_new_version_has_no_more_is_told_of_the_old_one(tmp_path: Path) -> None:
    def clock(request: Request) -> str:
        return f"Time: {request.at.isoformat()}\n" if request.session < SESSIONS // 2 else "No time is given.\n"

    (finding,) = findings(tmp_path / "a.jsonl", clock)
    assert finding.rule == "V101"
    assert "(60 values in 60 requests, in 1 of 2 versions of the text)" in finding.message


def test_a_deployment_is_no_fault(tmp_path: Path) -> None:
    assert findings(tmp_path / "a.jsonl", lambda _: "") == []
