"""Write `fixtures/logs/faults.jsonl`: one small workload for each family of faults.

Usage, from the repository's root: python -m scripts.make_fault_log [TARGET]

All of it is made up; the system prompts are those in `fixtures/prompts`. Each workload is well but for one fault,
which `fixtures/logs/faults.README.md` names. The same source gives the same bytes on every machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# A request body is JSON of any shape.

ROOT = Path(__file__).resolve().parents[1] / "fixtures"
TARGET = ROOT / "logs" / "faults.jsonl"
START = datetime(2026, 11, 16, 8, tzinfo=UTC)
Json = dict[str, Any]

PARTS = (
    "chain",
    "rear brake pad",
    "display",
    "battery lock",
    "front lamp",
    "kick stand",
    "saddle clamp",
    "charger",
    "spoke",
    "bell",
)
RIDERS = ("Ines Brandt", "Pavel Horak", "Mila de Boer", "Tom Ahrens", "Sofie Claes")
EPHEMERAL: Json = {"type": "ephemeral"}
HOUR: Json = {"type": "ephemeral", "ttl": "1h"}


def prompt(name: str) -> str:
    """Return a system prompt of the company."""
    return (ROOT / "prompts" / f"{name}.md").read_text(encoding="utf-8")


def row(workload: str, minute: float, request: Json, usage: Json | None = None, session: str = "") -> Json:
    """Return one line of the log."""
    at = (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")
    found: Json = {"timestamp": at, "workload": workload}
    if session:
        found["session_id"] = session
    answer: Json = {"status": "completed"} if usage is None else {"usage": usage}
    return found | {"request": request, "response": answer}


def text(content: str, mark: Json | None = None) -> Json:
    """Return a block of text."""
    return {"type": "text", "text": content} | ({"cache_control": mark} if mark else {})


def messages_api(system: Sequence[Json], messages: Sequence[Json], tools: Sequence[Json] = ()) -> Json:
    """Return a body of the Messages API."""
    body: Json = {"model": "claude-opus-5", "max_tokens": 400}
    if tools:
        body["tools"] = list(tools)
    return body | {"system": list(system), "messages": list(messages)}


def chat(model: str, system: str, question: str) -> Json:
    """Return a body of the Chat Completions API."""
    return {"model": model, "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}]}


def greeter() -> Iterator[Json]:
    """V103: every rider is greeted by name in the first line of the system prompt."""
    for number in range(10):
        rider = RIDERS[number // 2]
        system = f"You talk to {rider}.\n\n{prompt('support')}"
        question = f"My {PARTS[number]} is loose. What now?"
        yield row("greeter", 2 * number, chat("gpt-5.2", system, question), session=f"greet-{number // 2}")


def parts_finder() -> Iterator[Json]:
    """F201: the tools come out of a set, in another order after each start of the program."""
    names = ("find_part", "find_dealer", "order_part", "show_stock")
    for number in range(10):
        turned = names[number % 4 :] + names[: number % 4]
        tools = [
            {"name": name, "description": f"Use it to {name.replace('_', ' ')}.", "input_schema": {"type": "object"}}
            for name in turned
        ]
        question = {"role": "user", "content": f"Is there a {PARTS[number]} in stock?"}
        yield row("parts-finder", number, messages_api([text(prompt("support"), EPHEMERAL)], [question], tools))


def desk_chat() -> Iterator[Json]:
    """S301: of a conversation the last four messages are sent."""
    for session in range(2):
        said: list[Json] = []
        for turn in range(7):
            part = PARTS[(session + turn) % len(PARTS)]
            long = " It began last week, on wet roads, after the service, and it grows worse when I ride uphill." * 3
            said.append({"role": "user", "content": [text(f"Now the {part} of bicycle {session + 4}{turn}.{long}")]})
            recent = [*said[-5:-1], {**said[-1], "content": [text(said[-1]["content"][0]["text"], EPHEMERAL)]}]
            recent = recent[1:] if recent[0]["role"] == "assistant" else recent
            yield row(
                "desk-chat",
                8 * session + turn,
                messages_api([text(prompt("support"), EPHEMERAL)], recent),
                session=f"desk-{session}",
            )
            answer = f"Please look whether the {part} can be moved by hand." + " Send a photo of it from the left." * 6
            said.append({"role": "assistant", "content": [text(answer)]})


def letter_writer() -> Iterator[Json]:
    """M405: a mark of an hour stands behind one of five minutes."""
    for number in range(10):
        system = [text(prompt("operations"), EPHEMERAL), text(prompt("support"), HOUR)]
        question = {"role": "user", "content": f"Write a letter about a {PARTS[number]} that came too late."}
        yield row("letter-writer", 8 * number, messages_api(system, [question]))


def translator() -> Iterator[Json]:
    """K501: the provider caches nothing without a key, and none is sent."""
    for number in range(10):
        question = f"Translate into Czech: the {PARTS[number]} was replaced."
        yield row("translator", 2 * number, chat("mistral-large-4", prompt("workshop"), question))


def newsletter() -> Iterator[Json]:
    """A602: cached tokens were added to an input that holds them already."""
    for number in range(12):
        question = f"One sentence on the {PARTS[number % 10]}, for edition {number}."
        read = 1024 * (number % 2)
        counts = {
            "prompt_tokens": 1450 + read,
            "completion_tokens": 40,
            "prompt_tokens_details": {"cached_tokens": read},
        }
        yield row("newsletter", 2 * number, chat("gpt-5.2", prompt("triage"), question), counts)


def lines() -> list[str]:
    """Return the log, in the order of time."""
    rows = [*greeter(), *parts_finder(), *desk_chat(), *letter_writer(), *translator(), *newsletter()]
    rows.sort(key=lambda one: (one["timestamp"], one["workload"]))
    return [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in rows]


def main(target: str = "") -> None:
    """Write the log to `target`, or where it ships."""
    path = Path(target) if target else TARGET
    path.write_text("\n".join(lines()) + "\n", encoding="utf-8")
    sys.stdout.write(f"{path}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])
