"""The closed vocabularies of the price and rule files.

Every word is read by the code that follows it, or stands on the list of `tests/providers/test_readers.py` with the
reason why nothing has to.
"""

from __future__ import annotations

import enum


class Confidence(enum.StrEnum):
    """How well a fact is supported."""

    HIGH = "high"
    """The provider's own page, or two independent data sets that agree."""
    MEDIUM = "medium"
    """One secondary source."""
    LOW = "low"
    """Inferred, contradicted, or measured once."""


def weakest(*of: Confidence) -> Confidence:
    """Return the lowest of some confidences."""
    return max(of, key=list(Confidence).index)


class Mechanism(enum.StrEnum):
    """How a cache finds a prefix; one engine each."""

    EXPLICIT_BREAKPOINTS = "explicit-breakpoints"
    """The caller marks blocks; an entry is written only at a mark."""
    AUTOMATIC_BOUNDARY = "automatic-boundary"
    """The service marks message ends itself; the caller may add marks; exact boundary match."""
    PREFIX_GRID = "prefix-grid"
    """Longest common prefix, floored to a token grid, without caller marks."""
    UNITS = "units"
    """The service persists discrete prefix units; a unit hits only when wholly matched."""
    STORED_OBJECT = "stored-object"
    """The caller creates a named cache object with its own lifetime and rent."""
    PASS_THROUGH = "pass-through"
    """A gateway: the behaviour is the upstream's, plus routing."""


class ProfileStatus(enum.StrEnum):
    """How completely CacheLens replays a profile."""

    STABLE = "stable"
    """All published rules that decide counts are replayed; `leaves_out` names what else is known to matter."""
    PREVIEW = "preview"
    """Part of the published behaviour is left out; `leaves_out` says which."""


class ProviderRole(enum.StrEnum):
    """What a provider is, which decides how model names are resolved."""

    VENDOR = "vendor"
    """Makes the models it serves; its names need no hint."""
    HOST = "host"
    """Serves other makers' models at its own prices; matched only when the log names the host."""
    CLOUD = "cloud"
    """Serves a vendor's models under the vendor's names; chosen by the platform."""
    GATEWAY = "gateway"
    """Routes to others; a model resolves to its vendor."""


class Activation(enum.StrEnum):
    """Whether a request is cached when it says nothing."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    NEEDS_KEY = "needs-key"
    """Enabled only when the request carries a cache key."""


class MarkConflict(enum.StrEnum):
    """What an automatic mark does when it meets an explicit one."""

    NOOP = "noop"
    ERROR = "error"


class Uncacheable(enum.StrEnum):
    """What cannot carry a mark."""

    THINKING = "thinking"
    EMPTY_TEXT = "empty-text"
    CITATION = "citation"
    """A part of a text block, not a block."""
    INSTRUCTIONS = "instructions"
    """Instructions sent as one string beside the messages."""
    TOOL = "tool"


class Eligible(enum.StrEnum):
    """Messages whose end a service marks by itself."""

    USER = "user"
    LAST_TOOL_OUTPUT_OF_GROUP = "last-tool-output-of-group"
    LAST_DEVELOPER_OF_FIRST_GROUP = "last-developer-of-first-group"
    """The last of the system or developer messages that stand before all others."""


class Effect(enum.StrEnum):
    """From which level on a changed parameter voids the cache."""

    ALL = "all"
    """Tools level and everything below."""
    SYSTEM = "system"
    MESSAGES = "messages"
    FROM_THERE = "from-there"
    """From the changed part on."""
    NONE = "none"


class WritePoints(enum.StrEnum):
    """Where entries come into being."""

    MARKS = "marks"
    MARKS_AND_LATEST_MESSAGE = "marks-and-latest-message"
    GRID = "grid"
    """Every grid step of every processed prompt."""
    UNITS = "units"
    """Input end, output end, detected shared prefixes and fixed token steps."""
    CREATE_CALL = "create-call"
    UPSTREAM = "upstream"


class Match(enum.StrEnum):
    """What must agree for a read."""

    EXACT_ENTRY = "exact-entry"
    """An entry that an earlier request wrote, ending exactly there."""
    GRID_FLOOR = "grid-floor"
    """The longest common prefix, floored to the grid."""
    LONGEST_PREFIX = "longest-prefix"
    """The longest common prefix; the grid is not published."""
    WHOLE_UNITS = "whole-units"
    WHOLE_OBJECT = "whole-object"
    UPSTREAM = "upstream"


class GridOrigin(enum.StrEnum):
    """Where the token grid starts."""

    PROMPT = "prompt"
    HIDDEN_SYSTEM = "hidden-system"
    """Before the provider's own hidden system message, whose length is not reported."""


