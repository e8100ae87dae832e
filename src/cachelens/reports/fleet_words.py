"""How a fleet's figures and settings are put into words; shared by text and Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.fleet import EVERY, NEW, Change, FleetResult, FleetRun
from cachelens.reports.figures import UNKNOWN, plural, share, tokens
from cachelens.reports.phrases import listed

NO_LIMIT = "no limit"
SATURATED_SIGN = "!"
BEST_SIGN = "*"
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_TEN = 10
_HUNDRED = 100


def time(us: int | None) -> str:
    """Write a time to three digits or whole seconds: `0 ms`, `850 ms`, `2.55 s`, `14.5 s`, `2,430 s`."""
    if us is None:
        return UNKNOWN
    if us < 999_500:  # noqa: PLR2004  what would read as 1,000 ms
        return f"{us / 1000:.0f} ms"
    seconds = us / _SECOND
    return f"{seconds:.2f} s" if seconds < _TEN else f"{seconds:.1f} s" if seconds < _HUNDRED else f"{seconds:,.0f} s"


def span(us: int) -> str:
    """Write a longer time: `59.1 minutes`, `6.5 days`."""
    for unit, name in ((24 * _HOUR, "days"), (_HOUR, "hours"), (_MINUTE, "minutes")):
        if us >= 2 * unit:
            return f"{us / unit:.1f} {name}"
    return f"{us / _SECOND:.1f} seconds"


def times(value: float | None) -> str:
    """Write a ratio as a number: `1.04`."""
    return UNKNOWN if value is None else f"{value:,.2f}"


def points(difference: float) -> str:
    """Write a difference of two shares in percentage points."""
    return f"{difference * 100:.1f} points"


def fleet(run: FleetRun) -> str:
    """Name a fleet: `4 replicas, 2,000 blocks each`."""
    return f"{plural(run.replicas, 'replica')}, {cache(run.kv_blocks)}"


def cache(kv_blocks: int | None) -> str:
    """Name a cache."""
    return "caches without limit" if kv_blocks is None else f"{plural(kv_blocks, 'block')} each"


def summary(result: FleetResult) -> list[str]:
    """Say what was read."""
    parts = [
        plural(result.requests, "request"),
        f"{tokens(result.input_tokens)} input tokens",
        f"{tokens(result.output_tokens)} output tokens",
    ]
    if result.sessions:
        parts.append(plural(result.sessions, "session"))
    parts += [plural(result.workloads, "workload"), span(result.span_us)]
    skipped = sum(skip.lines for skip in result.skips if not skip.benign)
    return [*parts, f"{plural(skipped, 'line')} skipped"] if skipped else parts


def setting(result: FleetResult) -> str:
    """Say what was simulated."""
    sizes = {run.kv_blocks: None for run in result.runs}
    caches = " or ".join(
        NO_LIMIT if blocks is None else f"{plural(blocks, 'block')} ({tokens(blocks * result.block_size)} tokens)"
        for blocks in sizes
    )
    mode = "with queues and time" if result.timed else "hit rates only: no queues, no time (--timed for those)"
    speed = "" if result.speed == 1 else f", arrivals at {result.speed:g} times their pace"
    return f"{result.engine}, blocks of {result.block_size:,} tokens, cache of a replica: {caches}; {mode}{speed}"


def ceiling(result: FleetResult) -> str:
    """Say what no fleet can beat."""
    if not result.single_token_hit_rate:
        return "No request begins as an earlier one did, as far as the log tells: no cache finds anything."
    rate = share(result.single_token_hit_rate)
    whose = "no fleet that serves them all" if any(run.rejected for run in result.runs) else "no fleet"
    return f"One cache without limit for all replicas would have {rate} of the input tokens; {whose} can have more."


def target(result: FleetResult) -> str:
    """Name the target: `TTFT P95 of 2.00 s`."""
    return f"TTFT P{result.ttft_percentile} of {time(result.ttft_target_us)}"


def change(event: Change) -> str:
    """Say what happens to a replica."""
    which = {EVERY: "every replica in turn", NEW: "a new replica"}.get(event.replica, f"replica {event.replica}")
    verb = {"fail": "fails", "add": "comes up", "restart": "restarts"}[event.kind]
    down = f", each down for {span(event.down_us)}" if event.down_us and event.replica < 0 else ""
    down = f", down for {span(event.down_us)}" if event.down_us and event.replica >= 0 else down
    cold = "" if event.kind == "fail" else ", with an empty cache"
    return f"{which} {verb} at {event.at_us / _SECOND:,.0f} s{down}{cold}"


def warnings(result: FleetResult) -> Iterator[str]:
    """Say what has to be known before any other figure."""
    saturated = [run for run in result.runs if run.timing is not None and run.timing.is_saturated]
    if saturated:
        worst = max((run.timing.offered_load or 0.0) for run in saturated if run.timing is not None)
        load = f"{times(worst)} times what the busiest replica can do"
        what = f"the offered load is {load}"
        if len(result.runs) > 1:
            runs = f"in {len(saturated)} of {len(result.runs)} runs"
            what = f"{runs} the offered load is above capacity, up to {load} ({_which(saturated)})"
        yield (
            f"Saturated: {what}. A TTFT marked {SATURATED_SIGN} says how long the log is, not how fast the fleet is."
        )
    elif result.timed and result.span_us == 0:
        yield "All requests arrive at once: a TTFT says how many they are, not how fast the fleet is."
    rejected = [run for run in result.runs if run.rejected]
    if rejected:
        least, most = (pick(run.rejected for run in rejected) for pick in (min, max))
        number = plural(most, "request") if least == most else f"{least:,} to {most:,} requests"
        where = "" if len(rejected) == len(result.runs) else f" in {len(rejected)} of {len(result.runs)} runs"
        why = f"need{'s' if most == 1 else ''} more blocks than a replica has" + (
            " or found it down" if result.changes else ""
        )
        yield f"Rejected: {number}{where}, which {why}. Rates and times leave them out."
    for sentence in result.ignored:
        yield f"Note: {sentence}."
    for event in result.changes:
        yield f"Event: {change(event)}."


def _which(runs: Sequence[FleetRun]) -> str:
    """List policies by fleet size."""
    by_size: dict[str, list[str]] = {}
    for run in runs:
        names = by_size.setdefault(plural(run.replicas, "replica"), [])
        if run.policy not in names:
            names.append(run.policy)
    return "; ".join(f"{size}: {listed(names, every=False)}" for size, names in by_size.items())


def notes(result: FleetResult) -> Iterator[str]:
    """Say how the figures came about."""
    yield f"engine rules: {result.engine_source}"
    if result.timed:
        t0, a, b, c0, c1, c2, _ = result.latency
        yield (
            f"prefill of n tokens behind p: {t0:g} + {a:g} n + {b:g} n (p + n/2) microseconds; a decode step: "
            f"{c0:g} + {c1:g} requests + {c2:g} tokens held ({result.latency_source}); "
            f"{result.prefill_budget:,} prompt tokens a step"
        )
    for name in result.ceilings:
        if any(run.policy == name for run in result.runs):
            yield f"{name} knows what no router can: a yardstick, never advised"
    yield from result.notes
    parts = "hit + routing + computing + eviction + workload" if result.timed else "hit + routing + eviction + workload"
    yield f"shares are of the input tokens of served requests: {parts} = 100%"
