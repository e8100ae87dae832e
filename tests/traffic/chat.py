"""Clean traffic of a small service, in which one thing at a time can be made to go wrong. No chance is involved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SESSIONS = 6
TURNS = 10
START = datetime(2026, 11, 16, 9, tzinfo=UTC)
SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ra", "se", "ti", "vo", "wu", "xa", "ze")
Row = dict[str, Any]


def words(seed: object, count: int) -> str:
    """Return text that is the same for the same seed, of four thousand words."""
    digest = hashlib.shake_128(repr(seed).encode()).digest(2 * count)
    return " ".join(
        SYLLABLES[a >> 4] + SYLLABLES[a & 15] + SYLLABLES[b >> 4]
        for a, b in zip(digest[::2], digest[1::2], strict=True)
    )


def lines(seed: object, count: int, length: int = 12) -> str:
    return "\n".join(f"Rule {k}: {words((seed, k), length)}." for k in range(count))


RULES = lines("rules", 120)
DOCUMENTS = tuple(f"[{name}] {words(name, 60)}." for name in ("terms", "prices", "delivery", "repair", "returns"))
EXAMPLES = tuple(f"Question: {words((k, 'q'), 12)}?\nAnswer: {words((k, 'a'), 20)}." for k in range(6))
SETTINGS = {"currency": "EUR", "limit": 5000, "regions": ["north", "south"], "vat": {"rate": 19, "included": True}}


def tool(name: str) -> Row:
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "reason": {"type": "string"}}}
    return {"name": name, "description": f"Use it to {words(name, 40)}.", "input_schema": schema}


TOOLS = tuple(tool(name) for name in ("find_contract", "open_claim", "order_part", "send_letter", "show_prices"))


class Request:
    """What one request is made of; a fault changes some of it before it is written."""

    def __init__(self, session: int, turn: int) -> None:
        self.number = session * TURNS + turn
        self.session = session
        self.turn = turn
        self.session_id = f"sess-{42 + session:05}"
        self.at = START + timedelta(minutes=4 * session, seconds=20 * turn)
        self.model = "claude-sonnet-5"
        self.tools: list[Row] = list(TOOLS)
        self.slot = "fixed"
        self.settings = json.dumps(SETTINGS)
        self.documents = list(DOCUMENTS)
        self.examples = list(EXAMPLES)
        self.rules = RULES
        self.system: str | None = None
        self.image: str | None = None
        self.more: Row = {}
        self.marks: dict[str, str] = {"system": "", "last": ""}
        """Places with a cache mark, and its lifetime."""
        self.usage: Row | None = None
        self.messages: list[Row] = []
        for k in range(turn + 1):
            if k:
                self.messages.append(say("assistant", words((session, k, "a"), 50)))
            self.messages.append(say("user", words((session, k, "q"), 30)))

    def text(self) -> str:
        if self.system is not None:
            return self.system
        parts = ["You answer for a company that leases bicycles.", self.slot, self.settings]
        return "\n\n".join([*parts, *self.documents, "Examples follow.", *self.examples, self.rules])

    def row(self) -> Row:
        messages = json.loads(json.dumps(self.messages))
        if self.image:
            picture = {"type": "image", "source": {"type": "url", "url": self.image}}
            messages[0]["content"].insert(0, picture)
        system: Row = {"type": "text", "text": self.text()}
        places = {"system": system, "first": messages[0]["content"][-1], "last": messages[-1]["content"][-1]}
        for place, ttl in self.marks.items():
            places[place]["cache_control"] = {"type": "ephemeral"} | ({"ttl": ttl} if ttl else {})
        body = {"model": self.model, "max_tokens": 500, "tools": self.tools, "system": [system], "messages": messages}
        return self.envelope(body | self.more)

    def chat_row(self) -> Row:
        """Write it as OpenAI takes it."""
        messages = [{"role": "system", "content": self.text()}]
        messages += [{"role": one["role"], "content": one["content"][0]["text"]} for one in self.messages]
        return self.envelope({"model": self.model, "messages": messages} | self.more)

    def envelope(self, body: Row) -> Row:
        at = self.at.isoformat().replace("+00:00", "Z")
        row = {"timestamp": at, "workload": "support", "session_id": self.session_id, "request": body}
        return row if self.usage is None else row | {"response": {"usage": self.usage}}


def say(role: str, text: str) -> Row:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def traffic(change: Callable[[Request], None] | None = None, *, chat: bool = False) -> list[Row]:
    """Return the log, with a change to some of the requests."""
    requests = [Request(session, turn) for session in range(SESSIONS) for turn in range(TURNS)]
    for request in requests:
        if change is not None:
            change(request)
    return [request.chat_row() if chat else request.row() for request in requests]


def rotated(items: Sequence[Any], by: int) -> list[Any]:
    """Return items in another order, the more different the larger `by` is."""
    turned = [*items[by % len(items) :], *items[: by % len(items)]]
    return turned[::-1] if by % 2 else turned


def written(path: Path, rows: Sequence[Row]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)
