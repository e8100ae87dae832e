"""Response caches in front of the model: what is asked for, and what a replay of a log found."""

from __future__ import annotations

import enum
from decimal import Decimal
from pathlib import Path

from cachelens.model.frozen import Frozen

EXACT, SEMANTIC, PROMPT = "exact", "semantic", "prompt"
LAYERS = (EXACT, SEMANTIC, PROMPT)
"""In the order in which a request passes them."""
AUTO = "auto"
"""The best embedder that is installed."""
THRESHOLDS = (0.80, 0.85, 0.90, 0.92, 0.95, 0.97, 0.99, 1.0)


class Scope(enum.StrEnum):
    """Who may be given whose answers."""

    TENANT = "tenant"
    PUBLIC = "public"


class ExactChoices(Frozen):
    """How the exact cache works."""

    ttl_us: int | None = 3_600_000_000
    """Lifetime of an entry from its insertion; `None` for ever."""
    capacity: int | None = None
    """Entries; the least recently used goes first. `None` for no limit."""
    any_sampling: bool = False
    """Whether requests with a temperature above 0 and no seed are served too."""
    normalise: tuple[str, ...] = ()
    """Normalisations that are on beside the default ones."""
    keep: tuple[str, ...] = ()
    """Default normalisations that are off."""


class SemanticChoices(Frozen):
    """How the semantic cache works."""

    threshold: float = 0.95
    thresholds: tuple[float, ...] = THRESHOLDS
    """Those of the curve; the one above is always among them."""
    ttl_us: int | None = 3_600_000_000
    capacity: int | None = None
    embedder: str = AUTO
    """Name of an embedder, or `static:PATH` or `onnx:PATH`."""
    gates: tuple[str, ...] = ()
    """Gates that are on although the log lacks their field."""
    no_gates: tuple[str, ...] = ()
    """Gates that are off."""
    labels: Path | None = None
    """File of pairs that are known to be the same or not."""
    most_false_hits: float = 0.01
    """False-hit rate that the advised threshold must stay under."""
    price_per_wrong: Decimal | None = None
    """USD that a wrong answer costs."""


class StackChoices(Frozen):
    """Which layers stand in front of the model, and how they work."""

    layers: tuple[str, ...] = LAYERS
    scope: Scope = Scope.TENANT
    exact: ExactChoices = ExactChoices()
    semantic: SemanticChoices = SemanticChoices()
    question: str = ""
    """Path of the field that asks; empty for the last user message."""
    vectors: str = ""
    """Path of the field that holds the embedding of the question."""
    fields: dict[str, str] = {}
    """Gate to the path of its field in a row."""
    pricing: tuple[Path, ...] = ()


