"""One call of the week before the provider has answered, and how its tokens are counted."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cachelens.prompts.tokens import encoder
from tests.oracles.provider_caches import US, OReq, OSeg, OUse

Json = dict[str, Any]
MONDAY = datetime(2026, 11, 9, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Call:
    """What the company sent, and what it would have seen come back."""

    at_us: int
    """Start, microseconds since Monday 00:00 UTC."""
    first_us: int
    """From start to first token."""
    last_us: int
    """From start to end."""
    workload: str
    url: str
    request: Json
    prompt: OReq
    """The same prompt as the slow models take it."""
    answer: Callable[[Call, OUse], Json]
    """Writes the response, given the recorded use."""
    details: Json = field(default_factory=dict)
    """More keys of the log row: session, metadata."""
    output: int = 0
    """Output tokens."""
    said: Any = ""
    """What the model said, as its workload's `answer` wants it."""
    response_id: str = ""
    logged: bool = True
    """False for traffic that warms the cache but is not in this log."""


def moment(at_us: int) -> datetime:
    """Return the time of day behind microseconds since Monday."""
    return MONDAY + timedelta(microseconds=at_us)


def at(day: int, hour: int, minute: int = 0, second: float = 0) -> int:
    """Return microseconds since Monday 00:00; day 0 is Monday."""
    return int((((day * 24 + hour) * 60 + minute) * 60 + second) * US)


@functools.cache
def ids(text: str) -> tuple[int, ...]:
    """Return the reference tokenizer's ids of a text."""
    return tuple(int(i) for i in encoder().encode_batch([text])[0])


def counted(text: str, kind: str, *, ratio: float, extra: int = 0, **flags: bool) -> OSeg:
    """Return a segment whose tokens are the reference count times a model's ratio, plus some overhead."""
    return OSeg(text, round(len(ids(text)) * ratio) + extra, kind, **flags)


def spelled(text: str, kind: str, role: str, **flags: bool) -> OSeg:
    """Return a whole message with one character for each token: start, role, separator, text, end."""
    body = "".join(chr(0xE000 + i) for i in ids(text))
    content = f"\x01{role[0]}\x02{body}\x03"
    return OSeg(content, len(content), kind, message_end=True, **flags)


PRIMING = OSeg("\x01a\x02", 3, "text", assistant=True)
"""The opening of the answer, which chat formats count as input."""


def timed(prompt: OReq, at_us: int, first_us: int) -> OReq:
    """Return the prompt with its start and its first token."""
    return replace(prompt, at_us=at_us, visible_us=at_us + first_us)
