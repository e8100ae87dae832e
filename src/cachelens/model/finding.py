"""What an audit found: a rule, a place, and what it costs."""

from __future__ import annotations

import enum
from decimal import Decimal

import msgspec

from cachelens.model.location import Location


class Severity(enum.StrEnum):
    """How much it matters, least first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Its place in the order, 0 for the least."""
        return list(Severity).index(self)


class Confidence(enum.StrEnum):
    """How sure it is, least first."""

    LOW = "low"
    """A guess by name or form."""
    MEDIUM = "medium"
    """Seen, on few samples or along a path that could be wrong."""
    HIGH = "high"
    """Proved by the traffic, or plain in the source."""


class TrafficPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a workload's requests."""

    workload: str
    place: str = ""
    """Such as `system 1` or `message 2 block 3`, counted from 1; empty for the workload as a whole."""
    token: int | None = None
    """Tokens from the start of the prompt to it, on average; `None` where it has no one place."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fault."""

    rule: str
    """Id of the rule."""
    severity: Severity
    confidence: Confidence
    message: str
    """One sentence that says what and why; holds no prompt text."""
    location: Location | TrafficPlace
    traffic: TrafficPlace | None = None
    """Where the traffic shows it, for a fault of a template that traffic proves; its tokens and money are of there."""
    advice: str = ""
    """What to do, in one sentence."""
    stranded_tokens: int | None = None
    """Tokens that could have been read from cache but for this, over the traffic looked at; in a template, tokens
    of fixed text behind it, per request. `None` where it cannot be told."""
    cost: Decimal | None = None
    """USD lost over the traffic looked at; `None` without traffic, or where it cannot be told."""
    cost_per_month: Decimal | None = None
    samples: tuple[str, ...] = ()
    """Values seen; content, masked by every report unless told otherwise."""
    fixable: bool = False
    """True where `--fix` mends it."""
    fingerprint: str = ""
    """What it is known by from run to run, whatever line it stands on; filled in by the audit."""
    suppression: str = ""
    """The reason given where it was silenced; empty where it counts."""
