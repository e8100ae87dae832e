"""The typical prompt of a workload: what stands where, how often it changes, marks, minimum, and how far reuse goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cachelens.app import audit
from cachelens.model.audit import PromptMap
from cachelens.traffic.maps import BEHIND, HISTORY, MORE, MOST_STRETCHES
from tests.traffic.chat import Request, traffic, words, written


def drawn(folder: Path, change: Callable[[Request], None] = lambda _request: None) -> PromptMap:
    (found,) = audit([written(folder / "log.jsonl", traffic(change))]).maps
    return found


def clock(request: Request) -> None:
    request.slot = f"It is {request.at:%Y-%m-%d %H:%M:%S}."


def customer(request: Request) -> None:
    request.slot = f"The customer is number {1000 + request.session}."


@pytest.mark.parametrize("change", [lambda _request: None, clock, customer])
def test_stretches_cover_the_prompt_without_a_gap(tmp_path: Path, change: Callable[[Request], None]) -> None:
    found = drawn(tmp_path, change)
    assert found.stretches[0].first_token == 0
    assert found.stretches[-1].last_token == found.tokens
    for one, other in zip(found.stretches, found.stretches[1:], strict=False):
        assert one.last_token == other.first_token
    assert len(found.stretches) <= MOST_STRETCHES


def test_clean_traffic_is_fixed_up_to_its_messages(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    sections = [(one.place.split()[0], one.scope) for one in found.stretches]
    assert sections[:2] == [("tool", "static"), ("system", "static")]
    assert all(place in ("message", "earlier", "what") and scope != "static" for place, scope in sections[2:])
    assert found.stretches[0].place == "tool 1 to 5"
    assert found.stretches[-1].place == BEHIND


@pytest.mark.parametrize("change", [lambda _request: None, clock])
def test_what_a_session_says_again_is_told_from_what_is_new(tmp_path: Path, change: Callable[[Request], None]) -> None:
    """Also behind a clock: the messages are the same, though no cache reads them."""
    history, new = drawn(tmp_path, change).stretches[-2:]
    assert (history.place, history.scope) == (HISTORY, "session")
    assert (new.place, new.scope) == (BEHIND, "request")
    assert history.last_token - history.first_token > 2 * (new.last_token - new.first_token)


def test_a_clock_is_a_stretch_of_its_own_that_changes_with_every_request(tmp_path: Path) -> None:
    found = drawn(tmp_path, clock)
    before, value, behind = found.stretches[1:4]
    assert (before.place, value.place, behind.place) == ("system 1", "system 1", "system 1")
    assert (before.scope, value.scope, behind.scope) == ("static", "request", "static")
    assert value.kind == "date or time"
    assert value.last_token - value.first_token < 10
    assert found.read_tokens is not None
    assert found.readable_tokens is not None
    assert found.read_tokens < value.first_token, "nothing behind the clock is ever read"


def test_what_changes_with_the_session_says_so(tmp_path: Path) -> None:
    kinds = {one.scope for one in drawn(tmp_path, customer).stretches if one.place == "system 1"}
    assert kinds == {"static", "session"}


def test_marks_stand_where_they_were_sent_and_reuse_reaches_far(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    system_ends = max(one.last_token for one in found.stretches if one.place.startswith("system"))
    first, last = found.marks
    assert (first.requests, last.requests) == (found.requests, found.requests)
    assert first.token == pytest.approx(system_ends, abs=2)
    assert last.token == pytest.approx(found.tokens, abs=2)
    assert found.read_tokens is not None
    assert found.readable_tokens is not None
    assert system_ends < found.read_tokens <= found.readable_tokens < found.tokens
    assert found.minimum == 1024


def test_a_prompt_of_very_many_values_keeps_its_first_and_what_follows_them(tmp_path: Path) -> None:
    def many(request: Request) -> None:
        shelves = (f"{words(k, 30)}: {(request.number * 7919 + k * 31) % 1000} parts." for k in range(40))
        request.slot = "\n".join(shelves)

    found = drawn(tmp_path, many)
    assert len(found.stretches) == MOST_STRETCHES
    assert [one.place for one in found.stretches[-3:]] == [MORE, HISTORY, BEHIND]
    assert found.stretches[-1].last_token == found.tokens
    assert found.stretches[2].place == "system 1"
