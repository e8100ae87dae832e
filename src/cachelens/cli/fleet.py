"""`cachelens fleet`: a log through N replicas, engines and routers."""

from __future__ import annotations

import enum
from functools import partial
from typing import Annotated

import typer

from cachelens.cli import fleet_options as option
from cachelens.cli import layers_options as in_front
from cachelens.cli.inputs import (
    From,
    Map,
    Output,
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


def fleet(
    logs: option.Traces,
    names: option.Listing = None,
    replicas: option.Replicas = "1,2,4,8",
    policy: option.Policies = None,
    engine: option.EngineName = "vllm",
    block_size: option.BlockSize = None,
    kv_blocks: option.KvBlocks = "",
    kv_tokens: option.KvTokens = "",
    curve: option.Curves = False,
    gpu: option.Gpu = "",
    llm: option.Llm = "",
    gpus_per_replica: option.GpusPerReplica = 1,
    timed: option.Timed = False,
    speed: option.SpeedUp = 1.0,
    latency: option.LatencyOption = "",
    prefill_budget: option.PrefillBudget = 8192,
    ttft_target: option.Target = "",
    gpu_price: option.GpuPrice = "",
    event: option.Events = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of what routers leave to chance.")] = 0,
    workload: option.Workloads = None,
    no_answer_cache: option.NoAnswerCache = False,
    layers: in_front.StackInFront = "",
    scope: in_front.ScopeName = "tenant",
    any_sampling: in_front.AnySampling = False,
    source: From = "",
    field_map: Map = None,
    workload_key: WorkloadKey = "",
    session_key: SessionKey = "",
    tenant_key: TenantKey = "",
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    output: Output = None,
    strict: Strict = False,
    detail: Annotated[bool, typer.Option("--detail", help="Show every fleet size in full.")] = False,
    top: Annotated[int, typer.Option(min=1, help="Rows to list of who evicts whom.")] = option.TOP,
) -> None:
    """Replay traffic through N replicas, engines and routers.

    Shows what the caches find, what routing, eviction and the traffic cost, and with --timed TTFT, load, GPU-hours.

    Examples:
      cachelens fleet trace.jsonl --replicas 2,4,8 --kv-blocks 2000
      cachelens fleet trace.jsonl --timed --gpu h100 --llm llama-3.1-8b
    """
    choices = option.choices(locals())
    stack = in_front.stack_in_front(locals())
    from cachelens import app
    from cachelens.cli.console import byte_progress
    from cachelens.config.compiling import CompileOptions

    check_output(output, logs, forced_format=source)
    options = CompileOptions(read=read_options(field_map, workload_key, session_key, tenant_key), forced_format=source)
    option.say_what_takes_long(is_timed=choices.timed)
    with byte_progress("reading", total_bytes(logs)) as advance:
        run = app.fleet_curve if curve else partial(app.fleet, stack=stack)
        result = run(logs, choices, options, strict=strict, progress=advance)
    result = option.with_what_is_vain(result, form.value, curve=curve, detail=detail, top=top)
    show(f"fleet-{'curve-' if curve else ''}{form.value}", result, output, detail=detail, top_workloads=top)
