"""The result that all reports are tested on: realistic, with everything that a report must survive."""

from __future__ import annotations

from decimal import Decimal

from cachelens.model.result import (
    MissCause,
    MissCount,
    ScenarioResult,
    SimulateResult,
    Status,
    Totals,
    WorkloadTotals,
)
from tests.reports.sample_basis import BASES, FACTS, INPUTS, NOTES, SKIPS, VALIDATION
from tests.reports.sample_times import OVER_TIME, PAUSES

HOSTILE_NAMES = (
    "[red]x[/red]",
    "a|b\\|c",
    '=cmd()|"!A1"',
    "\x1b[2J\x1b]0;owned\x07clear",
    "<script>alert(1)</script>",
    "`code` **bold** @everyone\nsecond line",
    "\u202egnp.exe",
)
"""Workload names as an attacker would choose them: markup, borders, formulas, terminal controls, HTML."""

MISSES = (
    MissCount(
        cause=MissCause.DIVERGED,
        requests=412,
        tokens=18_204_511,
        segments=((1, 380), (7, 22), (2, 10)),
        kinds=("system", "text", "tool-result"),
    ),
    MissCount(cause=MissCause.EXPIRED, requests=96, tokens=3_120_400),
    MissCount(cause=MissCause.COLD, requests=31, tokens=0),
    MissCount(cause=MissCause.LOOKBACK, requests=0, tokens=0),
)


def totals(**changes: object) -> Totals:
    """Build totals of a mid-sized log; give the fields that differ."""
    fields: dict[str, object] = {
        "requests": 1_240,
        "sessions": 88,
        "input_tokens": 61_482_330,
        "plain_tokens": 9_810_200,
        "read_tokens": 21_334_800,
        "write_tokens": {"5m": 30_337_330},
        "output_tokens": 1_204_118,
        "token_hit_rate": 0.347007,
        "request_hit_rate": 0.674193,
        "unread_write_share": 0.59,
        "cost": Decimal("1234.5618"),
        "cost_no_cache": Decimal("1410.02"),
        "cost_perfect": Decimal("402.9"),
        "storage_cost": Decimal(0),
        "delta": Decimal(0),
        "delta_share": 0.0,
        "cost_per_month": Decimal("5367.66"),
        "cost_per_session": Decimal("14.0291"),
        "misses": (),
    }
    return Totals(**{**fields, **changes})  # type: ignore[arg-type]


def workload(name: str, **changes: object) -> WorkloadTotals:
    """Build one workload."""
    return WorkloadTotals(workload=name, totals=totals(**changes))


def scenario(name: str, **changes: object) -> ScenarioResult:
    """Build a scenario whose other fields follow from its name where they do not matter."""
    fields: dict[str, object] = {
        "name": name,
        "layout": "as-recorded",
        "boundary": "as-recorded",
        "ttl": "as-recorded",
        "model": "as-recorded",
        "provider": "as-recorded",
        "status": Status.OK,
    }
    return ScenarioResult(**{**fields, **changes})  # type: ignore[arg-type]


def _recorded() -> ScenarioResult:
    small = {
        "requests": 3,
        "sessions": 1,
        "input_tokens": 912,
        "write_tokens": {},
        "read_tokens": 0,
        "plain_tokens": 912,
        "token_hit_rate": 0.0,
        "request_hit_rate": 0.0,
        "unread_write_share": None,
        "misses": (MissCount(cause=MissCause.TOO_SHORT, requests=3, tokens=912),),
    }
    hostile = tuple(
        workload(name, **{**small, "cost": Decimal("0.00456") - Decimal(index).scaleb(-5)})
        for index, name in enumerate(HOSTILE_NAMES)
    )
    return scenario(
        "as-recorded",
        total=totals(misses=MISSES, delta=None, delta_share=None),
        workloads=(
            workload(
                "support-bot",
                requests=900,
                sessions=70,
                input_tokens=48_000_000,
                token_hit_rate=0.21,
                cost=Decimal("1010.5"),
                cost_per_month=Decimal("4393.47"),
                misses=MISSES,
            ),
            workload(
                "nightly-batch",
                requests=331,
                sessions=16,
                input_tokens=13_478_000,
                token_hit_rate=0.655,
                cost=Decimal("224.0618"),
                misses=(MissCount(cause=MissCause.EXPIRED, requests=90, tokens=3_000_000),),
            ),
            workload(
                "no-usage-logged",
                requests=9,
                sessions=2,
                input_tokens=4_330,
                plain_tokens=None,
                read_tokens=None,
                write_tokens={},
                output_tokens=None,
                token_hit_rate=None,
                request_hit_rate=None,
                unread_write_share=None,
                cost=None,
                cost_no_cache=None,
                cost_perfect=None,
                delta=None,
                delta_share=None,
                cost_per_month=None,
                cost_per_session=None,
            ),
            *hostile,
        ),
    )