class ExactResend(enum.StrEnum):
    """What an identical second request reads."""

    GRID = "grid"
    WHOLE_PROMPT = "whole-prompt"
    ALL_BUT_ONE = "all-but-one"
    """Everything but the last token."""


class MinimumBasis(enum.StrEnum):
    """What is compared with the cacheable minimum."""

    PREFIX_AT_MARK = "prefix-at-mark"
    """Cumulative tokens from the start of the prompt to the mark."""
    VISIBLE_TOKENS = "visible-tokens"
    """The prompt without the provider's hidden tokens."""
    REQUEST_INPUT = "request-input"
    CACHED_CONTENT = "cached-content"


class TtlAnchor(enum.StrEnum):
    """When the clock of an entry starts."""

    REQUEST_START = "request-start"
    LAST_USE = "last-use"
    """An unspecified moment of the last use."""
    CREATE = "create"
    """The creation, or an explicit update."""


class TtlRefresh(enum.StrEnum):
    """What restarts the clock."""

    ON_READ = "on-read"
    ON_READ_OR_WRITE = "on-read-or-write"
    NEVER = "never"


class RefreshScope(enum.StrEnum):
    """Which entries a read keeps alive."""

    HIT_ENTRY = "hit-entry"
    PATH = "path"
    """The entry that was hit and the shorter entries on its path."""


class TtlKind(enum.StrEnum):
    """What a stated lifetime promises."""

    MINIMUM = "minimum"
    """Kept at least this long, then removed at leisure."""
    TYPICAL = "typical"
    MAXIMUM = "maximum"
    """Never kept longer than this."""
    EXACT = "exact"


class ReadableFrom(enum.StrEnum):
    """When an entry can first be read by another request."""

    FIRST_TOKEN = "first-token"
    """When the writer's response begins."""
    END_OF_RESPONSE = "end-of-response"
    UNKNOWN = "unknown"


class Isolation(enum.StrEnum):
    """What shares one cache."""

    WORKSPACE = "workspace"
    ORGANIZATION = "organization"
    PROJECT = "project"
    SUBSCRIPTION = "subscription"
    ACCOUNT = "account"
    ACCOUNT_OR_ORGANIZATION = "account-or-organization"
    ACCOUNT_AND_MODEL = "account-and-model"


class RoutingKind(enum.StrEnum):
    """How requests are spread over machines that do not share a cache."""

    PREFIX_HASH = "prefix-hash"
    PER_SERVER = "per-server"
    STICKY_UPSTREAM = "sticky-upstream"


class Formula(enum.StrEnum):
    """How the input of one request is split into billed classes."""

    MIXED_TTL = "mixed-ttl"
    """With A the end of the hit, B the last 1h mark past A and C the last mark: read A, write 1h B-A,
    write 5m C-B, the rest plain."""
    THREE_WAY = "three-way"
    """Plain, read and written tokens; written tokens have a price of their own."""
    TWO_WAY = "two-way"
    """Plain and read tokens; a write costs what plain input costs."""
    RESOURCE_RENT = "resource-rent"
    """Plain and read tokens, plus rent by the hour for what is stored."""
    UPSTREAM = "upstream"


class Accounting(enum.StrEnum):
    """What the provider's plain input counter holds."""

    EXCLUSIVE = "exclusive"
    """Leaves out reads and writes: the total is the sum of the three."""
    INCLUSIVE = "inclusive"
    """Is the total: reads and writes are parts of it."""


class BatchCaching(enum.StrEnum):
    """Whether requests sent under a modifier use the cache."""

    FULL = "full"
    BEST_EFFORT = "best-effort"
    NONE = "none"


class Elsewhere(enum.StrEnum):
    """What a modifier does for a model that it does not list."""

    NO_EFFECT = "no-effect"
    REFUSED = "refused"


class TierOp(enum.StrEnum):
    """How total input is compared with a threshold."""

    GT = "gt"
    GE = "ge"


class TokenBasis(enum.StrEnum):
    """How well a tokenizer fits a model."""

    EXACT = "exact"
    ESTIMATE = "estimate"
