"""`cachelens metrics`: what to watch of a cache, from recorded usage alone."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

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
from cachelens.model.metrics import Verdict


class Format(enum.StrEnum):
    """Forms of the result."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    PROMETHEUS = "prometheus"
    OTLP = "otlp"


class FailOn(enum.StrEnum):
    """What `--fail-on` takes."""

    TARGET = "target"
    RED_LINE = "red-line"
    NEVER = "never"


_FAILING = {
    FailOn.TARGET: (Verdict.BELOW_TARGET, Verdict.BELOW_RED_LINE),
    FailOn.RED_LINE: (Verdict.BELOW_RED_LINE,),
    FailOn.NEVER: (),
}
"""Verdicts that make an exit code."""


Logs = Annotated[list[str], typer.Argument(metavar="LOGS...", help="Files, folders, globs, or - for standard input.")]


def metrics(
    logs: Logs,
    target: Annotated[float, typer.Option(min=0, max=100, help="Token hit rate to reach, in percent.")] = 70,
    red_line: Annotated[float, typer.Option(min=0, max=100, help="Below it a workload is broken.")] = 40,
    fewest: Annotated[int, typer.Option(min=1, help="Requests that a workload needs to be judged.")] = 10,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 6 below the target, 7 below the red line.")
    ] = FailOn.NEVER,
    source: From = "",
    field_map: Map = None,
    workload_key: WorkloadKey = "",
    session_key: SessionKey = "",
    tenant_key: TenantKey = "",
    pricing: Pricing = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    output: Output = None,
    strict: Strict = False,
    detail: Annotated[bool, typer.Option("--detail", help="List the prices that were used.")] = False,
    top: Annotated[int, typer.Option(min=1, help="Rows to list of each table in text.")] = 5,
) -> None:
    """Watch a cache: hit rates, cost and time to first token from recorded usage alone.

    Nothing is replayed and no prompt is looked at; memory does not grow with the log. Names when a hit rate
    changed its level, and holds every workload to two thresholds.

    Example: cachelens metrics week.jsonl --fail-on red-line
    """
    from cachelens.app import metrics as run
    from cachelens.cli.console import byte_progress
    from cachelens.config.compiling import CompileOptions
    from cachelens.model.metrics import MetricsChoices, Thresholds

    check_output(output, [*logs, *(pricing or ())], forced_format=source)
    options = CompileOptions(read=read_options(field_map, workload_key, session_key, tenant_key), forced_format=source)
    limits = Thresholds(target=target / 100, red_line=red_line / 100, fewest=fewest)
    choices = MetricsChoices(thresholds=limits, pricing=tuple(pricing or ()))
    with byte_progress("reading", total_bytes(logs)) as advance:
        result = run(logs, choices, options, strict=strict, progress=advance)
    show(f"metrics-{form.value}", result, output, detail=detail, top_workloads=top)
    if result.verdict in _FAILING[fail_on]:
        from cachelens.cli.exit_codes import ExitCode

        raise typer.Exit(ExitCode.RED_LINE if result.verdict is Verdict.BELOW_RED_LINE else ExitCode.TARGET)
