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
SYSTEM_CHARACTERS = 8_000
USER_CHARACTERS = 420
ANSWER_CHARACTERS = 620
CHARACTERS_PER_TOKEN = 4.4
SYLLABLES = ("ka", "ri", "to", "men", "sol", "ver", "da", "lin", "po", "ster", "an", "gel", "mu", "ter", "is", "on")


def words(rng: random.Random, count: int) -> list[str]:
    """Make up a vocabulary of `count` words."""
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(count)]


def prose(rng: random.Random, vocabulary: list[str], characters: int) -> str:
    """Write about `characters` of sentences and line breaks."""
    out: list[str] = []
    size = 0
    while size < characters:
        sentence = " ".join(rng.choices(vocabulary, k=rng.randint(6, 16))).capitalize()
        end = ".\n" if rng.random() < 0.2 else ". "
        out.append(sentence + end)
        size += len(sentence) + 2
    return "".join(out).strip()


def conversation(
    rng: random.Random, vocabulary: list[str], system: str, number: int, *, clock: bool
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield the requests of one conversation, each with the whole history."""
    at = START + timedelta(seconds=rng.randint(0, 6 * 3600), milliseconds=rng.randint(0, 999))
    history: list[dict[str, str]] = []
    previous = 0
    for turn in range(TURNS):
        history.append({"role": "user", "content": prose(rng, vocabulary, USER_CHARACTERS)})
        header = f"Current time: {at.isoformat()}\nRequest: {rng.getrandbits(128):032x}\n\n" if clock else ""
        messages = [{"role": "system", "content": header + system}, *history]
        answer = prose(rng, vocabulary, ANSWER_CHARACTERS)
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
    vocabulary = words(rng, 4_000)
    system = prose(rng, vocabulary, SYSTEM_CHARACTERS)
    rows: list[tuple[datetime, int, bytes]] = []
    number = 0
    while len(rows) < requests:
        clock = rng.random() < clock_share
        for at, exchange in conversation(rng, vocabulary, system, number, clock=clock):
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