def _best() -> ScenarioResult:
    return _in_full("static-first/system-only/1h", boundary="system-only")


def _in_full(name: str, **changes: object) -> ScenarioResult:
    """Build a scenario with the figures of the best one."""
    return scenario(
        name,
        layout="static-first",
        ttl="1h",
        total=totals(
            plain_tokens=8_002_330,
            read_tokens=49_880_000,
            write_tokens={"1h": 3_600_000},
            token_hit_rate=0.81129,
            request_hit_rate=0.97661,
            unread_write_share=0.0412,
            cost=Decimal("611.4"),
            delta=Decimal("-623.1618"),
            delta_share=-0.504763,
            cost_per_month=Decimal("2658.26"),
            cost_per_session=Decimal("6.947727"),
        ),
        workloads=(
            workload(
                "support-bot",
                requests=900,
                token_hit_rate=0.84,
                cost=Decimal(480),
                delta=Decimal("-530.5"),
                delta_share=-0.524988,
                cost_per_month=Decimal("2086.96"),
            ),
            workload(
                "nightly-batch",
                requests=331,
                token_hit_rate=0.71,
                cost=Decimal("231.4"),
                delta=Decimal("7.3382"),
                delta_share=0.032751,
            ),
        ),
        **changes,
    )


def _others() -> tuple[ScenarioResult, ...]:
    return (
        _in_full("static-first/tools-and-system/1h", boundary="tools-and-system"),
        scenario(
            "system-only/google",
            boundary="system-only",
            provider="google",
            note="not offered, kept at the default: no TTL '1h'",
            total=totals(
                requests=126,
                sessions=12,
                token_hit_rate=0.7,
                cost=Decimal("44.1"),
                storage_cost=Decimal("3.25"),
                delta=None,
                delta_share=None,
                cost_per_month=Decimal("191.72"),
            ),
            workloads=(
                workload(
                    "nightly-batch",
                    requests=331,
                    token_hit_rate=0.72,
                    cost=Decimal("131.4"),
                    delta=Decimal("-92.6618"),
                    delta_share=-0.413555,
                    cost_per_month=None,
                ),
                workload("support-bot", requests=12, cost=Decimal(1), delta=Decimal(-1), delta_share=-0.5),
            ),
        ),
        scenario(
            "as-recorded/none",
            boundary="none",
            total=totals(
                plain_tokens=61_482_330,
                read_tokens=0,
                write_tokens={},
                token_hit_rate=0.0,
                request_hit_rate=0.0,
                unread_write_share=None,
                cost=Decimal("1410.02"),
                delta=Decimal("175.4582"),
                delta_share=0.142122,
                cost_per_month=Decimal("6130.52"),
            ),
        ),
        scenario(
            "extract-volatile/tools-and-system/1h/gemini-3-pro",
            layout="extract-volatile",
            boundary="tools-and-system",
            ttl="1h",
            model="gemini-3-pro",
            provider="google",
            status=Status.PREVIEW,
            note="cut-out text is not yet re-tokenized at the seam",
            total=totals(
                token_hit_rate=0.88,
                cost=Decimal("590.1"),
                storage_cost=Decimal("12.5"),
                delta=Decimal("-644.4618"),
                delta_share=-0.522017,
                cost_per_month=None,
            ),
        ),
        scenario(
            "as-recorded/deepseek-v4",
            model="deepseek-v4",
            provider="deepseek",
            ttl="default (unpublished)",
            status=Status.BOUND,
            note="lifetime of a unit is not published",
            total=totals(
                write_tokens={},
                token_hit_rate=0.9996,
                unread_write_share=None,
                cost=Decimal("88.02"),
                delta=Decimal("-1146.5418"),
                delta_share=-0.928703,
            ),
        ),
        scenario(
            "system-only/12h",
            boundary="system-only",
            ttl="12h",
            status=Status.IMPOSSIBLE,
            note="the provider sells no cache lifetime of 12 hours",
        ),
        scenario("unpriced-model", model="house-model", total=totals(cost=None, delta=None, delta_share=None)),
    )


def sample() -> SimulateResult:
    """Return the shared result."""
    return SimulateResult(
        version="0.1.0",
        inputs=INPUTS,
        skips=SKIPS,
        requests=1_240,
        sessions=88,
        workloads=10,
        first_us=1_763_337_600_000_000,  # 2025-11-17T00:00:00Z
        last_us=1_763_933_820_500_000,
        days=6.9007,
        bases=BASES,
        scenarios=(*_others(), _best(), _recorded()),
        validation=VALIDATION,
        facts=FACTS,
        notes=NOTES,
        over_time=OVER_TIME,
        pauses=PAUSES,
    )
