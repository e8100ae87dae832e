"""The shape `cachelens.layers/v1` of the JSON report: a contract of its own, apart from the internal types.

Within v1 fields may be added; none is removed, renamed or given another meaning. `null` means unknown, never zero.
"""

from __future__ import annotations

from typing import Final, Literal

from cachelens.reports.shapes import Count, InputV1, Money, Ratio, Shape, SkipV1

SCHEMA_ID: Final = "cachelens.layers/v1"


class SafetyV1(Shape, frozen=True, kw_only=True):
    """Answers that would have been served, against those recorded: `hits` = `same` + `different` + `unsure`."""

    hits: Count
    same: Count
    different: Count
    unsure: Count
    false_hit_rate: Ratio | None
    """`different` / (`same` + `different`)."""
    low: Ratio | None
    """Ends of the 95% score interval of that rate."""
    high: Ratio | None
    reasons: dict[str, Count]
    """Hits by the rule that decided their verdict."""


class LayerV1(Shape, frozen=True, kw_only=True):
    """One layer, behind those before it."""

    layer: str
    left_out: str
    """Why it was not replayed; empty where it was."""
    hint: str
    requests_seen: Count
    requests_served: Count
    """For `prompt`: requests that read anything from the prompt cache."""
    served_alone: Count
    """The same with no other layer."""
    saved: Money | None
    """What it takes off what the layers before it leave; those of all layers add up to the `saved` of the stack."""
    saved_alone: Money | None
    """With no other layer."""
    saved_of_bill: Money | None
    """Off the bill with the prompt cache on and no other response cache."""
    latency_saved_us: Count | None
    """Recorded times of the requests that it serves."""
    latency_unknown: Count
    """Requests that it serves whose time is not recorded."""
    not_eligible: dict[str, Count]
    """Requests that it must not serve, by reason."""
    facts: dict[str, Count]
    """Of its store: most entries and bytes at any time, look-ups that met an expired entry or an answer on its way."""
    false_hit_rate: Ratio | None
    false_hit_rate_low: Ratio | None
    false_hit_rate_high: Ratio | None
    safety: SafetyV1 | None
    token_hit_rate: Ratio | None
    """Of the prompt layer: read tokens / input tokens of what reaches the model."""


class ThinningV1(Shape, frozen=True, kw_only=True):
    """The prompt cache on the requests that reach the model: with all traffic around them, and alone."""

    requests: Count
    token_hit_rate_before: Ratio | None
    token_hit_rate_after: Ratio | None
    expired_before: Count
    expired_after: Count
    extra_cost: Money | None


class CurvePointV1(Shape, frozen=True, kw_only=True):
    """The semantic layer at one threshold."""

    threshold: Ratio
    gated: SafetyV1
    ungated: SafetyV1
    saved: Money | None
    expected_loss: Money | None


class GateV1(Shape, frozen=True, kw_only=True):
    """One gate, and the hits without any gate that it alone would refuse at the chosen threshold."""

    gate: str
    about: str
    on: bool
    field: str
    missing: Count
    stops: SafetyV1


class WorkloadSafetyV1(Shape, frozen=True, kw_only=True):
    """The semantic layer on one workload."""

    workload: str
    requests: Count
    safety: SafetyV1


class ExampleV1(Shape, frozen=True, kw_only=True):
    """A wrong answer that would have been given without gates. Texts are their lengths unless values are asked for."""

    request: str
    source: str
    workload: str
    similarity: Ratio
    reason: str
    question: str
    source_question: str
    answer: str
    source_answer: str
    gates: tuple[str, ...]
    """Gates that are on and stop it."""


class SemanticV1(Shape, frozen=True, kw_only=True):
    """What the semantic layer rests on, and how safe it is."""

    embedder: str
    about: str
    limits: str
    threshold: Ratio
    recommendation: Literal["build", "raise-threshold", "do-not-build", "not-proven", "nothing-to-gain"]
    target: Ratio
    advised_threshold: Ratio | None
    expected_loss: Money | None
    labels_used: Count
    noise: SafetyV1
    """Verdicts on repeats of one question: what they call different although the question is the same."""
    curve: tuple[CurvePointV1, ...]
    gates: tuple[GateV1, ...]
    workloads: tuple[WorkloadSafetyV1, ...]
    examples: tuple[ExampleV1, ...]


class WorkloadShapeV1(Shape, frozen=True, kw_only=True):
    """What the log shows of a workload, and what that advises."""

    workload: str
    requests: Count
    kind: str
    repeated: Ratio | None
    stable: Ratio | None
    first_change_us: Count | None
    why: str
    advice: str


class LayersNoteV1(Shape, frozen=True, kw_only=True):
    """Something a reader must know to judge the numbers."""

    code: str
    text: str


class StackV1(Shape, frozen=True, kw_only=True):
    """The layers of one log. They stand in the order in which a request passes them."""

    requests: Count
    workloads: Count
    days: Ratio | None
    scope: Literal["tenant", "public"]
    normalisations: tuple[str, ...]
    layers: tuple[LayerV1, ...]
    cost_without: Money | None
    """With none of the layers."""
    cost_with: Money | None
    cost_prompt_only: Money | None
    saved: Money | None
    """`cost_without` - `cost_with`."""
    reach_model: Count
    thinning: ThinningV1 | None
    semantic: SemanticV1 | None
    shapes: tuple[WorkloadShapeV1, ...]
    estimated: bool
    """Money and shares of tokens rest on estimated token counts."""


class LayersV1(StackV1, frozen=True, kw_only=True):
    """What response caches in front of the prompt cache would serve, save and get wrong."""

    schema: Literal["cachelens.layers/v1"] = SCHEMA_ID
    version: str
    inputs: tuple[InputV1, ...]
    skips: tuple[SkipV1, ...]
    notes: tuple[LayersNoteV1, ...]
