"""What rules are given of recorded traffic: facts, each worked out once."""

from __future__ import annotations

import enum
from decimal import Decimal

import msgspec

from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.location import Location
from cachelens.model.result import InputSummary, SkipCount
from cachelens.model.rule import RuleAbout
from cachelens.model.template import TemplateProblem


class SlotOrigin(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """What in a template makes a value."""

    location: Location
    expression: str
    """Its source text."""


class SlotFact(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a workload's prompts that changes."""

    place: TrafficPlace
    kind: str
    """What the values are, in the words of `layouts.values.Kind`."""
    section: str = "system"
    """Where it stands: `tool`, `schema`, `system` or `message`."""
    length: int = 0
    """Characters of a value, on average."""
    scope: str
    """How often they change, in the words of `layouts.scopes.Scope`."""
    label: str
    """The fixed text in front of it: content, to be masked."""
    requests: int
    values: int
    groups: int
    """Groups with two requests or more that speak for the scope."""
    weak: bool
    samples: tuple[str, ...]
    stranded_tokens: int
    """Tokens that it keeps from being read, by replay, were all other slots of the place fixed."""
    stranded_with_others: int
    """Tokens that all slots of the place keep from being read: slots of one place hide each other."""
    cost: Decimal | None
    """USD that it loses so over this traffic; negative where mending it would cost more."""
    cost_with_others: Decimal | None
    slots: int = 1
    """Slots of the place."""
    versions: int = 1
    """Versions of the text at the place, each of which a deployment replaced by the next."""
    in_versions: tuple[int, ...] = (0,)
    """Those that have it, from 0 in order of time. Counts, tokens and money are of all of them; place, label and
    samples of the last."""
    origins: tuple[SlotOrigin, ...] = ()
    """The variable that makes it, where templates are at hand; several where it cannot be told which."""


class Fault(enum.StrEnum):
    """What recorded traffic can show beside values that change."""

    TOOLS_REORDERED = "tools-reordered"
    TOOLS_DIFFER = "tools-differ"
    TOOL_CHANGED = "tool-changed"
    TOOL_KEYS = "tool-keys"
    SPACE = "white-space"
    UNICODE = "unicode-form"
    KEYS = "json-keys"
    ORDER = "items-reordered"
    EXAMPLES = "examples-reordered"
    TRUNCATED = "history-truncated"
    REWRITTEN = "history-rewritten"
    COMPACTED = "history-compacted"
    MODELS = "models-alternate"
    PARAMETERS = "parameters-alternate"
    TOO_SHORT = "too-short"
    NO_MARK = "no-mark"
    UNREAD_MARK = "unread-mark"
    FROZEN_MARK = "frozen-mark"
    MANY_MARKS = "many-marks"
    TTL_ORDER = "ttl-order"
    LOOK_BACK = "look-back"
    SHORT_TTL = "short-ttl"
    LONG_TTL = "long-ttl"
    IDLE = "idle"
    UNREAD_WRITES = "unread-writes"
    PARALLEL = "parallel"
    IDLE_OBJECT = "idle-object"
    NO_KEY = "no-key"
    FINE_KEY = "fine-key"
    COARSE_KEY = "coarse-key"
    NOT_REPORTED = "not-reported"
    COUNTED_TWICE = "counted-twice"
    LEFT_OUT = "left-out"


class FaultFact(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of a workload, with what it cost."""

    fault: Fault
    place: TrafficPlace
    requests: int
    """Requests that show it, or that lost by it."""
    of: int
    """Requests that were looked at."""
    detail: str = ""
    """What a rule says further, such as names of parameters or lengths of time; no prompt text."""
    weak: bool = False
    """True where few requests speak for it."""
    samples: tuple[str, ...] = ()
    """Content, to be masked."""
    stranded_tokens: int | None = None
    """Tokens that would have been read without the fault, by replay; `None` where reads are not what it costs."""
    cost: Decimal | None = None
    """USD that it cost over this traffic; negative where mending it would cost more."""


class WorkloadFact(msgspec.Struct, frozen=True, kw_only=True):
    """One workload as it was replayed."""

    name: str
    requests: int
    sessions: int
    token_hit_rate: float | None
    read_tokens: int | None
    written_tokens: int
    unread_write_share: float | None
    cost: Decimal | None
    cost_no_cache: Decimal | None
    cost_perfect: Decimal | None
    misses: dict[str, tuple[int, int]]
    """Cause to (requests, tokens)."""
    head_tokens: int
    """Tokens of tools and system prompt, on average."""
    marked: int
    """Requests that carry a cache mark."""
    needs_marks: bool
    """Whether its provider caches at marks only."""
    days: float | None
    readable_tokens: int | None = None
    """Tokens that a cache without limits would have read; `None` where it cannot be told."""
    input_tokens: int = 0
    target: float = 0.7
    """Token hit rate that it should reach."""
    red_line: float = 0.4
    """Token hit rate below which it is broken."""
    log_cost: Decimal | None = None
    """USD of all workloads of the log together, as replayed; `None` where none has a price."""


class PromptStretch(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a workload's typical prompt, in average tokens of the reference tokenizer."""

    place: str
    """Where in the request it stands, such as `system 1` or `tool 1 to 12`; `more places` for those beyond the most
    that are told, `earlier messages` for what the session's request before had too, `what follows` for the rest."""
    scope: str
    """How often it changes, in the words of `layouts.scopes.Scope`."""
    kind: str
    """What the values are, in the words of `layouts.values.Kind`; empty where it is no value within fixed text."""
    first_token: int
    """Tokens in front of it."""
    last_token: int


class PromptMark(msgspec.Struct, frozen=True, kw_only=True):
    """A cache mark, by its number from the front."""

    token: int
    """Tokens in front of it, on average."""
    requests: int
    """Requests that have so many marks."""


class PromptMap(msgspec.Struct, frozen=True, kw_only=True):
    """A workload's typical prompt from first to last token."""

    workload: str
    requests: int
    tokens: int
    """Its length, on average."""
    minimum: int | None
    """Least tokens that the model of most requests caches; `None` where none is published."""
    read_tokens: int | None
    """How far reuse goes on average, by replay; `None` where it cannot be told."""
    readable_tokens: int | None
    """How far it would go in a cache without limits."""
    stretches: tuple[PromptStretch, ...]
    """Front to back, without a gap; at most 60."""
    marks: tuple[PromptMark, ...]


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """All facts of one log."""

    workloads: tuple[WorkloadFact, ...]
    slots: tuple[SlotFact, ...]
    faults: tuple[FaultFact, ...] = ()
    maps: tuple[PromptMap, ...] = ()
    """Of the workloads with most input that show their prompts."""


class AuditResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `cachelens audit` shows."""

    version: str
    findings: tuple[Finding, ...]
    """The gravest first; of equal ones those that cost most, then in the order of their places."""
    inputs: tuple[InputSummary, ...] = ()
    skips: tuple[SkipCount, ...] = ()
    requests: int = 0
    workloads: tuple[WorkloadFact, ...] = ()
    days: float | None = None
    templates: int = 0
    """Templates that were looked at."""
    files: int = 0
    """Files that were looked into for templates."""
    problems: tuple[TemplateProblem, ...] = ()
    rules: tuple[RuleAbout, ...] = ()
    """The rules that judged."""
    suppressed: tuple[Finding, ...] = ()
    """Findings that a comment or the configuration silences, in the same order."""
    known: int = 0
    """Findings that stand in the baseline and are left out for that."""
    maps: tuple[PromptMap, ...] = ()
    """The typical prompts of the workloads with most input."""
