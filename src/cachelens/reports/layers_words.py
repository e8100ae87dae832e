"""How the layer view is put into words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cachelens.model.layers import StackResult
from cachelens.model.stack import (
    PROMPT,
    SEMANTIC,
    LayerResult,
    Recommendation,
    Safety,
    SemanticResult,
    Shape,
    Stack,
    Thinning,
)
from cachelens.reports.durations import days_span, span
from cachelens.reports.figures import UNKNOWN, approx, count, money, plural, share, signed_money
from cachelens.reports.terms import UNNAMED

_MOST_REASONS = 3


def summary(result: StackResult) -> str:
    """Say what was read."""
    parts = [plural(result.requests, "request"), plural(result.workloads, "workload")]
    if result.days is not None:
        parts.append(days_span(result.days))
    parts.append("answers shared within a tenant" if result.scope == "tenant" else "answers shared by all (public)")
    skipped = sum(skip.lines for skip in result.skips if not skip.benign and not skip.kept)
    return ", ".join([*parts, f"{plural(skipped, 'line')} skipped"] if skipped else parts)


def usd(amount: Decimal | None, result: Stack) -> str:
    """Write money with the sign of an estimate where it rests on one."""
    return approx(money(amount), estimated=result.estimated)


def bill(result: Stack) -> str:
    """Say what the log costs with and without the layers."""
    bare, prompt, now = (
        usd(amount, result) for amount in (result.cost_without, result.cost_prompt_only, result.cost_with)
    )
    costs_more = result.saved is not None and result.saved < 0
    apart = usd(None if result.saved is None else abs(result.saved), result)
    return (
        f"Without any cache {bare}, with the prompt cache alone {prompt}, with these layers {now}: "
        f"{apart} {'more than without' if costs_more else 'saved'}."
    )


def served(layer: LayerResult) -> str:
    """Write the share of requests that a layer serves."""
    return share(layer.requests_served / layer.requests_seen) if layer.requests_seen else UNKNOWN


def latency(layer: LayerResult) -> str:
    """Write the recorded time of what a layer serves."""
    if layer.layer == PROMPT or layer.left_out:
        return "-"
    if not layer.requests_served:
        return span(0)
    return UNKNOWN if layer.latency_saved_us is None else span(layer.latency_saved_us)


def left_out(layer: LayerResult) -> str:
    """Say why a layer was not replayed, and what to do."""
    return f"{layer.layer}: left out: {layer.left_out} ({layer.hint})"


def about(layer: LayerResult) -> Iterator[str]:
    """Say what else a layer shows: what it must not serve, its store, and its answers."""
    if layer.not_eligible:
        rows = sorted(layer.not_eligible.items(), key=lambda row: (-row[1], row[0]))
        yield "not served: " + ", ".join(f"{count(number)} {why}" for why, number in rows[:_MOST_REASONS])
    facts = layer.facts
    if facts:
        entries = "1 entry" if facts["entries"] == 1 else f"{count(facts['entries'])} entries"
        size = f"{entries}, {data(facts['bytes'])}"
        size += (
            f" without the answers of {count(facts['unsized'])} that the log does not hold" if facts["unsized"] else ""
        )
        more = [f"{plural(facts['expired'], 'look-up')} met an expired one"] if facts["expired"] else []
        more += [f"{count(facts['in_flight'])} one whose answer was still on its way"] if facts["in_flight"] else []
        more += [f"{count(facts['evicted'])} evicted"] if facts["evicted"] else []
        yield "; ".join([f"store: at most {size}", *more])
    if layer.safety is not None and layer.layer != SEMANTIC:
        yield f"answers: {verdicts(layer.safety)}"
    if layer.requests_served and layer.latency_unknown and layer.layer != PROMPT:
        yield f"time: not recorded for {plural(layer.latency_unknown, 'request')}"


def data(size: int) -> str:
    """Write a number of bytes."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def verdicts(found: Safety) -> str:
    """Write the verdicts on some hits."""
    parts = [f"{count(found.same)} same", f"{count(found.different)} different", f"{count(found.unsure)} unsure"]
    return ", ".join(parts) + (f"; wrong {rate(found)}" if found.false_hit_rate is not None else "")


