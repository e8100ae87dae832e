"""What the slow models are given and what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

KINDS = ("tool", "system", "text", "tool_use", "tool_result", "thinking", "params")
"""The kinds of segment. `params` stands for request parameters that are part of the cache key."""

US = 1_000_000
"""Microseconds in a second."""


@dataclass(frozen=True)
class OSeg:
    """One segment of a prompt: what the provider hashes as a unit."""

    content: str
    """What was sent. Two segments are the same when kind and content are the same."""
    tokens: int
    """Tokens; 0 for `params`."""
    kind: str
    """One of `KINDS`."""
    message_end: bool = False
    """True for the last segment of a message, of the tools list and of the system prompt."""
    assistant: bool = False
    """True for text that the model wrote (`tool_use` and `thinking` always are its own)."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of segment {self.kind!r}: use one of {KINDS}")
        if self.tokens < 0 or (self.kind == "params" and self.tokens):
            raise ValueError("a segment has 0 tokens or more, parameters exactly 0: mend the traffic")


@dataclass(frozen=True)
class OReq:
    """One request."""

    at_us: int
    """Start, microseconds."""
    visible_us: int | None
    """When its first token was out. `None`: unknown, so what it wrote is readable
    only by requests that start strictly later than `at_us`."""
    segments: tuple[OSeg, ...]
    """The prompt in wire order: tools, system, messages."""
    marks: tuple[tuple[int, str], ...] = ()
    """The caller's cache marks: (index of the marked segment, TTL label)."""
    scope: str = ""
    """Requests of different scopes (model, workspace, key) never share a cache."""
    auto_ttl: str = ""
    """TTL label of the service's own mark (automatic boundaries); empty for the default."""
    mode: str = ""
    """`implicit` or `explicit` where this request says so itself; empty for the replay's mode."""

    @property
    def total(self) -> int:
        """All input tokens."""
        return sum(s.tokens for s in self.segments)

    @property
    def readable_from(self) -> int:
        """The first start time at which another request can read what this one wrote."""
        return self.at_us + 1 if self.visible_us is None else self.visible_us


@dataclass(frozen=True)
class OUse:
    """How one request's input tokens are billed. The counts are disjoint."""

    plain: int
    """Tokens neither read nor written."""
    read: int
    """Tokens read from a cache."""
    writes: dict[str, int] = field(default_factory=dict)
    """Written tokens by TTL label; a label without tokens is absent."""

    @property
    def total(self) -> int:
        """The sum of all classes."""
        return self.plain + self.read + sum(self.writes.values())


Item = tuple[str, str]
"""Kind and content of a segment: what its identity is made of."""
Prefix = tuple[Item, ...]
"""All segments from the start up to and including one."""


def in_order(requests: Sequence[OReq]) -> list[tuple[int, OReq]]:
    """Requests with their index, by (start, index): the order in which every model serves them."""
    return sorted(enumerate(requests), key=lambda pair: (pair[1].at_us, pair[0]))


def prefix(request: OReq, index: int) -> Prefix:
    """Everything up to and including segment `index`."""
    return tuple((s.kind, s.content) for s in request.segments[: index + 1])


def tokens_to(request: OReq, index: int) -> int:
    """Cumulative tokens up to and including segment `index`; 0 for index -1."""
    return sum(s.tokens for s in request.segments[: index + 1])


def seconds_of(ttls: Mapping[str, int], label: str) -> int:
    """The TTL behind a label."""
    if label not in ttls:
        raise ValueError(f"TTL {label!r} is not offered: use one of {', '.join(ttls)}")
    return ttls[label]
