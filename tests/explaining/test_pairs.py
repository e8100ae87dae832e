"""Two request bodies side by side, in every form in which people keep them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cachelens.app import diff
from cachelens.errors import CacheLensError, InputError, UsageError
from cachelens.model.explanation import Cause, Explanation, Owner
from tests.traffic.chat import Request

Body = dict[str, Any]


def body(slot: str = "Today is 2026-11-15", turn: int = 0) -> Body:
    request = Request(0, turn)
    request.slot = slot
    found: Body = request.row()["request"]
    return found


def put(path: Path, content: object, *, indent: int | None = None) -> str:
    path.write_text(json.dumps(content, indent=indent))
    return str(path)


def compared(folder: Path, one: object, other: object, model: str = "") -> Explanation:
    return diff(put(folder / "a.json", one), put(folder / "b.json", other), model=model)


def test_the_same_request_is_read_whole(tmp_path: Path) -> None:
    answer = compared(tmp_path, body(), body())
    assert (answer.difference, answer.cause, answer.parts) == (None, Cause.NONE, False)
    assert answer.replayed is not None
    assert answer.replayed.read == answer.request.tokens


def test_a_longer_conversation_does_not_part(tmp_path: Path) -> None:
    answer = compared(tmp_path, body(), body(turn=1))
    assert not answer.parts
    assert answer.replayed is not None
    assert answer.predecessor is not None
    assert answer.replayed.read == answer.predecessor.request.tokens


def test_a_changed_day_is_found_and_priced(tmp_path: Path) -> None:
    """Only the five tools and what stands before the day can still be read, and no mark stands behind the tools."""
    answer = compared(tmp_path, body(), body("Today is 2026-11-16"))
    assert answer.difference is not None
    assert (answer.difference.place, answer.difference.line) == ("system 1", 3)
    assert [one.kind for one in answer.difference.changes] == ["date or time"]
    assert (answer.advice.rule, answer.advice.owner) == ("V101", Owner.YOURS)
    assert answer.replayed is not None
    assert answer.replayed.read == 0
    assert answer.loss.money is not None
    assert answer.loss.money > 0


def test_how_a_file_is_indented_makes_no_difference(tmp_path: Path) -> None:
    one, other = put(tmp_path / "a.json", body()), put(tmp_path / "b.json", body(), indent=4)
    assert not diff(one, other).parts


def test_the_order_of_keys_does(tmp_path: Path) -> None:
    turned = body()
    turned["tools"] = [dict(reversed(one.items())) for one in turned["tools"]]
    answer = compared(tmp_path, body(), turned)
    assert answer.parts
    assert answer.difference is not None
    assert answer.difference.same_but_for == "order of JSON keys"
    assert answer.advice.rule == "F204"


@pytest.mark.parametrize(
    ("change", "rule", "said"),
    [
        (lambda tools: tools[::-1], "F201", "the same tools in another order"),
        (lambda tools: tools[:-1], "F202", "1 tool removed"),
        (lambda tools: [*tools[:-1], tools[-1] | {"description": "added order"}], "F203", "1 tool changed"),
        (lambda tools: [*tools[:0:-1], tools[0] | {"description": "new"}], "F203", "1 tool changed, the others in"),
        (lambda tools: tools[:0:-1], "F202", "1 tool removed, the others in another order"),
    ],
)
def test_how_tools_differ_is_told_and_the_gravest_has_its_rule(
    tmp_path: Path, change: Callable[[list[Body]], list[Body]], rule: str, said: str
) -> None:
    turned = body()
    turned["tools"] = change(turned["tools"])
    answer = compared(tmp_path, body(), turned)
    assert answer.difference is not None
    assert answer.difference.tools.startswith(said)
    assert answer.advice.rule == rule


def test_envelopes_and_lines_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps({"request": body(turn=turn)}) + "\n" for turn in (0, 1)))
    answer = diff(put(tmp_path / "a.json", {"request": body()}), f"{log}:2")
    assert not answer.parts
    assert answer.request.line == 2
    with pytest.raises(UsageError) as caught:
        diff(str(log), f"{log}:2")
    assert f"{log}:1" in caught.value.hint


def test_a_body_without_a_model_has_the_others(tmp_path: Path) -> None:
    bare = body()
    del bare["model"]
    answer = compared(tmp_path, bare, body())
    assert (answer.parts, answer.request.model) == (False, "claude-sonnet-5")
    nameless = compared(tmp_path, bare, bare)
    assert (nameless.rules, nameless.loss.money) == ("", None)
    assert compared(tmp_path, bare, bare, model="claude-opus-5").rules == "anthropic_messages"


def test_gemini_bodies_name_their_model_in_the_address(tmp_path: Path) -> None:
    one = {"contents": [{"role": "user", "parts": [{"text": "one " * 3000}]}]}
    other = {"contents": [{"role": "user", "parts": [{"text": "one " * 2000 + "two"}]}]}
    answer = compared(tmp_path, one, other, model="gemini-2.5-flash")
    assert answer.difference is not None
    assert answer.difference.place == "message 1"
    assert answer.predecessor is not None
    assert 1999 <= answer.predecessor.shared_tokens <= 2001


def test_other_models_share_no_cache(tmp_path: Path) -> None:
    answer = compared(tmp_path, body(), body() | {"model": "claude-opus-5"})
    assert (answer.cause, answer.advice.rule, answer.parts) == (Cause.OTHER_MODEL, "S305", True)
    assert answer.difference is None


@pytest.mark.parametrize(
    ("content", "error"),
    [("", InputError), ("no json", InputError), ("[1, 2]", InputError), ('{"a": 1}', InputError), ("{", InputError)],
)
def test_what_is_no_request_ends_in_advice(tmp_path: Path, content: str, error: type[CacheLensError]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(content)
    with pytest.raises(error) as caught:
        diff(put(tmp_path / "a.json", body()), str(broken))
    assert caught.value.hint
    with pytest.raises(InputError):
        diff(str(tmp_path / "none.json"), str(broken))
