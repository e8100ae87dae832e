"""Traffic from a few words of YAML: clean requests, with values put in and named changes made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from tests.rules.changes import CHANGES
from tests.traffic.chat import START, Request, traffic, words

NAMES = ("Ann Smith", "Bo Diaz", "Carla Weber", "Deniz Kaya", "Emil Novak", "Fay Brown")


class TrafficCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sixty requests: six sessions of ten turns, 20 seconds apart, which are clean but for what is said here.

    Texts may name `{n}` (the request's number), `{session}`, `{turn}`, `{at}`, `{day}`, `{epoch}`, `{uuid}`, `{sha}`,
    `{name}` and `{words}`, which differ from request to request or from session to session.
    """

    case: str
    """`bad`, `good` or `near`."""
    says: str
    do: tuple[str, ...] = ()
    """Names of changes in `changes.py`."""
    slot: str = ""
    """A line near the top of the system prompt."""
    model: tuple[str, ...] = ()
    """Models, by turns."""
    chat: bool = False
    """Written as Chat Completions instead of Messages."""
    marks: dict[str, str] | None = None
    """Places with a cache mark (`system`, `first`, `last`), and its lifetime."""
    every_seconds: int | None = None
    """Seconds from one request to the next, whatever its session."""
    more: dict[str, Any] = {}
    """Further fields of the body; texts in it may name values."""
    usage: dict[str, Any] | None = None
    """Recorded usage; a text in it is worked out: `1000 + 20 * turn`."""
    place: str | None = None
    """Where the finding of a bad case must be; its workload as a whole where it is empty."""

    def rows(self) -> list[dict[str, Any]]:
        """Return the log."""
        return traffic(self._change, chat=self.chat)

    def _change(self, request: Request) -> None:
        values = _values(request)
        if self.model:
            request.model = self.model[request.number % len(self.model)]
        if self.every_seconds is not None:
            request.at = START + timedelta(seconds=self.every_seconds * request.number)
        if self.slot:
            request.slot = self.slot.format(**values)
        for name in self.do:
            CHANGES[name](request)
        if self.marks is not None:
            request.marks = dict(self.marks)
        if self.more:
            request.more = {key: _filled(value, values) for key, value in self.more.items()}
        if self.usage is not None:
            request.usage = {key: _worked_out(value, request) for key, value in self.usage.items()}


def _values(request: Request) -> dict[str, object]:
    return {
        "n": request.number,
        "session": request.session,
        "turn": request.turn,
        "at": request.at.isoformat(),
        "day": f"{START + timedelta(days=request.number):%A, %d %B %Y}",
        "epoch": int(request.at.timestamp()),
        "uuid": UUID(int=request.number * 7919 + 2**100),
        "sha": f"{(request.number + 1) * 2654435761 % 2**32:08x}"[:7] + "a",
        "name": NAMES[request.session],
        "words": words((request.number, "slot"), 25),
    }


def _filled(value: object, values: dict[str, object]) -> object:
    if isinstance(value, dict):
        return {key: _filled(inner, values) for key, inner in value.items()}
    return value.format(**values) if isinstance(value, str) else value


def _worked_out(value: object, request: Request) -> object:
    """Return counts. They are sums of products of numbers, `n`, `turn`, `session` and `odd`: `4000 + 20 * n`."""
    if isinstance(value, dict):
        return {key: _worked_out(inner, request) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    known = {"n": request.number, "turn": request.turn, "session": request.session, "odd": request.number % 2}
    total = 0
    for term in value.split("+"):
        product = 1
        for factor in term.split("*"):
            word = factor.strip()
            product *= known[word] if word in known else int(word)
        total += product
    return total
