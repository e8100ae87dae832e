"""`cachelens whatif`: what other models, marks, lifetimes, prompts and amounts of traffic would cost."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from cachelens.cli import whatif_options as option
from cachelens.cli.inputs import (
    From,
    Map,
    Output,
    Pricing,
    SessionKey,
    Strict,
    TenantKey,
    WorkloadKey,
    read_options,
    total_bytes,
)
from cachelens.cli.output import check_output, show


class Format(enum.StrEnum):
    """Forms of the result."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


def whatif(
    inputs: option.Inputs = None,
    sessions_a_day: option.SessionsADay = None,
    turns: option.Turns = 1,
    gap: option.Gap = 60,
    users: option.Users = 1,
    part: option.Parts = None,
    output_tokens: option.OutputTokens = 0,
    tokens_of: option.TokensOf = "",
    model: option.Models = None,
    boundary: option.Boundaries = None,
    ttl: option.Ttls = None,
    prompt_tokens: option.PromptTokens = "",
    traffic: option.Amounts = "",
    at: option.At = "",
    sample: option.Sample = 20_000,
    source: From = "",
    field_map: Map = None,
    workload_key: WorkloadKey = "",
    session_key: SessionKey = "",
    tenant_key: TenantKey = "",
    pricing: Pricing = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    output: Output = None,
    strict: Strict = False,
    detail: Annotated[bool, typer.Option("--detail", help="List every rule and price.")] = False,
) -> None:
    """Price logs, or traffic described by a few numbers, on other models and under other conditions.

    Shows the cost by model, marks, TTL, prompt size and traffic, and where one way overtakes another: which TTL
    pays, what keeping an entry alive is worth, what price changes and a lower hit rate would do.

    Example: cachelens whatif --sessions-a-day 1000 --turns 4 --part system:10000:never --part question:200:turn
    --output-tokens 300 --model claude-opus-5
    """
    choices = option.choices(locals())
    described = option.described(locals())
    from cachelens.app import whatif as run
    from cachelens.cli.console import byte_progress
    from cachelens.config.compiling import CompileOptions

    logs = inputs or []
    check_output(output, [*logs, *(pricing or ())], forced_format=source)
    options = CompileOptions(read=read_options(field_map, workload_key, session_key, tenant_key), forced_format=source)
    with byte_progress("reading", total_bytes(logs) if logs else None) as advance:
        result = run(logs, choices, options, described=described, strict=strict, progress=advance)
    show(f"whatif-{form.value}", result, output, detail=detail)
