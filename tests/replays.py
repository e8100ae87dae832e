"""Traffic through the real engine under the real price files: what worked sequences and laws are told in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cachelens.app import simulate
from cachelens.layouts.boundaries import boundary
from cachelens.model.result import SimulateResult
from cachelens.model.scenario import Choices, Scenario
from cachelens.prompts.container import save
from cachelens.providers.dates import day_us
from cachelens.providers.loading import load_pricing
from cachelens.replay.engine import Replayer
from cachelens.replay.sums import Replayed
from tests.oracles.traffic import US, OReq, OSeg, OUse
from tests.problems import trace_of

# Keyword arguments are fields of a record, of any type.
# ruff: noqa: ANN401

BOOK = load_pricing()
MINUTE = 60 * US
HOUR = 60 * MINUTE
DAY = "2026-11-10"
Model = str | Callable[[OReq], str]
"""One for all requests, or one by request."""


def block(name: str, tokens: int = 100, kind: str = "text", *, by_model: bool = False) -> OSeg:
    """A block of content that is a message of its own."""
    return OSeg(name, tokens, kind, message_end=True, assistant=by_model)


def blocks(*names: object, tokens: int = 100, kind: str = "text") -> tuple[OSeg, ...]:
    """Blocks of one kind."""
    return tuple(block(str(name), tokens, kind) for name in names)


def ask(at_us: int, segments: tuple[OSeg, ...], *marks: int, ttl: str = "default", **more: Any) -> OReq:
    """A request whose first token is out a second after its start; `marks` are places of marked blocks."""
    return OReq(at_us, at_us + US, segments, tuple((place, ttl) for place in marks), **more)


def replayed(
    requests: Sequence[OReq], model: Model, scenario: Scenario | None = None, *, day: str = DAY, **fields: Any
) -> Replayed:
    """Replay traffic that was sent to `model` on a day; token counts are taken as they stand."""
    trace = trace_of(requests, model=model, since_us=day_us(day), **fields)
    asked = scenario or Scenario()
    return Replayer(trace, BOOK).replay(asked, boundary(asked.boundary).place(trace))


def bills(
    requests: Sequence[OReq], model: Model, scenario: Scenario | None = None, *, day: str = DAY, **fields: Any
) -> list[OUse]:
    """Return how each request is billed; requests must be given in the order of their starts."""
    result = replayed(requests, model, scenario, day=day, **fields)
    return [
        OUse(
            plain=int(result.plain[i]),
            read=int(result.read[i]),
            writes={label: int(tokens[i]) for label, tokens in result.write.items() if tokens[i]},
        )
        for i in range(len(requests))
    ]


def reads(requests: Sequence[OReq], model: Model, scenario: Scenario | None = None, **fields: Any) -> list[int]:
    """Return what each request reads."""
    return [bill.read for bill in bills(requests, model, scenario, **fields)]


def simulated(
    requests: Sequence[OReq], model: Model, *, choices: Choices | None = None, day: str = DAY, **fields: Any
) -> SimulateResult:
    """Run the whole use case over traffic, by way of a trace file."""
    trace = trace_of(requests, model=model, since_us=day_us(day), **fields)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traffic.trace"
        save(trace, path)
        return simulate([str(path)], choices or Choices())
