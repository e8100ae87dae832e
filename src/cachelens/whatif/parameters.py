"""Traffic in a few numbers: what a parameter file, or the options in its place, say; `docs/whatif.md` shows one."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from cachelens.errors import UsageError
from cachelens.fleet.workloads.spec import Number

Positive = Annotated[float, msgspec.Meta(gt=0)]
Least0 = Annotated[float, msgspec.Meta(ge=0)]


class Changes(enum.StrEnum):
    """How often a part of the prompt has new content."""

    NEVER = "never"
    DAY = "day"
    """At midnight UTC."""
    USER = "user"
    """Each user has their own."""
    SESSION = "session"
    TURN = "turn"
    """Every request adds one to the conversation, where it stays: questions, tool results."""
    REQUEST = "request"
    """Every request has its own in place of the last one: a clock, retrieved documents."""


class Place(enum.StrEnum):
    """Where a part stands in the request."""

    TOOLS = "tools"
    SYSTEM = "system"
    MESSAGES = "messages"
    TOOL_RESULTS = "tool-results"
    """Among the messages, as what a tool returned."""


MESSAGES = (Place.MESSAGES, Place.TOOL_RESULTS)


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the prompt."""

    name: str
    tokens: Number
    changes: Changes = Changes.NEVER
    place: Place | None = None
    """Left out: `tools` for a part of that name, the messages for what changes with each turn or request and for all
    that stands behind messages, else the system prompt."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Traffic of one kind. Lengths are tokens."""

    name: str = "parameters"
    note: str = ""
    sessions_a_day: Positive
    turns: Number = 1
    """Requests of a session."""
    gap_s: Number = 60
    """Seconds from the start of one request of a session to the start of the next."""
    users: Annotated[int, msgspec.Meta(ge=1)] = 1
    """Users that the sessions are spread over; matters for parts that change with the user."""
    parts: Annotated[tuple[Part, ...], msgspec.Meta(min_length=1)]
    output: Number = 0
    """Tokens of an answer. The next request of the session holds it, where anything is added with each turn."""
    first_token_s: Least0 = 1
    """Seconds from a request to the first token of its answer, from which on others can read what it wrote."""
    answer_s: Least0 = 10
    """Seconds from a request to the end of its answer."""
    tokens_of: str = ""
    """Model whose tokenizer the lengths are counted with; other models' are then estimated from it. Empty: the lengths
    are the same on every model."""
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1

    @property
    def fixed_tokens(self) -> int:
        """Tokens of the parts that never change."""
        return sum(int(part.tokens) for part in self.parts if _is_fixed(part) and isinstance(part.tokens, int | float))


def placed(given: Parameters) -> Parameters:
    """Give every part its place."""
    parts: list[Part] = []
    for part in given.parts:
        place = part.place
        if place is None:
            behind = any(before.place in MESSAGES for before in parts)
            added = part.changes in (Changes.TURN, Changes.REQUEST)
            named = part.name == Place.TOOLS
            place = Place.MESSAGES if added or behind else Place.TOOLS if named else Place.SYSTEM
        parts.append(msgspec.structs.replace(part, place=place))
    return msgspec.structs.replace(given, parts=tuple(parts))


def _is_fixed(part: Part) -> bool:
    return part.changes is Changes.NEVER


def resized(given: Parameters, tokens: int) -> Parameters:
    """Return the same traffic with so many tokens in the parts that never change, each with its share of them.

    `UsageError` where nothing stays the same.
    """
    fixed = [part for part in given.parts if _is_fixed(part)]
    whole = given.fixed_tokens
    if not whole:
        raise UsageError(
            "--prompt-tokens has nothing to size: no part stays the same", hint="add a part such as system:10000:never"
        )
    ends = [0]
    for part in fixed:
        ends.append(ends[-1] + int(part.tokens) if isinstance(part.tokens, int | float) else ends[-1])
    sizes = {
        part.name: tokens * end // whole - tokens * start // whole
        for part, start, end in zip(fixed, ends, ends[1:], strict=False)
    }
    parts = tuple(
        msgspec.structs.replace(part, tokens=sizes[part.name]) if part.name in sizes else part for part in given.parts
    )
    return msgspec.structs.replace(given, parts=parts)
