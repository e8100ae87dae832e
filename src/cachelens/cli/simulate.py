"""`cachelens simulate`: recorded logs in, hit rates and cost deltas out."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from cachelens.cli import completing
from cachelens.cli import layers_options as in_front
from cachelens.cli.inputs import (
    From,
    Logs,
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


Boundaries = Annotated[
    list[str] | None,
    typer.Option(
        "--boundary",
        metavar="NAME",
        autocompletion=completing.boundaries,
        help="Where marks stand: none, as-recorded, full-context, system-only, tools-and-system, "
        "exclude-tool-results, optimal, bound. Repeatable; default: all but the last two.",
    ),
]
Layouts = Annotated[
    list[str] | None,
    typer.Option(
        "--layout",
        metavar="NAME|FILE",
        autocompletion=completing.layouts,
        help="Another order of the content too: static-first, extract-volatile, sorted-tools, or a layout file. "
        "Repeatable.",
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        autocompletion=completing.models,
        help="Replay all traffic as this model too. Repeatable.",
    ),
]
Providers = Annotated[
    list[str] | None,
    typer.Option(
        "--provider",
        metavar="ID",
        autocompletion=completing.providers,
        help="Replay all traffic at this provider too. Repeatable.",
    ),
]
Optimize = Annotated[
    bool, typer.Option("--optimize", help="Try all layouts, search the cheapest marks for each, and print a plan.")
]


def simulate(
    logs: Logs,
    boundary: Boundaries = None,
    layout: Layouts = None,
    optimize: Optimize = False,
    ttl: Annotated[
        list[str] | None, typer.Option(metavar="TTL", help="Lifetime of entries: 5m, 1h, 30m, 12h, 24h. Repeatable.")
    ] = None,
    model: Models = None,
    provider: Providers = None,
    layers: in_front.StackInFront = "",
    scope: in_front.ScopeName = "tenant",
    layer_ttl: in_front.LayerTtl = "1h",
    any_sampling: in_front.AnySampling = False,
    threshold: in_front.Threshold = 0.95,
    field: in_front.Field = None,
    no_gate: in_front.GateOff = None,
    source: From = "",
    field_map: Map = None,
    workload_key: WorkloadKey = "",
    session_key: SessionKey = "",
    tenant_key: TenantKey = "",
    pricing: Pricing = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    output: Output = None,
    strict: Strict = False,
    detail: Annotated[bool, typer.Option("--detail", help="List every rule, price and skipped line.")] = False,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="Workloads to list in text and Markdown.")] = 5,
) -> None:
    """Replay recorded traffic against provider cache rules and dated prices.

    Shows what the cache did, how close the replay comes to the usage that was billed, and what other cache
    boundaries, TTLs, models and providers would have cost.

    Examples:
      cachelens simulate week.jsonl --optimize
      cachelens simulate logs/ --boundary system-only --ttl 5m --ttl 1h
    """
    stack = in_front.stack_in_front(locals())
    from cachelens.app import simulate as run
    from cachelens.cli.console import byte_progress
    from cachelens.config.compiling import CompileOptions
    from cachelens.model.scenario import Choices

    check_output(output, [*logs, *(pricing or ())], forced_format=source)
    options = CompileOptions(read=read_options(field_map, workload_key, session_key, tenant_key), forced_format=source)
    choices = Choices(
        layouts=tuple(layout or ()),
        boundaries=tuple(boundary or ()),
        optimize=optimize,
        ttls=tuple(ttl or ()),
        models=tuple(model or ()),
        providers=tuple(provider or ()),
        pricing=tuple(pricing or ()),
    )
    with byte_progress("reading", total_bytes(logs)) as advance:
        result = run(logs, choices, options, stack=stack, strict=strict, progress=advance)
    show(f"simulate-{form.value}", result, output, detail=detail, top_workloads=top)
