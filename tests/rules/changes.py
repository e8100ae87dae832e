"""Faults that cannot be written as a value, by name: each changes one request of `tests/traffic/chat.py`."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from datetime import timedelta

from tests.traffic.chat import START, Request, rotated, say, tool, words

Change = Callable[[Request], None]
CHANGES: dict[str, Change] = {}


def change(function: Change) -> Change:
    """Make a change known by its name."""
    CHANGES[function.__name__.replace("_", " ")] = function
    return function


@change
def single_questions(request: Request) -> None:
    """Make a session of its own of each request."""
    request.session_id = f"one-{request.number}"
    request.messages = request.messages[-1:]
    request.marks = {"system": ""}


@change
def input_in_front(request: Request) -> None:
    single_questions(request)
    text = request.messages[0]["content"][0]["text"]
    request.messages = [say("user", f"{text}\n\nAnswer by these rules.\n{request.rules}")]
    request.system = "You answer."
    request.marks = {"last": ""}


@change
def input_at_the_end(request: Request) -> None:
    single_questions(request)
    request.system = f"You answer by these rules.\n{request.rules}"


@change
def clock_in_the_tail(request: Request) -> None:
    """Say the time in the last message, where the request is new anyway."""
    single_questions(request)
    request.messages = [say("user", f"{request.messages[0]['content'][0]['text']} (at {request.at.isoformat()})")]


@change
def other_documents(request: Request) -> None:
    request.documents = [f"[{request.number}] {words((request.number, k), 60)}." for k in range(5)]


@change
def documents_in_another_order(request: Request) -> None:
    request.documents = rotated(request.documents, request.number)


@change
def examples_in_another_order(request: Request) -> None:
    request.examples = rotated(request.examples, request.number)


@change
def signed_image(request: Request) -> None:
    signature = f"{(request.number + 1) * 2654435761 % 2**32:08x}" * 4
    request.image = f"https://files.example.org/plan-{request.session}.png?expires=1795000000&signature={signature}"


@change
def plain_image(request: Request) -> None:
    request.image = f"https://files.example.org/plan-{request.session}.png"


@change
def tools_in_another_order(request: Request) -> None:
    request.tools = rotated(request.tools, request.number)


@change
def tools_backwards(request: Request) -> None:
    request.tools = request.tools[::-1]


@change
def tool_added_at_times(request: Request) -> None:
    if request.number % 2:
        request.tools = [*request.tools, tool("write_note")]


@change
def tool_added(request: Request) -> None:
    request.tools = [*request.tools, tool("write_note")]


@change
def tool_keys_turned_at_times(request: Request) -> None:
    if request.number % 2:
        request.tools = [dict(reversed(one.items())) for one in request.tools]


@change
def tool_keys_turned(request: Request) -> None:
    request.tools = [dict(reversed(one.items())) for one in request.tools]


@change
def counting_tool_text(request: Request) -> None:
    changed = tool("find_contract")
    changed["description"] += f" There are {1000 + 7 * request.number} contracts of {words(request.number, 3)}."
    request.tools = [changed, *request.tools[1:]]


@change
def settings_in_another_order(request: Request) -> None:
    settings = json.loads(request.settings)
    request.settings = json.dumps(dict(rotated(list(settings.items()), request.number)))


@change
def settings_sorted(request: Request) -> None:
    request.settings = json.dumps(json.loads(request.settings), sort_keys=True)


@change
def line_ends_turned_at_times(request: Request) -> None:
    if request.number % 2:
        request.rules = request.rules.replace("\n", "\r\n")


@change
def line_ends_turned(request: Request) -> None:
    request.rules = request.rules.replace("\n", "\r\n")


@change
def accents(request: Request) -> None:
    request.rules = "Caf\u00e9 Z\u00fcrich, na\u00efve fa\u00e7ade, \u00e0 la carte.\n\n" + request.rules


@change
def accents_taken_apart_at_times(request: Request) -> None:
    accents(request)
    if request.number % 2:
        request.rules = unicodedata.normalize("NFD", request.rules)


@change
def sliding_history(request: Request) -> None:
    request.messages = request.messages[-7:]


@change
def rewritten_history(request: Request) -> None:
    for k, message in enumerate(request.messages[:-1]):
        if k == request.turn - 1:
            message["content"][0]["text"] += " (done)"


@change
def compacted_history(request: Request) -> None:
    if request.turn >= 6:
        summary = say("assistant", words((request.session, "sum"), 30))
        request.messages = [request.messages[0], summary, *request.messages[-2 * request.turn + 9 :]]


@change
def short_prompt(request: Request) -> None:
    request.system = "You sort messages. " + words("short", 250)
    request.tools, request.messages = [], request.messages[-1:]
    request.session_id = f"one-{request.number}"


@change
def chosen_tool_at_times(request: Request) -> None:
    if request.number % 2:
        request.more = {"tool_choice": {"type": "any"}}


@change
def chosen_tool(request: Request) -> None:
    request.more = {"tool_choice": {"type": "any"}}


@change
def new_system_prompt_each_time(request: Request) -> None:
    single_questions(request)
    request.system = words(request.number, 2000)
    request.marks = {"last": ""}


@change
def marks_on_all_tools(request: Request) -> None:
    request.tools = [one | {"cache_control": {"type": "ephemeral"}} for one in request.tools]


@change
def thirty_blocks_a_message(request: Request) -> None:
    for message in request.messages:
        text = message["content"][0]["text"]
        message["content"] = [{"type": "text", "text": f"{text} {k}"} for k in range(30)]


@change
def all_at_once_each_hour(request: Request) -> None:
    single_questions(request)
    request.at = START + timedelta(hours=request.session)


@change
def late_at_times(request: Request) -> None:
    """Let the cache run out in every third request."""
    request.at = START + timedelta(minutes=10 * (request.number // 3), seconds=20 * (request.number % 3))
