"""The words that every format shares. A hit rate always says of what: of tokens or of requests."""

from __future__ import annotations

from typing import Final

from cachelens.model.result import Evidence, MissCause, Status

TOKEN_HIT_RATE: Final = "token hit rate"
REQUEST_HIT_RATE: Final = "request hit rate"
READ: Final = "read"
WRITTEN: Final = "written"
PLAIN: Final = "plain"
UNREAD_WRITES: Final = "unread writes"
COST: Final = "cost"
DELTA: Final = "delta"
DELTA_SHARE: Final = "delta share"
PER_MONTH: Final = "per month"
PER_SESSION: Final = "per session"
WITHOUT_CACHE: Final = "without cache"
PERFECT_CACHE: Final = "with a perfect cache"
STORAGE: Final = "of it storage rent"
AS_RECORDED: Final = "as-recorded"
"""Name of the scenario that replays the log as it was sent."""
NOT_BILLED: Final = "-"
"""Stands for written tokens where none were written, or the provider does not bill writes apart."""

BEST_SIGN: Final = "*"
STATUS_SIGNS: Final[dict[Status, str]] = {
    Status.OK: "",
    Status.PREVIEW: "!",
    Status.BOUND: "^",
    Status.IMPOSSIBLE: "",
}
STATUS_MEANINGS: Final[dict[Status, str]] = {
    Status.OK: "replayed in full under published rules",
    Status.PREVIEW: "preview: the mechanism is replayed in part",
    Status.BOUND: "bound: not all that limits it is published or replayed; it can be no better than this",
    Status.IMPOSSIBLE: "impossible",
}

MODEL_CHANGES: Final = "it changes the model, whose answers are not compared; best with the recorded one"

NO_REASON: Final = "no reason given"

PERFECT_MEANING: Final = (
    "every token that an earlier request of the same model had at the same place is read, however long ago; "
    "the rest costs the cheaper of plain input and a write; a lower bound, not a plan"
)

DO_NOTHING: Final = "as it is"
CHANGES: Final[dict[str, str]] = {
    "none": "turn caching off",
    "system-only": "mark tools and system only",
    "tools-and-system": "mark the tools, and the system prompt behind them",
    "full-context": "mark the system prompt and the end of every request",
    "exclude-tool-results": "mark up to the first tool result",
    "optimal": "place the marks anew",
}
"""What to do for a boundary, in plain words."""
PART_KNOWN: Final[dict[Status, str]] = {
    Status.OK: "",
    Status.PREVIEW: "replayed in part",
    Status.BOUND: "at best",
    Status.IMPOSSIBLE: "",
}
"""What a saving is to be taken with."""

EVIDENCE: Final[dict[Evidence, str]] = {
    Evidence.RECORDED: "recorded",
    Evidence.EXACT: "exact",
    Evidence.FITTED: "~ fitted",
    Evidence.ESTIMATED: "~ estimated",
}
ESTIMATES: Final = frozenset({Evidence.FITTED, Evidence.ESTIMATED})
"""Evidence that makes every figure resting on it an estimate."""

CAUSES: Final[dict[MissCause, str]] = {
    MissCause.COLD: "first of its kind: nothing was there to read",
    MissCause.EXPIRED: "the entry had outlived its TTL",
    MissCause.DIVERGED: "content changed before the end of the prefix",
    MissCause.PARAMETER: "a parameter that the cache keys on changed",
    MissCause.TOO_SHORT: "the prefix was below the minimum length",
    MissCause.LOOKBACK: "the entry lay beyond the look-back",
    MissCause.NOT_VISIBLE: "the writer had not finished in time",
    MissCause.UNMARKED: "no cache mark covered it",
}

TRUSTED: Final = "high"
"""Confidence of a fact that the provider's own page, or two independent sources, state."""
UNNAMED: Final = "(unnamed)"
"""A workload that the log gives no name."""
UNRATED: Final = "unrated"
"""Confidence of a fact whose row states none."""
