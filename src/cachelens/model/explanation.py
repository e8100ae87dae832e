"""Why one request read from cache what it read: what `explain-miss` and `diff` found."""

from __future__ import annotations

import enum
from decimal import Decimal

import msgspec

from cachelens.model.audit import Fault


class Cause(enum.StrEnum):
    """Why a request read less than could have been read; the first eight are those of `simulate`."""

    COLD = "cold"
    EXPIRED = "expired"
    DIVERGED = "diverged"
    PARAMETER = "parameter-change"
    TOO_SHORT = "too-short"
    LOOKBACK = "beyond-look-back"
    NOT_VISIBLE = "not-yet-visible"
    UNMARKED = "not-marked"
    OTHER_MODEL = "other-model"
    """Its beginning was sent before, to another model."""
    OTHER_KEY = "other-cache-key"
    """Its beginning was sent before, under another cache key or by another tenant, which share no cache."""
    PROVIDER = "not-kept"
    """By the rules it could have been read, and it was not: routing, eviction, best effort."""
    UNKNOWN = "unknown"
    """The log shows too little of the request."""
    NONE = "none"
    """Nothing that could have been read was missed."""


class Owner(enum.StrEnum):
    """Who can mend it."""

    YOURS = "yours"
    PROVIDER = "provider"
    UNKNOWABLE = "unknowable"
    NOBODY = "nobody"
    """There is nothing to mend."""


class RequestRef(msgspec.Struct, frozen=True, kw_only=True):
    """A request, by all that it can be found by."""

    number: int
    """Its place in the order of arrival, from 1."""
    id: str
    """Empty where the log gives none."""
    path: str
    line: int
    model: str
    provider: str
    session: str
    workload: str
    at_us: int | None
    """Start, microseconds UTC; `None` where the log has no calendar time."""
    tokens: int
    """Input tokens: as recorded, else as counted."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Input tokens of a request by what happened to them. `None` means not reported."""

    read: int | None
    written: int | None
    plain: int | None
    total: int


class Predecessor(msgspec.Struct, frozen=True, kw_only=True):
    """The earlier request that this one is compared with."""

    request: RequestRef
    relation: str
    """`same session`, `same workload` or `longest shared prefix`."""
    gap_us: int | None
    """From its start to the start of this one; `None` without times."""
    shared_tokens: int
    """Leading tokens that both have."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch in which two texts differ; both are content, to be masked."""

    before: str
    after: str
    kind: str
    """What it is, in the words of `layouts.values.Kind`, or `text`."""
    line: int
    """Line and column in the text of this request's segment, from 1; columns count characters."""
    column: int
    around: tuple[str, str] = ("", "")
    """The whole lines that it stands in, by which a report tells a secret; content."""
    whole: bool = False
    """True where the two texts have too little in common to tell their changes apart."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Where two prompts part."""

    place: str
    """The first segment that differs: `system 1`, `message 2 block 3`, counted from 1."""
    section: str
    """`parameters`, `tool`, `schema`, `system`, `message`, `hidden` or `block`."""
    other_place: str
    """What stands there in the earlier request; empty where that one has ended."""
    token: int
    """Tokens before the first one that differs."""
    exact: bool
    """False where no text is there and the token is known to its block of 16 only."""
    line: int = 0
    """Line and column of the first character that differs, from 1; 0 without text."""
    column: int = 0
    first_tokens: tuple[str, str] = ("", "")
    """The first token that differs, of the earlier request and of this one; content."""
    same_but_for: str = ""
    """Set where both segments say the same in another form: `white space`, `order of JSON keys`, ..."""
    tools: str = ""
    """How the tool lists differ, in words without names; empty where they do not."""
    tool_fault: Fault | None = None
    """What of it is told by a rule, the gravest; `None` where the tools do not differ."""
    tool_names: tuple[str, ...] = ()
    """Names of tools that were added, removed or changed; content."""
    parameters: tuple[tuple[str, str, str], ...] = ()
    """Name, value before and value now of parameters that differ; values are content."""
    changes: tuple[Change, ...] = ()
    """The stretches that differ, at most a few."""
    changes_in_all: int = 0
    context: tuple[str, ...] = ()
    """Lines of a unified diff around the first change; content."""
    unchanged_behind: int = 0
    """Tokens behind it that stand in both requests all the same, about."""


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """Lost tokens of one kind, and what was paid for them."""

    unit: str
    """`input`, or `write_` and a TTL label."""
    tokens: int
    price: Decimal
    """USD per million tokens."""


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What a miss cost."""

    tokens: int
    """Tokens that could have been read and were not."""
    money: Decimal | None
    """USD paid for them beyond the price of reading them; `None` without a price."""
    read_price: Decimal | None = None
    """USD per million tokens."""
    paid: tuple[Paid, ...] = ()
    price_id: str = ""
    price_start: str = ""
    """First day of the price, ISO date; empty when published without one."""
    price_checked: str = ""
    estimated: bool = False
    """True where the token counts are estimates."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """Whose it is and what to do."""

    owner: Owner
    reason: str
    """One clause that says why it is theirs."""
    next_step: str
    rule: str = ""
    """Id of the rule of the audit that it belongs to; empty for none."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `cachelens explain-miss` and `cachelens diff` show."""

    version: str
    request: RequestRef
    predecessor: Predecessor | None
    recorded: Counts | None
    """`None` where the log reports no usage."""
    replayed: Counts | None
    """`None` where nothing can be replayed."""
    readable: int | None
    """Tokens of its longest prefix that any earlier request to this model in the log had, however long ago."""
    cause: Cause
    evidence: tuple[str, ...]
    """Sentences that say what the cause rests on; no prompt text."""
    difference: Difference | None
    loss: Loss
    advice: Advice
    rules: str = ""
    """Id of the cache rules that were replayed."""
    rules_checked: str = ""
    status: str = "ok"
    """How far the replay can be trusted, in the words of `model.result.Status`."""
    notes: tuple[str, ...] = ()
    requests: int = 0
    """Requests of the log."""

    @property
    def missed(self) -> bool:
        """Whether anything that could have been read was not."""
        return self.loss.tokens > 0

    @property
    def parts(self) -> bool:
        """Whether neither of the two requests begins with all of the other, for one cache."""
        return self.difference is not None or self.cause in (Cause.OTHER_MODEL, Cause.OTHER_KEY)
