"""Write `fixtures/logs/answers.jsonl`: questions that riders ask again, and questions that only look so.

Usage, from the repository's root: python -m scripts.make_answers_log [TARGET]

All of it is made up; the system prompt is one of those in `fixtures/prompts`. What is the same question and what is
a trap stands in `fixtures/logs/answers.README.md`. The same source gives the same bytes on every machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from scripts.make_fault_log import EPHEMERAL, messages_api, prompt, text

# A request body is JSON of any shape.

ROOT = Path(__file__).resolve().parents[1] / "fixtures"
TARGET = ROOT / "logs" / "answers.jsonl"
START = datetime(2026, 11, 16, 7, tzinfo=UTC)
Json = dict[str, Any]
DAYS, PER_DAY = 2, 120


class Employer(NamedTuple):
    """A tenant: whoever leases bicycles for its staff, on terms of its own."""

    name: str
    days: int
    """Within which a contract can be cancelled."""
    fee: int
    """EUR for a lost key."""
    budget: int
    """EUR a year for wear."""


EMPLOYERS = (Employer("kestrel", 14, 35, 120), Employer("moorland", 30, 35, 90), Employer("tidewater", 21, 49, 150))
CITIES = ("Leipzig", "Groningen", "Brno")
OPEN = {"Leipzig": "8:00 to 18:00", "Groningen": "9:00 to 17:00", "Brno": "7:30 to 16:00"}
SAFE = (
    (
        "Is it safe to charge the old and the new battery together in one room over night?",
        "No. Charge them one after the other: the older one may overheat.",
    ),
    (
        "Is it unsafe to charge the old and the new battery together in one room over night?",
        "Yes. Charge them one after the other: the older one may overheat.",
    ),
)

TERMS = (
    (
        (
            "How many days do I have to cancel my lease after the delivery?",
            "How many days do I have to cancel the lease after delivery?",
            "Until when can I get out of my contract?",
        ),
        "You can cancel within {days} days of the delivery, in the portal under Contracts.",
    ),
    (
        (
            "What do I have to pay for a lost key of my bicycle?",
            "What do I have to pay for the lost key of a bicycle?",
            "How much is a new key if I lost mine?",
        ),
        "A lost key costs {fee} EUR; order a new one in the portal under Parts.",
    ),
    (
        ("How large is my budget for wear?", "What is my wear budget?", "How much can I spend on wear in a year?"),
        "Your budget for wear is {budget} EUR a year; what is left does not carry over.",
    ),
)
"""Questions with one answer for each employer."""

GENERAL = (
    (
        (
            "How do I reset my password for the portal of my lease?",
            "How do I reset the password for the portal of my lease?",
            "I forgot my password. What now?",
        ),
        "Use Forgotten password on the login page; the link works for one hour.",
    ),
    (
        (
            "How do I report that my leased bicycle was stolen?",
            "How can I report that my leased bicycle was stolen?",
            "My bicycle is gone. What must I do?",
        ),
        "Report it to the police first, then send us the file number in the portal under Theft.",
    ),
    (
        ("How often must the bicycle be inspected?", "When is the inspection due?", "How often is an inspection due?"),
        "Once a year; the portal reminds you four weeks before.",
    ),
)
"""Questions with one answer for everyone."""


def asked(draw: Random, employer: Employer, hour: int) -> tuple[str, str, str]:
    """Return the kind of a request, its question and its answer."""
    kind = draw.choices(("terms", "general", "order", "depot", "safety", "status"), (5, 6, 4, 3, 1, 2))[0]
    if kind == "terms":
        wordings, answer = draw.choice(TERMS)
        return kind, draw.choice(wordings), answer.format(**employer._asdict())
    if kind == "general":
        wordings, answer = draw.choice(GENERAL)
        return kind, draw.choice(wordings), answer
    if kind == "order":
        number = draw.randrange(48200, 48260)
        return (
            kind,
            f"Please cancel my order {number} for spare parts and send the money back to the card that I paid with.",
            f"Order {number} is cancelled; the money is back in five days.",
        )
    if kind == "depot":
        city = draw.choice(CITIES)
        return (
            kind,
            f"When is the depot in {city} open this week, and may I bring my bicycle there without an appointment?",
            f"The depot in {city} is open from {OPEN[city]}.",
        )
    if kind == "status":
        return kind, "How long is the wait at the workshop today?", f"About {20 + 7 * (hour % 5)} minutes right now."
    return kind, *draw.choice(SAFE)


def rows() -> Iterator[Json]:
    """Yield the log, in the order of time."""
    draw = Random(20261116)
    system = [text(prompt("support"), EPHEMERAL)]
    for number in range(DAYS * PER_DAY):
        minute = 600 * number / PER_DAY % 600 + draw.random() * 4
        at = START + timedelta(days=number // PER_DAY, minutes=round(minute, 2))
        employer = draw.choices(EMPLOYERS, (5, 3, 2))[0]
        kind, question, answer = asked(draw, employer, at.hour)
        request = messages_api(system, [{"role": "user", "content": question}])
        request |= {"temperature": 0 if kind != "order" else 0.7, "max_tokens": 200}
        yield {
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "workload": "status" if kind == "status" else "rider-help",
            "latency_ms": 900 + 13 * len(answer),
            "metadata": {"tenant": employer.name, "locale": "en-GB"},
            "request": request,
            "response": {"id": f"msg_{number:04d}", "content": [{"type": "text", "text": answer}]},
        }


def lines() -> list[str]:
    """Return the log, one request a line."""
    found = sorted(rows(), key=lambda row: (row["timestamp"], row["response"]["id"]))
    return [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in found]


def main(target: str = "") -> None:
    """Write the log to `target`, or where it ships."""
    path = Path(target) if target else TARGET
    path.write_text("\n".join(lines()) + "\n", encoding="utf-8")
    sys.stdout.write(f"{path}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])
