"""The result that all reports are tested on: realistic, with everything that a report must survive."""

from __future__ import annotations

from decimal import Decimal

from cachelens.model.result import (
    Evidence,
    FactRef,
    InputSummary,
    MissCause,
    MissCount,
    Note,
    ScenarioResult,
    SimulateResult,
    SkipCount,
    Status,
    TokenBasis,
    Totals,
    ValidationRow,
    WorkloadTotals,
)

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
    MissCount(cause=MissCause.DIVERGED, requests=412, tokens=18_204_511, segments=((1, 380), (7, 22), (2, 10))),
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
        total=totals(misses=MISSES),
        workloads=(
            workload(
                "support-bot",
                requests=900,
                sessions=70,
                input_tokens=48_000_000,
                token_hit_rate=0.21,
                cost=Decimal("1010.5"),
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
    return scenario(
        "static-first/system-only/1h",
        layout="static-first",
        boundary="system-only",
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
            workload("support-bot", token_hit_rate=0.84, cost=Decimal(480)),
            workload("nightly-batch", token_hit_rate=0.71, cost=Decimal("131.4")),
        ),
    )


def _others() -> tuple[ScenarioResult, ...]:
    return (
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
        inputs=(
            InputSummary(path="logs/week-47.jsonl", format="anthropic", lines=1_260, requests=1_231, duplicates=4),
            InputSummary(path="logs/\x1b[31mred.jsonl", format="openai", lines=12, requests=9),
        ),
        skips=(
            SkipCount(path="logs/week-47.jsonl", reason="not valid JSON", lines=3, first_line=17),
            SkipCount(
                path="logs/week-47.jsonl",
                reason="no model named",
                lines=2,
                first_line=230,
                detail="map it with --map model=PATH",
            ),
            SkipCount(path="logs/week-47.jsonl", reason="failed call", lines=24, first_line=40, benign=True),
        ),
        requests=1_240,
        sessions=88,
        workloads=10,
        first_us=1_763_337_600_000_000,  # 2025-11-17T00:00:00Z
        last_us=1_763_933_820_500_000,
        days=6.9007,
        bases=(
            TokenBasis(
                model="claude-opus-5",
                evidence=Evidence.FITTED,
                tokenizer="o200k_base",
                ratio=1.2134,
                recorded_requests=1_100,
                median_error=0.021,
            ),
            TokenBasis(
                model="gpt-5.6",
                evidence=Evidence.EXACT,
                tokenizer="o200k_base",
                ratio=1.0,
                recorded_requests=9,
            ),
            TokenBasis(
                model="deepseek-v4",
                evidence=Evidence.ESTIMATED,
                tokenizer="o200k_base",
                ratio=1.05,
                recorded_requests=0,
            ),
            TokenBasis(
                model="kimi-k3",
                evidence=Evidence.RECORDED,
                tokenizer="o200k_base",
                ratio=1.0,
                recorded_requests=1,
            ),
        ),
        scenarios=(*_others(), _best(), _recorded()),
        validation=(
            ValidationRow(
                group="all",
                requests=1_100,
                predicted_read=21_004_000,
                recorded_read=21_334_800,
                predicted_write=30_500_000,
                recorded_write=30_337_330,
                predicted_cost=Decimal("1231.07"),
                recorded_cost=Decimal("1234.5618"),
                read_error=-0.015505,
                write_error=0.005362,
                cost_error=-0.002828,
                mean_abs_read_error=0.0433,
                outside_requests=12,
                outside_tokens=402_118,
            ),
            ValidationRow(
                group="gpt-5.6",
                requests=9,
                predicted_read=1_024,
                recorded_read=1_024,
                predicted_write=None,
                recorded_write=None,
                predicted_cost=Decimal("0.0113"),
                recorded_cost=Decimal("0.0113"),
                read_error=0.0,
                write_error=None,
                cost_error=0.0,
                mean_abs_read_error=0.0,
            ),
        ),
        facts=(
            FactRef(
                kind="rule",
                id="anthropic/explicit",
                start="2024-08-14",
                checked="2026-11-20",
                source="https://docs.example.com/caching",
                confidence="high",
            ),
            FactRef(
                kind="price",
                id="anthropic/claude-opus-5",
                start="2026-02-05",
                checked="2026-11-22",
                source="https://docs.example.com/prices",
                confidence="high",
            ),
            FactRef(
                kind="rule",
                id="deepseek/units",
                start="",
                checked="2026-10-02",
                source="https://docs.example.org/kv",
                confidence="low",
                note="unit length inferred from two measurements",
            ),
        ),
        notes=(Note(code="tools-missing", text="The log holds no tool definitions; their tokens count as system."),),
    )
