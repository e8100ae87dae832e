"""What differs, told from the text of real request bodies."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.app import explain_miss
from cachelens.model.explanation import Cause, Explanation, Owner
from tests.traffic.chat import START, Request, rotated, tool, written

Change = Callable[[Request], None]


def explained(folder: Path, change: Change, *, model: str = "claude-sonnet-5") -> Explanation:
    """Explain the second of two requests of one session; `change` changes the second."""
    requests = [Request(0, 3), Request(0, 3)]
    requests[1].at = START + timedelta(minutes=2)
    requests[0].model = requests[1].model = model
    requests[0].slot = requests[1].slot = "Today is 2026-11-15"
    change(requests[1])
    return explain_miss([written(folder / "log.jsonl", [one.row() for one in requests])], "#2")


def clock(request: Request) -> None:
    request.slot = "Today is 2026-11-16"


def test_the_first_token_that_differs(tmp_path: Path) -> None:
    """`You answer for a company that leases bicycles.` is the first line, an empty one follows, then the slot."""
    answer = explained(tmp_path, clock)
    assert answer.cause is Cause.DIVERGED
    found = answer.difference
    assert found is not None
    assert (found.place, found.exact) == ("system 1", True)
    assert (found.line, found.column) == (3, 19)
    assert [(one.before, one.after, one.line, one.column) for one in found.changes] == [
        ("2026-11-15", "2026-11-16", 3, 10)
    ]
    assert answer.loss.tokens > 0.8 * answer.request.tokens


@pytest.mark.parametrize(
    ("change", "rule", "place"),
    [
        (lambda r: setattr(r, "slot", "Today is 2026-11-16"), "V101", "system 1"),
        (lambda r: setattr(r, "tools", rotated(r.tools, 1)), "F201", "tool 2"),
        (lambda r: setattr(r, "tools", [tool("first"), *r.tools]), "F202", "tool 1"),
        (lambda r: setattr(r, "tools", [dict(reversed(one.items())) for one in r.tools]), "F204", "tool 1"),
        (lambda r: setattr(r, "rules", r.rules.replace("\n", "\r\n")), "F206", "system 1"),
        (lambda r: setattr(r, "documents", rotated(r.documents, 1)), "V107", "system 1"),
        (lambda r: setattr(r, "messages", r.messages[2:]), "S301", "message 1"),
    ],
)
def test_each_form_has_its_rule(tmp_path: Path, change: Change, rule: str, place: str) -> None:
    answer = explained(tmp_path, change)
    assert answer.difference is not None
    assert (answer.advice.rule, answer.difference.place) == (rule, place), answer.difference
    assert answer.advice.owner is Owner.YOURS
    assert answer.loss.tokens > 0


def test_a_parameter_is_named(tmp_path: Path) -> None:
    answer = explained(tmp_path, lambda r: setattr(r, "more", {"tool_choice": {"type": "any"}}))
    assert (answer.cause, answer.advice.rule) == (Cause.PARAMETER, "S306")
    assert answer.difference is not None
    assert answer.difference.parameters == (("tool_choice", "", '{"type":"any"}'),)


def test_the_record_wins_where_the_rules_expect_a_miss(tmp_path: Path) -> None:
    rows = []
    for minutes, usage in ((0, {"cache_creation_input_tokens": 5000}), (8, {"cache_read_input_tokens": 5000})):
        request = Request(0, 0)
        request.at, request.usage = START + timedelta(minutes=minutes), {"input_tokens": 3, "output_tokens": 1, **usage}
        rows.append(request.row())
    answer = explain_miss([written(tmp_path / "log.jsonl", rows)], "#2")
    assert (answer.cause, answer.loss.tokens, answer.advice.owner) == (Cause.NONE, 0, Owner.NOBODY)
    assert answer.evidence == ("the replay expects a miss (expired), but the record shows 5,000 tokens read",)


def test_another_conversation_is_no_fault(tmp_path: Path) -> None:
    """The head is read; what the other conversation says was in no cache."""

    def other(request: Request) -> None:
        request.messages = Request(5, 0).messages

    answer = explained(tmp_path, other)
    assert answer.loss.tokens == 0
    assert answer.advice.owner is not Owner.YOURS


def test_a_clock_is_proved_by_the_times_of_the_log(tmp_path: Path) -> None:
    rows = []
    for minute in (0, 2):
        request = Request(0, 0)
        request.at = START + timedelta(minutes=minute)
        request.slot = f"Sent {request.at:%Y-%m-%dT%H:%M}"
        rows.append(request.row())
    answer = explain_miss([written(tmp_path / "log.jsonl", rows)], "#2")
    assert answer.difference is not None
    assert [one.kind for one in answer.difference.changes] == ["clock"]
    assert answer.advice.rule == "V101"


def test_a_trace_without_text_says_what_can_be_said(tmp_path: Path) -> None:
    from cachelens.app import compile_trace
    from cachelens.config.compiling import CompileOptions

    requests = [Request(0, 3), Request(0, 3)]
    requests[1].slot, requests[1].at = "changed", START + timedelta(minutes=2)
    log = written(tmp_path / "log.jsonl", [one.row() for one in requests])
    compile_trace([log], CompileOptions(keep_text=False), tmp_path / "log.trace")
    whole, bare = explain_miss([log], "#2"), explain_miss([str(tmp_path / "log.trace")], "#2")
    assert bare.cause is whole.cause is Cause.DIVERGED
    assert bare.difference is not None
    assert whole.difference is not None
    assert bare.difference.place == whole.difference.place == "system 1"
    assert 0 <= whole.difference.token - bare.difference.token <= 32, "known to the block"
    assert bare.difference.changes == ()
    assert "changed" not in json.dumps(bare.evidence)


def test_far_apart_changes_of_a_long_text_are_found_in_a_moment() -> None:
    """Five clocks in a text of some megabytes: the ones near the first are told, and nearly all is fixed."""
    from cachelens.explaining.differences import Clues
    from cachelens.explaining.texts import changes_between

    lines = [f"Rule {k}: {'x' * 60} {k * 7919}." for k in range(40_000)]
    before, now = lines.copy(), lines.copy()
    for place in (3, 5, 9_000, 20_000, 39_000):
        before[place], now[place] = "It is 2026-11-15", "It is 2026-11-16"
    changes, total, fixed = changes_between("\n".join(before), "\n".join(now), Clues((), (), ()))
    assert [(one.before, one.line) for one in changes[:2]] == [("2026-11-15", 4), ("2026-11-15", 6)]
    assert total >= 3
    assert fixed > 0.99


def test_a_clock_before_one_endless_line() -> None:
    from cachelens.explaining.differences import Clues
    from cachelens.explaining.texts import changes_between

    rest = " ".join(f"word{k}" for k in range(10_000))
    changes, _, fixed = changes_between(f"2026-11-15 {rest}", f"2026-11-16 {rest}", Clues((), (), ()))
    assert [(one.before, one.after) for one in changes] == [("2026-11-15", "2026-11-16")]
    assert fixed > 0.99


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_changes_stand_where_they_say(before: str, now: str) -> None:
    from cachelens.explaining.differences import Clues
    from cachelens.explaining.texts import changes_between

    changes, total, fixed = changes_between(before, now, Clues((), (), ()))
    assert len(changes) <= total
    assert 0 <= fixed <= 1
    for change in changes:
        rows = now.split("\n")
        at = sum(len(row) + 1 for row in rows[: change.line - 1]) + change.column - 1
        assert now[at : at + len(change.after)] == change.after
