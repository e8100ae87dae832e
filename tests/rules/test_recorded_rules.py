"""Each rule on recorded traffic: traffic that it tells, and traffic that comes near and must stay untold.

The faults of `tests/traffic/test_named_faults.py` are cases as well, and are not repeated.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from cachelens.app import audit
from cachelens.catalog import load_catalog
from cachelens.rules.base import Rule
from tests.traffic.chat import START, Request, say, tool, traffic, words, written

Change = Callable[[Request], None]


def slot(make: Callable[[Request], str]) -> Change:
    def change(request: Request) -> None:
        request.slot = make(request)

    return change


def single(request: Request) -> None:
    """Make a session of its own of each request."""
    request.session_id = f"one-{request.number}"
    request.messages = request.messages[-1:]
    request.marks = {"system": ""}


def input_in_front(request: Request) -> None:
    single(request)
    text = request.messages[0]["content"][0]["text"]
    request.messages = [say("user", f"{text}\n\nAnswer by these rules.\n{request.rules}")]
    request.system = "You answer."
    request.marks = {"last": ""}


def input_at_the_end(request: Request) -> None:
    single(request)
    request.system = f"You answer by these rules.\n{request.rules}"


def clock_in_the_tail(request: Request) -> None:
    """Say the time in the last message, where the request is new anyway."""
    single(request)
    request.messages = [say("user", f"{request.messages[0]['content'][0]['text']} (at {request.at.isoformat()})")]


def tool_text(request: Request) -> None:
    changed = tool("find_contract")
    changed["description"] += f" There are {1000 + 7 * request.number} contracts of {words(request.number, 3)}."
    request.tools = [changed, *request.tools[1:]]


def step_text(request: Request) -> None:
    request.slot = f"Now do this: {words((request.number, 'step'), 25)}."


def rewritten(request: Request) -> None:
    for k, message in enumerate(request.messages[:-1]):
        if k == request.turn - 1:
            message["content"][0]["text"] += " (done)"


def compacted(request: Request) -> None:
    if request.turn >= 6:
        request.messages = [
            request.messages[0],
            say("assistant", words((request.session, "sum"), 30)),
            *request.messages[-2 * request.turn + 9 :],
        ]


def unmarked(request: Request) -> None:
    request.marks = {}


def frozen(request: Request) -> None:
    request.marks = {"system": "", "first": ""}


def marked_question(request: Request) -> None:
    single(request)
    request.marks = {"system": "", "last": ""}


def useless_marks(request: Request) -> None:
    single(request)
    request.system = f"{words(request.number, 2000)}"
    request.marks = {"last": ""}


def many_marks(request: Request) -> None:
    request.tools = [one | {"cache_control": {"type": "ephemeral"}} for one in request.tools]


def disordered(request: Request) -> None:
    request.marks = {"system": "5m", "last": "1h"}


def far(request: Request) -> None:
    """Add thirty blocks in every turn."""
    for message in request.messages:
        text = message["content"][0]["text"]
        message["content"] = [{"type": "text", "text": f"{text} {k}"} for k in range(30)]


def long_lived(request: Request) -> None:
    request.marks = {"system": "1h", "last": "1h"}


def together(request: Request) -> None:
    single(request)
    request.at = START + timedelta(hours=request.session)


def idle(request: Request) -> None:
    single(request)
    request.at = START + timedelta(hours=3 * request.number)


def keyed(make: Callable[[Request], str]) -> Change:
    def change(request: Request) -> None:
        request.model = "gpt-5.2"
        request.more = {"prompt_cache_key": make(request)}

    return change


def hurried(key: str) -> Change:
    def change(request: Request) -> None:
        request.model = "gpt-5.2"
        request.at = START + timedelta(seconds=request.number)
        request.session_id = f"one-{request.number}"
        request.messages = request.messages[-1:]
        request.more = {"prompt_cache_key": key} if key else {}
        request.usage = {"prompt_tokens": 5000, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 0}}

    return change


def silent(request: Request) -> None:
    request.model = "gpt-5.2"
    request.usage = {"prompt_tokens": 5000, "completion_tokens": 9}


class Case(NamedTuple):
    """One rule."""

    rule: str
    bad: Change
    near: Change
    chat: bool = False


CASES = [
    Case("V101", slot(lambda r: f"Time: {r.at.isoformat()}"), clock_in_the_tail),
    Case("V105", slot(lambda r: f"Turns left: {200 - r.number}."), slot(lambda _: "Turns left: 200.")),
    Case("V110", input_in_front, input_at_the_end),
    Case(
        "V111",
        slot(lambda r: "Memory: " + json.dumps({"seen": words(r.number, 4), "n": r.number})),
        slot(lambda _: "Memory: " + json.dumps({"seen": "all"})),
    ),
    Case("F203", tool_text, lambda request: request.tools.reverse()),
    Case("S302", rewritten, single),
    Case("S303", compacted, single),
    Case("S307", step_text, slot(lambda _: "Now do this: nothing.")),
    Case("M401", unmarked, single),
    Case("M402", marked_question, single),
    Case("M403", frozen, single),
    Case("M404", many_marks, frozen),
    Case("M405", disordered, lambda request: request.marks.update(system="1h", last="5m")),
    Case("M406", far, single),
    Case("M408", long_lived, single),
    Case("M409", useless_marks, single),
    Case("M410", together, single),
    Case("M411", idle, single),
    Case("K501", hurried(""), single, chat=True),
    Case("K502", keyed(lambda r: f"key-{r.session}"), keyed(lambda _: "support"), chat=True),
    Case("K503", hurried("support"), keyed(lambda _: "support"), chat=True),
    Case("A601", silent, keyed(lambda _: "support"), chat=True),
    Case("B701", slot(lambda r: f"Time: {r.at.isoformat()}"), single),
]


def told(path: Path, change: Change, *, chat: bool) -> set[str]:
    return {finding.rule for finding in audit([written(path, traffic(change, chat=chat))]).findings}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_tells_its_fault(case: Case, tmp_path: Path) -> None:
    assert case.rule in told(tmp_path / "a.jsonl", case.bad, chat=case.chat)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_is_silent_on_what_only_comes_near(case: Case, tmp_path: Path) -> None:
    assert case.rule not in told(tmp_path / "a.jsonl", case.near, chat=case.chat)


@pytest.mark.parametrize("rule", list(load_catalog("rules")), ids=lambda rule: rule.id)
def test_the_page_of_a_rule_has_its_parts(rule: type[Rule]) -> None:
    page = rule.__doc__ or ""
    places = [page.find(part) for part in ("\n\n", "What to do:", "Bad:", "Good:")]
    assert -1 not in places
    assert places == sorted(places)


def test_ids_and_names_are_unique_and_stand_in_the_catalogue() -> None:
    rules = list(load_catalog("rules"))
    assert [rule.id for rule in rules] == list(load_catalog("rules").ids)
    assert len({rule.name for rule in rules}) == len(rules)
