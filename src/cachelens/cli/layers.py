"""`cachelens layers`: what exact and semantic response caches would serve, save, and get wrong."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from cachelens.cli import layers_options as option
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
    MARKDOWN = "markdown"


def layers(
    logs: option.AnsweredLogs,
    layers: option.Layers = "exact,semantic,prompt",
    scope: option.ScopeName = "tenant",
    ttl: option.ExactTtl = "1h",
    capacity: option.Capacity = None,
    any_sampling: option.AnySampling = False,
    normalise: option.Normalise = None,
    as_sent: option.Keep = None,
    threshold: option.Threshold = 0.95,
    embedder: option.Embedder = "auto",
    vectors: option.Vectors = "",
    question: option.Question = "",
    field: option.Field = None,
    gate: option.GateOn = None,
    no_gate: option.GateOff = None,
    labels: option.Labels = None,
    max_false_hits: option.MostFalse = 0.01,
    wrong_answer: option.WrongPrice = "",
    source: From = "",
    field_map: Map = None,
    workload_key: WorkloadKey = "",
    session_key: SessionKey = "",
    tenant_key: TenantKey = "",
    pricing: Pricing = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    output: Output = None,
    strict: Strict = False,
    detail: Annotated[bool, typer.Option("--detail", help="List every gate, workload, example and note.")] = False,
    show_values: option.ShowValues = False,
    top: Annotated[int, typer.Option(min=1, help="Workloads to list in text.")] = 5,
) -> None:
    """Replay response caches in front of the prompt cache.

    Shows what an exact and a semantic cache would serve and save, each alone and behind the other, how many of
    their answers would have been wrong, with and without gates, and what they leave to the prompt cache.

    Examples:
      cachelens layers week.jsonl --tenant-key metadata.org
      cachelens layers week.jsonl --field locale=metadata.lang
    """
    choices = option.stack_choices(locals())
    from cachelens.app import layers as run
    from cachelens.cli.console import byte_progress
    from cachelens.config.compiling import CompileOptions

    check_output(output, [*logs, *(pricing or ()), *([labels] if labels else [])], forced_format=source)
    options = CompileOptions(read=read_options(field_map, workload_key, session_key, tenant_key), forced_format=source)
    with byte_progress("reading", total_bytes(logs)) as advance:
        result = run(logs, choices, options, strict=strict, progress=advance)
    show(f"layers-{form.value}", result, output, detail=detail, top_workloads=top, show_values=show_values)