def rate(found: Safety) -> str:
    """Write a false-hit rate with its interval."""
    if found.false_hit_rate is None or found.low is None or found.high is None:
        return UNKNOWN
    return f"{share(found.false_hit_rate)} (95%: {interval(found)})"


def interval(found: Safety) -> str:
    """Write the ends of an interval."""
    if found.low is None or found.high is None:
        return "-"
    return f"{share(found.low)} to {share(found.high)}"


def thinning(found: Thinning, result: Stack) -> str:
    """Say what the prompt cache loses where others answer part of its traffic; empty where it loses nothing."""
    before, after = found.token_hit_rate_before, found.token_hit_rate_after
    if before == after and found.expired_before == found.expired_after:
        return ""
    old, new = (approx(share(rate), estimated=result.estimated) for rate in (before, after))
    return (
        f"Thinner traffic: the {plural(found.requests, 'request')} that reach the model read {new} of their input "
        f"from the prompt cache; with all traffic around them it was {old}. Expired prefixes: "
        f"{count(found.expired_after)} instead of {count(found.expired_before)}, which makes "
        f"{approx(signed_money(found.extra_cost), estimated=result.estimated)}."
    )


_RECOMMENDED = {
    Recommendation.BUILD: "The log supports a semantic cache at {at}: behind its gates, {found} of its answers are "
    "wrong, which stays under {target}.",
    Recommendation.RAISE: "Do not build a semantic cache at {at}: behind its gates, {found} of its answers are wrong. "
    "From {advised} on it stays under {target}.",
    Recommendation.DO_NOT: "Do not build a semantic cache: at {at}, behind its gates, {found} of its answers are "
    "wrong, and no threshold keeps them under {target}.",
    Recommendation.UNPROVEN: "A semantic cache is not proven safe: at {at}, behind its gates, {found} of its answers "
    "are wrong; {judged} judged hits are too few to say that it stays under {target}.",
    Recommendation.NO_HITS: "A semantic cache has nothing to gain: at {at}, behind its gates, it serves nothing that "
    "the layers before it do not.",
}


def recommendation(found: SemanticResult) -> str:
    """Say whether to build the semantic layer."""
    point = next(point for point in found.curve if point.threshold == found.threshold)
    safe = point.gated
    return _RECOMMENDED[found.recommendation].format(
        at=threshold(found.threshold),
        found=rate(safe),
        judged=count(safe.same + safe.different),
        target=share(found.target),
        advised=threshold(found.advised_threshold),
    )


def danger(found: SemanticResult) -> str:
    """Say what would happen without gates; empty where nothing would."""
    point = next(point for point in found.curve if point.threshold == found.threshold)
    bare = point.ungated
    if not bare.hits:
        return ""
    return f"Without any gate it would serve {plural(bare.hits, 'request')}: {verdicts(bare)}."


def loss(found: SemanticResult) -> str:
    """Say what wrong answers are likely to cost; empty without a price of one."""
    if found.expected_loss is None:
        return ""
    return f"Expected loss by wrong answers at {threshold(found.threshold)}: {money(found.expected_loss)}."


def reaching(result: Stack) -> str:
    """Say how many requests no response cache answers."""
    part = f" ({share(result.reach_model / result.requests)})" if result.requests else ""
    return f"Reach the model: {count(result.reach_model)} of {count(result.requests)}{part}."


def noise(found: SemanticResult) -> str:
    """Say how far the verdicts can be trusted."""
    floor = found.noise
    if not floor.hits:
        return ""
    judged = f"{plural(floor.hits, 'repeat')} of the same question behind all gates"
    return f"For comparison, the same verdicts on {judged}: {verdicts(floor)}: answers that change, or vary by chance."


def threshold(value: float | None) -> str:
    """Write a threshold with the digits that it has, at least two."""
    if value is None:
        return UNKNOWN
    text = f"{value:.4f}".rstrip("0")
    return text if len(text) >= len("0.00") else f"{value:.2f}"


def shape(found: Shape) -> str:
    """Say what a workload looks like, and what that advises."""
    return f"{found.workload or UNNAMED} ({found.kind}): {found.why}. Advice: {found.advice}."
