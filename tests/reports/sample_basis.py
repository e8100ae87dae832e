"""What the shared result says beside its scenarios: inputs, token bases, validation, facts."""

from __future__ import annotations

from decimal import Decimal

from cachelens.model.result import Evidence, FactRef, InputSummary, Note, SkipCount, TokenBasis, ValidationRow

INPUTS = (
    InputSummary(path="logs/week-47.jsonl", format="anthropic", lines=1_260, requests=1_231, duplicates=4),
    InputSummary(path="logs/\x1b[31mred.jsonl", format="openai", lines=12, requests=9),
)

SKIPS = (
    SkipCount(path="logs/week-47.jsonl", reason="not valid JSON", lines=3, first_line=17),
    SkipCount(
        path="logs/week-47.jsonl",
        reason="no model named",
        lines=2,
        first_line=230,
        detail="map it with --map model=PATH",
    ),
    SkipCount(path="logs/week-47.jsonl", reason="failed call", lines=24, first_line=40, benign=True),
)

BASES = (
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
)

VALIDATION = (
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
)

FACTS = (
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
)

NOTES = (Note(code="tools-missing", text="The log holds no tool definitions; their tokens count as system."),)
