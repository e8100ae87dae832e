"""Write a deterministic OpenAI chat log: growing conversations that share a long system prompt.

    python benchmarks/chat_log.py OUT --requests 20000 --clock-share 0.5

Each line is a request and its response with usage, about 12 KB, sorted by time. Conversations grow from
turn to turn over six turns (seven messages on average). The share of requests given by `--clock-share` starts its
system prompt with the time and a request id, which is the fault that an audit should find.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

MODEL = "gpt-5.5"
START = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
TURNS = 6
SYSTEM_CHARACTERS = 9_000
USER_CHARACTERS = 260
ANSWER_CHARACTERS = 380
CHARACTERS_PER_TOKEN = 4.8
WORDS = """
the of and to in is you that it for was on are as with they at be this from have or by one had not but what all were
when we there can an your which their said if do will each about how up out them then she many some so these would
other into has more her two like him see time could no make than first been its who now people my made over did down
only way find use may water long little very after words called just where most know get through back much before go
good new write our used me man too any day same right look think also around another came come work three word must
because does part even place well such here take why things help put years different away again off went old number
great tell men say small every found still between name should home big give air line set own under read last never
us left end along while might next sound below saw something thought both few those always looked show large often
together asked house world going want school important until form food keep children feet land side without boy once
order account customer ticket refund invoice delivery address payment policy agent request answer support please
""".split()  # noqa: SIM905 - two hundred quotes would hide the words
"""Frequent words, so that the text has about as many characters to a token as prose has."""


def prose(rng: random.Random, characters: int) -> str:
    """Write about `characters` of sentences and line breaks."""
    out: list[str] = []
    size = 0
    while size < characters:
        sentence = " ".join(rng.choices(WORDS, k=rng.randint(6, 16))).capitalize()
        end = ".\n" if rng.random() < 0.2 else ". "
        out.append(sentence + end)
        size += len(sentence) + 2
    return "".join(out).strip()


def conversation(
    rng: random.Random, system: str, number: int, *, clock: bool
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield the requests of one conversation, each with the whole history."""
    at = START + timedelta(seconds=rng.randint(0, 6 * 3600), milliseconds=rng.randint(0, 999))
    history: list[dict[str, str]] = []
    previous = 0
    for turn in range(TURNS):
        history.append({"role": "user", "content": prose(rng, USER_CHARACTERS)})
        header = f"Current time: {at.isoformat()}\nRequest: {rng.getrandbits(128):032x}\n\n" if clock else ""
        messages = [{"role": "system", "content": header + system}, *history]
        answer = prose(rng, ANSWER_CHARACTERS)
        total = int(sum(len(message["content"]) for message in messages) / CHARACTERS_PER_TOKEN)
        cached = 0 if clock or turn == 0 else previous // 128 * 128
        yield at, row(at, messages, answer, total, cached, f"{number:06d}-{turn}", f"s-{number:06d}")
        previous = total
        history.append({"role": "assistant", "content": answer})
        at += timedelta(seconds=rng.randint(8, 240), milliseconds=rng.randint(0, 999))


def row(
    at: datetime, messages: list[dict[str, str]], answer: str, total: int, cached: int, name: str, session: str
) -> dict[str, Any]:
    """Put one exchange into the shape of a log line."""
    output = int(len(answer) / CHARACTERS_PER_TOKEN)
    return {
        "timestamp": at.isoformat().replace("+00:00", "Z"),
        "session_id": session,
        "workload": "support",
        "request": {"model": MODEL, "messages": list(messages), "temperature": 0.2, "max_completion_tokens": 800},
        "response": {
            "id": f"chatcmpl-{name}",
            "object": "chat.completion",
            "created": int(at.timestamp()),
            "model": f"{MODEL}-2026-04-23",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": total,
                "completion_tokens": output,
                "total_tokens": total + output,
                "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0},
            },
            "service_tier": "default",
        },
    }


def lines(requests: int, clock_share: float, seed: int = 7) -> list[bytes]:
    """Return the log as encoded lines, sorted by time."""
    rng = random.Random(seed)
    system = prose(rng, SYSTEM_CHARACTERS)
    rows: list[tuple[datetime, int, bytes]] = []
    number = 0
    while len(rows) < requests:
        clock = rng.random() < clock_share
        for at, exchange in conversation(rng, system, number, clock=clock):
            rows.append((at, len(rows), json.dumps(exchange, ensure_ascii=False).encode() + b"\n"))
        number += 1
    return [line for _, _, line in sorted(rows[:requests])]


def write(out: Path, requests: int, clock_share: float, seed: int = 7) -> None:
    """Write the log to `out`."""
    with out.open("wb") as file:
        file.writelines(lines(requests, clock_share, seed))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--clock-share", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    write(options.out, options.requests, options.clock_share, options.seed)


if __name__ == "__main__":
    main()