class Verdict(enum.StrEnum):
    """What the recorded answers say of a hit."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class Safety(Frozen):
    """What would have been served for what was answered."""

    hits: int
    same: int
    different: int
    unsure: int
    false_hit_rate: float | None
    """Different / (same + different); `None` without either."""
    low: float | None
    """Ends of the 95% interval of that rate."""
    high: float | None
    reasons: dict[str, int] = {}
    """Hits by what decided their verdict."""


class WorkloadSafety(Frozen):
    """The same for one workload."""

    workload: str
    requests: int
    safety: Safety


class Recommendation(enum.StrEnum):
    """What the measured hits say of building the semantic layer as it was asked for."""

    BUILD = "build"
    """At the chosen threshold the interval of the false-hit rate stays under the target."""
    RAISE = "raise-threshold"
    """Only a higher threshold keeps it there."""
    DO_NOT = "do-not-build"
    """No threshold does, and at the chosen one the rate is above the target for certain."""
    UNPROVEN = "not-proven"
    """No threshold does, for want of hits that could be judged."""
    NO_HITS = "nothing-to-gain"
    """It serves nothing that the layers before it do not."""


class CurvePoint(Frozen):
    """The semantic layer at one threshold."""

    threshold: float
    gated: Safety
    """With the gates that are on."""
    ungated: Safety
    """With none, tenant included."""
    saved: Decimal | None
    """USD that the gated hits take off what the layers before leave, without the prompt cache."""
    expected_loss: Decimal | None
    """USD: false hits that the gated rate makes likely, at the price of a wrong answer; `None` without a price."""


class GateRow(Frozen):
    """One gate: where its value comes from, and what it would stop."""

    gate: str
    about: str
    on: bool
    field: str
    """Where the value was found, in words; empty where the log has none."""
    missing: int
    """Requests without a value: they are neither served nor stored while the gate is on."""
    stops: Safety
    """Of the hits without any gate at the chosen threshold, those that this gate alone would refuse."""


class Example(Frozen):
    """A hit that would have given a wrong answer. Texts are shown masked unless values are asked for."""

    request: str
    """Id of the request, or file and line."""
    source: str
    """The request whose answer it would have been given."""
    workload: str
    similarity: float
    reason: str
    question: str
    source_question: str
    answer: str
    source_answer: str
    gates: tuple[str, ...]
    """Gates that would have stopped it."""


class Shape(Frozen):
    """What the log shows of one workload, and what it advises."""

    workload: str
    requests: int
    kind: str
    repeated: float | None
    """Requests whose question was asked before / requests with a question."""
    stable: float | None
    """Repeated questions whose answer was the same / those with a verdict."""
    first_change_us: int | None
    """Shortest time after which a repeated question had another answer; `None` where none had, or none is known."""
    why: str
    advice: str


class LayerResult(Frozen):
    """One layer in the stack."""

    layer: str
    left_out: str
    """Why it could not be replayed; empty where it was."""
    hint: str
    requests_seen: int
    requests_served: int
    saved: Decimal | None
    """USD that it takes off what the layers before it leave; all layers' add up to the total."""
    saved_alone: Decimal | None
    """USD that it would take off with no other layer."""
    saved_of_bill: Decimal | None
    """USD that it would take off the bill with the prompt cache on and no other response cache."""
    latency_saved_us: int | None
    """Recorded times of the requests that it serves; `None` where none is known."""
    latency_unknown: int
    """Requests served whose time is not recorded."""
    not_eligible: dict[str, int]
    """Requests that it must not serve, by reason."""
    served_alone: int = 0
    facts: dict[str, int] = {}
    """Counts of its own: entries, bytes, expired, evicted, in flight, stale, unread answers."""
    safety: Safety | None = None
    """For exact and semantic: the answers that would have been served against those recorded."""
    token_hit_rate: float | None = None
    """For the prompt layer: read tokens / input tokens of what reaches the model."""


class Thinning(Frozen):
    """What the prompt cache loses on the same requests when others no longer pass through it."""

    requests: int
    """Requests that reach the model."""
    token_hit_rate_before: float | None
    """Of these requests, with all traffic passing through."""
    token_hit_rate_after: float | None
    expired_before: int
    """Of these requests, those whose prefix had expired."""
    expired_after: int
    extra_cost: Decimal | None
    """USD more for these requests."""


class SemanticResult(Frozen):
    """What the semantic layer rests on, and how safe it is."""

    embedder: str
    about: str
    limits: str
    threshold: float
    gates: tuple[GateRow, ...]
    curve: tuple[CurvePoint, ...]
    noise: Safety
    """The same verdicts on repeats of one question with all gates passed: what they call different of the same."""
    workloads: tuple[WorkloadSafety, ...]
    examples: tuple[Example, ...]
    target: float
    advised_threshold: float | None
    """Lowest threshold from which on the interval of the gated false-hit rate stays under the target."""
    recommendation: Recommendation
    expected_loss: Decimal | None
    labels_used: int = 0


class Stack(Frozen):
    """The layers of one log, and what they are worth together."""

    requests: int
    workloads: int
    days: float | None
    scope: str
    normalisations: tuple[str, ...]
    layers: tuple[LayerResult, ...]
    cost_without: Decimal | None
    """USD with none of the layers."""
    cost_with: Decimal | None
    cost_prompt_only: Decimal | None
    """USD with the prompt cache only."""
    saved: Decimal | None
    reach_model: int
    thinning: Thinning | None
    semantic: SemanticResult | None
    shapes: tuple[Shape, ...]
    estimated: bool
    """Whether money and shares of tokens rest on estimated token counts."""
