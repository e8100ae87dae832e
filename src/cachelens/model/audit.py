"""What rules are given of recorded traffic: facts, each worked out once."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cachelens.model.finding import Finding, TrafficPlace
from cachelens.model.result import InputSummary, SkipCount
from cachelens.model.template import TemplateProblem


class SlotFact(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a workload's prompts that changes."""

    place: TrafficPlace
    kind: str
    """What the values are, in the words of `layouts.values.Kind`."""
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
    """Tokens that would be read more if this slot alone were fixed, by replay."""
    stranded_with_others: int
    """The same if all slots of the place were fixed: slots of one place hide each other."""
    cost: Decimal | None
    """USD that fixing it alone would save over this traffic; negative where it would cost."""
    cost_with_others: Decimal | None


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


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """All facts of one log."""

    workloads: tuple[WorkloadFact, ...]
    slots: tuple[SlotFact, ...]


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
    rules: tuple[str, ...] = ()
    """Ids of the rules that judged."""
