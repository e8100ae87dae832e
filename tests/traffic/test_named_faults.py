"""Each of 25 faults, alone in otherwise clean traffic, gets the right name, place and token count; clean traffic none.

What a fault strands is known from the replay of the same traffic without it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from cachelens.app import audit, simulate
from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.result import MissCause, Totals
from cachelens.model.scenario import Choices
from tests.traffic.chat import DOCUMENTS, EXAMPLES, START, Request, rotated, tool, traffic, words, written

NAMES = ("Ann Smith", "Bo Diaz", "Carla Weber", "Deniz Kaya", "Emil Novak", "Fay Brown")
ACCENTS = "Caf\u00e9 Z\u00fcrich, na\u00efve fa\u00e7ade, \u00e0 la carte.\n\n"


def value(make: Callable[[Request], str]) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        request.slot = make(request)

    return change


def digest(request: Request) -> str:
    return words(request.number, 1) and f"{(request.number + 1) * 2654435761 % 2**32:08x}"


def tool_order(request: Request) -> None:
    request.tools = rotated(request.tools, request.number)


def tool_keys(request: Request) -> None:
    if request.number % 2:
        request.tools = [dict(reversed(one.items())) for one in request.tools]


def tool_added(request: Request) -> None:
    if request.number % 2:
        request.tools = [*request.tools, tool("write_note")]


def json_keys(request: Request) -> None:
    settings = json.loads(request.settings)
    request.settings = json.dumps(dict(rotated(list(settings.items()), request.number)))


def document_order(request: Request) -> None:
    request.documents = rotated(DOCUMENTS, request.number)


def document_content(request: Request) -> None:
    request.documents = [f"[{request.number}] {words((request.number, k), 60)}." for k in range(5)]


def example_order(request: Request) -> None:
    request.examples = rotated(EXAMPLES, request.number)


def line_ends(request: Request) -> None:
    if request.number % 2:
        request.rules = request.rules.replace("\n", "\r\n")


def accented(request: Request) -> None:
    request.rules = ACCENTS + request.rules


def decomposed(request: Request) -> None:
    accented(request)
    if request.number % 2:
        request.rules = unicodedata.normalize("NFD", request.rules)


def tool_choice(request: Request) -> None:
    if request.number % 2:
        request.more = {"tool_choice": {"type": "any"}}


def model(request: Request) -> None:
    if request.number % 2:
        request.model = "claude-opus-5"


def idle(request: Request) -> None:
    request.at = START + timedelta(minutes=8 * request.number)


def short(request: Request) -> None:
    request.system = "You sort messages. " + words("short", 250)
    request.tools, request.messages = [], request.messages[-1:]
    request.session_id = f"one-{request.number}"


def schema(name: str | None = None) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        request.model = "gpt-5.2"
        shape = {"name": name or f"answer_{UUID(int=request.number * 7919 + 2**100)}", "schema": {"type": "object"}}
        request.more = {"response_format": {"type": "json_schema", "json_schema": shape}}

    return change


def signed(fixed: str | None = None) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        signature = fixed or digest(request) * 4
        request.image = f"https://files.example.org/plan-{request.session}.png?expires=1795000000&signature={signature}"

    return change


def sliding(request: Request) -> None:
    request.messages = request.messages[-7:]


def sha(request: Request) -> str:
    return f"Build: {digest(request)[:7]}a"


class Case(NamedTuple):
    """One fault."""

    name: str
    change: Callable[[Request], None]
    rule: str
    place: str
    clean: Callable[[Request], None] | None = None
    """The same traffic without the fault; `None` where it is the clean traffic itself."""
    chat: bool = False


CASES = [
    Case(
        "iso",
        value(lambda r: f"Time: {r.at.date()} {r.at.time()}"),
        "V101",
        "system 1",
        value(lambda _: "Time: 2026-11-16 09:00:00"),
    ),
    Case(
        "iso-t",
        value(lambda r: f"Time: {r.at.isoformat()}"),
        "V101",
        "system 1",
        value(lambda _: f"Time: {START.isoformat()}"),
    ),
    Case(
        "weekday",
        value(lambda r: f"Today is {START + timedelta(days=r.number):%A, %d %B %Y}."),
        "V101",
        "system 1",
        value(lambda _: f"Today is {START:%A, %d %B %Y}."),
    ),
    Case(
        "epoch", value(lambda r: f"now={int(r.at.timestamp())}"), "V101", "system 1", value(lambda _: "now=1795000000")
    ),
    Case(
        "uuid",
        value(lambda r: f"Request: {UUID(int=r.number * 7919 + 2**100)}"),
        "V102",
        "system 1",
        value(lambda _: f"Request: {UUID(int=2**100)}"),
    ),
    Case("git-sha", value(sha), "V104", "system 1", value(lambda _: "Build: 9e3779ba")),
    Case("version", value(lambda r: f"Release v1.4.{r.number}"), "V104", "system 1", value(lambda _: "Release v1.4.2")),
    Case(
        "random-float",
        value(lambda r: f"seed {(r.number + 1) * 0.618033988749 % 1:.12f}"),
        "V102",
        "system 1",
        value(lambda _: "seed 0.618033988749"),
    ),
    Case(
        "session-id",
        value(lambda r: f"Session {r.session_id}"),
        "V103",
        "system 1",
        value(lambda _: "Session sess-00042"),
    ),
    Case(
        "user-name",
        value(lambda r: f"You talk to {NAMES[r.session]}."),
        "V103",
        "system 1",
        value(lambda _: "You talk to Ann Smith."),
    ),
    Case(
        "e-mail",
        value(lambda r: f"User: {NAMES[r.session].split()[0].lower()}@example.org"),
        "V103",
        "system 1",
        value(lambda _: "User: ann@example.org"),
    ),
    Case("json-keys", json_keys, "F205", "system 1"),
    Case("tool-order", tool_order, "F201", "tool 1"),
    Case("tool-keys", tool_keys, "F204", "tool 1"),
    Case("tool-added", tool_added, "F202", "tool 6"),
    Case("document-order", document_order, "V107", "system 1"),
    Case("document-content", document_content, "V106", "system 1"),
    Case("line-ends", line_ends, "F206", "system 1"),
    Case("unicode", decomposed, "F207", "system 1", accented),
    Case("example-order", example_order, "V108", "system 1"),
    Case("tool-choice", tool_choice, "S306", ""),
    Case("model", model, "S305", ""),
    Case("idle", idle, "M407", ""),
    Case("minimum", short, "S304", ""),
    Case("schema", schema(), "F208", "schema 1", schema("answer_00000000-0000-0000-0000-000000000000"), chat=True),
    Case("signed-address", signed(), "V109", "message 1", signed("0123456789abcdef0123456789abcdef")),
    Case("sliding", sliding, "S301", "history"),
]


def found(path: Path, change: Callable[[Request], None] | None, *, chat: bool = False) -> tuple[Finding, ...]:
    return audit([written(path, traffic(change, chat=chat))]).findings


def replayed(path: Path, change: Callable[[Request], None] | None, *, chat: bool = False) -> Totals:
    result = simulate([written(path, traffic(change, chat=chat))], Choices(boundaries=("none",)))
    total = result.scenarios[0].total
    assert total is not None
    return total


def read(path: Path, change: Callable[[Request], None] | None, *, chat: bool = False) -> int:
    tokens = replayed(path, change, chat=chat).read_tokens
    assert tokens is not None
    return tokens


def stranded_by(name: str, path: Path) -> int:
    case = next(case for case in CASES if case.name == name)
    tokens = next(one.stranded_tokens for one in found(path, case.change) if one.rule == case.rule)
    assert tokens is not None
    return tokens


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_alone_is_named_at_its_place(case: Case, tmp_path: Path) -> None:
    findings = found(tmp_path / "a.jsonl", case.change, chat=case.chat)
    named = [finding for finding in findings if not finding.rule.startswith("B")]
    assert [finding.rule for finding in named] == [case.rule]
    place = named[0].location
    assert isinstance(place, TrafficPlace)
    assert (place.workload, place.place) == ("support", case.place)


COUNTED_APART = ("minimum", "sliding", "document-content")
COUNTED = [case for case in CASES if case.name not in COUNTED_APART]


@pytest.mark.parametrize("case", COUNTED, ids=lambda case: case.name)
def test_what_a_fault_strands_is_what_the_replay_without_it_reads_more(case: Case, tmp_path: Path) -> None:
    findings = found(tmp_path / "a.jsonl", case.change, chat=case.chat)
    stranded = next(finding.stranded_tokens for finding in findings if finding.rule == case.rule)
    clean = read(tmp_path / "b.jsonl", case.clean, chat=case.chat)
    assert stranded == pytest.approx(clean - read(tmp_path / "a.jsonl", case.change, chat=case.chat), rel=0.02)


def test_documents_that_change_are_not_counted_themselves(tmp_path: Path) -> None:
    def no_documents(request: Request) -> None:
        request.documents = []

    path = tmp_path / "a.jsonl"
    whole, bare = replayed(path, None), replayed(path, no_documents)
    documents = (whole.input_tokens - bare.input_tokens) // whole.requests
    lost = read(path, None) - read(path, document_content) - documents * (whole.requests - 1)
    assert stranded_by("document-content", path) == pytest.approx(lost, rel=0.02)


def test_a_sliding_history_strands_what_the_replay_missed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    missed = sum(miss.tokens for miss in replayed(path, sliding).misses if miss.cause is MissCause.DIVERGED)
    assert stranded_by("sliding", path) == pytest.approx(missed, rel=0.02)


def test_below_the_minimum_strands_what_a_model_without_one_reads(tmp_path: Path) -> None:
    def on_another(request: Request) -> None:
        short(request)
        request.model = "claude-opus-5"

    path = tmp_path / "a.jsonl"
    assert stranded_by("minimum", path) == pytest.approx(read(path, on_another), rel=0.02)


@pytest.mark.parametrize("change", [None, accented, value(lambda _: "Today is Monday."), signed("0123456789abcdef")])
def test_clean_traffic_is_met_with_silence(change: Callable[[Request], None] | None, tmp_path: Path) -> None:
    assert found(tmp_path / "a.jsonl", change) == ()


def test_clean_traffic_without_marks_of_its_own_is_met_with_silence(tmp_path: Path) -> None:
    assert found(tmp_path / "a.jsonl", schema("answer"), chat=True) == ()
