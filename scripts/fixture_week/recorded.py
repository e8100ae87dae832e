"""What the providers recorded: the slow models' answer, and now and then something else.

Each deviation is one that users report; `fixtures/logs/week.README.md` lists them.
"""

from __future__ import annotations

from collections.abc import Sequence

from scripts.fixture_week import handbook, operations, reports, support, triage
from scripts.fixture_week.calls import Call
from scripts.fixture_week.dice import Dice
from tests.oracles.provider_caches import (
    OUse,
    automatic_boundary,
    explicit_breakpoints,
    prefix_grid,
)

Recorded = list[tuple[Call, OUse]]
ANTHROPIC_TTLS = {"5m": 300, "1h": 3600}


def week() -> Recorded:
    """Return all calls with their recorded use, by start."""
    pairs = [*marks_support(), *marks_operations(), *grid_handbook(), *boundary_triage(), *implicit_reports()]
    return sorted((p for p in pairs if p[0].logged), key=lambda p: p[0].at_us)


def paired(calls: Sequence[Call], uses: Sequence[OUse]) -> Recorded:
    """Put calls and uses together."""
    return list(zip(calls, uses, strict=True))


def marks_support() -> Recorded:
    """Sonnet 5: marks from 1,024 tokens on."""
    calls = list(support.calls())
    uses = explicit_breakpoints([c.prompt for c in calls], ttls=ANTHROPIC_TTLS, min_tokens=1_024)
    return paired(calls, uses)


def marks_operations() -> Recorded:
    """Opus 5: marks from 512 tokens on."""
    calls = list(operations.calls())
    uses = explicit_breakpoints([c.prompt for c in calls], ttls=ANTHROPIC_TTLS, min_tokens=512)
    return paired(calls, uses)


def grid_handbook() -> Recorded:
    """GPT-5.2: steps of 128 from 1,024 on; one retry in three goes to another machine."""
    calls = list(handbook.calls())
    uses = prefix_grid([c.prompt for c in calls], grid=128, first_step=1_024, min_tokens=1_024, ttl_s=1_800)
    dice = Dice("routing, gpt-5.2")
    return paired(calls, [missed(u) if u.read and dice.chance(1 / 3) else u for u in uses])


def boundary_triage() -> Recorded:
    """GPT-6 Luna: exact boundaries from 1,024 tokens on; one read in twelve went to another machine."""
    calls = list(triage.calls())
    prompts = [c.prompt for c in calls]
    uses = automatic_boundary(prompts, ttls={"30m": 1_800}, default_ttl="30m", min_tokens=1_024)
    dice = Dice("routing of gpt-6-luna")
    return paired(calls, [written_again(u) if u.read and dice.chance(1 / 12) else u for u in uses])


def implicit_reports() -> Recorded:
    """Gemini 2.5 Flash: half of the possible reads happen, and stop some tokens short of the shared prefix."""
    calls = list(reports.calls())
    uses = prefix_grid([c.prompt for c in calls], grid=1_024, first_step=2_048, min_tokens=2_048, ttl_s=1_200)
    dice = Dice("implicit hits of gemini")
    found = []
    for use in uses:
        total = round(use.total * reports.RATIO)
        read = round(use.read * reports.RATIO) - dice.between(3, 90) if use.read and dice.chance(0.5) else 0
        found.append(OUse(plain=total - read, read=read))
    return paired(calls, found)


def missed(use: OUse) -> OUse:
    """Return the use of a request that reached a machine without its prefix."""
    return OUse(plain=use.plain + use.read, read=0, writes=use.writes)


def written_again(use: OUse) -> OUse:
    """Return the use of a request that reached another machine and wrote everything there."""
    return OUse(plain=use.plain, read=0, writes={"30m": use.read + sum(use.writes.values())})
