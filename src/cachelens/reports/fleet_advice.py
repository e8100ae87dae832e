"""What a fleet's figures say, in sentences with the figures behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.fleet import FleetResult, FleetRun
from cachelens.reports import fleet_words as words
from cachelens.reports.figures import count, plural, share, tokens
from cachelens.reports.fleet_pick import AFFINITY, BASELINE, best, busiest, is_saturated

_RULE_TOKENS = 500
"""Shared tokens up to which session affinity is said to be enough."""


def advice(result: FleetResult) -> Iterator[str]:
    """Say which policy to take on the largest fleet, and why."""
    largest = [run for run in result.runs if run.replicas == result.runs[-1].replicas]
    largest = [run for run in largest if run.kv_blocks == result.runs[-1].kv_blocks]
    chosen = best(largest, result)
    if chosen is None:
        yield _why_none(largest, result)
        return
    others = {run.policy: run for run in largest}
    if not result.single_token_hit_rate and not result.timed:
        yield "Where nothing is found, policies differ by load alone: compare them with --timed."
        return
    yield from _choice(chosen, others.get(BASELINE), _as_good(chosen, largest, result))
    yield from _losses(chosen)
    if chosen.policy != AFFINITY and AFFINITY in others:
        yield _against(chosen, others[AFFINITY], "Session affinity alone")
    yield from _smaller(chosen, result)
    yield from _targets(result)


def _why_none(runs: Sequence[FleetRun], result: FleetResult) -> str:
    """Say why no policy can be advised."""
    if not any(run.served for run in runs):
        return "No request was served: each needs more blocks than a replica has, or found no replica up."
    if all(run.policy in result.ceilings for run in runs):
        return "Only a yardstick was replayed, which is no router: name a policy with --policy."
    return f"No policy keeps up with {words.fleet(runs[0])}: add replicas, or slow the arrivals with --speed."


def _as_good(chosen: FleetRun, runs: Sequence[FleetRun], result: FleetResult) -> int:
    """Count the other routers that do what the advised one is advised for just as well."""
    rivals = [run for run in runs if run is not chosen and run.served and run.policy not in result.ceilings]
    if chosen.timing is not None:
        return sum(not is_saturated(run) and _p95(run) == _p95(chosen) for run in rivals)
    return sum(busiest(run) == busiest(chosen) for run in rivals)


def _choice(chosen: FleetRun, plain: FleetRun | None, as_good: int) -> Iterator[str]:
    rate = f"{share(chosen.token_hit_rate)} of the input tokens"
    also = f" {as_good} {'other is' if as_good == 1 else 'others are'} as good at that." if as_good else ""
    if chosen.timing is not None and chosen.timing.ttft is not None:
        shortest = f"{chosen.policy} has the shortest TTFT P95, {_p95(chosen)}"
        yield f"{words.fleet(chosen)}: {shortest}, and finds {rate}.{also}"
    else:
        most = tokens(busiest(chosen))
        yield (
            f"{words.fleet(chosen)}: {chosen.policy} leaves the busiest replica the least to compute, {most} tokens, "
            f"and finds {rate}.{also}"
        )
    if plain is not None and plain is not chosen:
        yield _against(chosen, plain, "Round robin")
    if chosen.replicas > 1 and chosen.uncached_imbalance is not None:
        yield f"Its busiest replica computes {words.times(chosen.uncached_imbalance)} times the mean."


def _against(chosen: FleetRun, other: FleetRun, name: str) -> str:
    """Set a policy against another."""
    left, kept = (run.input_tokens - run.hit_tokens for run in (other, chosen))
    text = f"{name} finds {share(other.token_hit_rate)}"
    if other.timing is not None and other.timing.ttft is not None:
        text += f" (TTFT P95 {_p95(other)})"
    if left and left != kept:
        more = "fewer" if kept < left else "more"
        text += f": {chosen.policy} leaves {share(abs(left - kept) / left)} {more} tokens to compute"
    return text + "."


def _p95(run: FleetRun) -> str:
    times = None if run.timing is None else run.timing.ttft
    return words.time(None if times is None else times.p95)


def _losses(chosen: FleetRun) -> Iterator[str]:
    parts = chosen.losses
    if parts is None:
        return
    causes = [
        f"{share(parts.workload_share)} no earlier request had",
        f"{share(parts.routing_share)} lies on another replica",
        f"{share(parts.eviction_share)} was evicted",
    ]
    if chosen.timing is not None:
        causes.append(f"{share(parts.computing_share)} another request was still computing")
    text = f"What {chosen.policy} misses, in shares of the input: {', '.join(causes)}"
    if parts.computing > max(parts.routing, parts.eviction):
        yield f"{text}: that is gone only where a request waits for the one before; neither larger caches nor routing."
    elif parts.eviction > max(parts.routing, 0):
        yield f"{text}: larger caches would help before better routing."
    elif parts.routing > 0:
        yield f"{text}: better routing would help before larger caches."
    else:
        yield f"{text}: neither larger caches nor better routing would help."


def _smaller(chosen: FleetRun, result: FleetResult) -> Iterator[str]:
    """Say what the same policy has on the fleet of half the size, or the next smaller one."""
    same = [run for run in result.runs if run.policy == chosen.policy and run.kv_blocks == chosen.kv_blocks]
    smaller = [run for run in same if run.replicas < chosen.replicas]
    if smaller:
        before = smaller[-1]
        was, now = share(before.token_hit_rate), share(chosen.token_hit_rate)
        goes = f"stays at {now}" if was == now else f"goes from {was} to {now}"
        yield f"From {before.replicas} to {plural(chosen.replicas, 'replica')} {chosen.policy} {goes}."


def _targets(result: FleetResult) -> Iterator[str]:
    rows = {row.policy: row for row in result.targets if row.replicas is not None and row.policy not in result.ceilings}
    if not rows:
        return
    least = min(rows.values(), key=lambda row: row.replicas or 0)
    plain = rows.get(BASELINE)
    text = f"A {words.target(result)} takes {plural(least.gpus or 0, 'GPU')} with {least.policy}"
    if plain is not None and plain is not least and plain.gpus and least.gpus:
        text += f", {plain.gpus} with round robin: {plain.gpus - least.gpus} fewer"
    yield text + "."


def rules_of_thumb(result: FleetResult) -> Iterator[str]:
    """Hold the rules that people quote against this log; none says anything where nothing is shared."""
    if not result.single_token_hit_rate:
        return
    yield from _one_nth(result)
    check = result.checks.session
    if check is not None:
        rule = "enough" if check.shared_tokens < _RULE_TOKENS else "not enough"
        lost = check.single_token_hit_rate - check.token_hit_rate
        yield (
            f'"Session affinity is enough under {_RULE_TOKENS} tokens of shared prefix": a request has '
            f"{check.shared_tokens:,.0f} tokens in common with other sessions only, so the rule says {rule}. A cache "
            f"without limit for each of {plural(check.sessions, 'session')} has {share(check.token_hit_rate)}, one for "
            f"all {share(check.single_token_hit_rate)}: affinity costs {words.points(lost)}."
        )
    found = [row for row in result.checks.prefixes if row.requests]
    if found:
        parts = [
            f"{words.time(row.recompute_us)} is {plural(row.tokens, 'token')}: {share(row.request_share)} of the "
            f"requests hit so much, with {share(row.hit_share)} of all tokens hit"
            for row in found
        ]
        yield f'"Share a prefix when recomputing it takes 100 to 300 ms": {"; ".join(parts)}.'
    elif result.checks.prefixes:
        longest = count(result.checks.prefixes[0].tokens)
        rule = '"Share a prefix when recomputing it takes 100 to 300 ms"'
        yield f"{rule}: no request hits the {longest} tokens that take 100 ms."


def _one_nth(result: FleetResult) -> Iterator[str]:
    rows = [row for row in result.checks.round_robin if row.replicas > 1 and row.one_nth > 0]
    if not rows:
        return
    parts = [f"{share(row.token_hit_rate)} at {row.replicas} (1/N: {share(row.one_nth)})" for row in rows]
    ratio = rows[-1].token_hit_rate / rows[-1].one_nth
    yield (
        f'"Round robin gives 1/N": on caches without limit it finds {", ".join(parts)}: '
        f"{words.times(ratio)} times the rule's figure at {plural(rows[-1].replicas, 'replica')}."
    )
