"""`cachelens explain-miss`: why one request read from cache what it read."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

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
    MARKDOWN = "markdown"


ShowValues = Annotated[bool, typer.Option("--show-values", help="Show what differs. It is prompt text.")]


def explain_miss(
    logs: Logs,
    request: Annotated[
        str,
        typer.Argument(metavar="REQUEST", help="Its id, FILE:LINE, or '#N' for the N-th in order of arrival."),
    ],
    source: From = "",
    field_map: Map = None,
    workload_key: WorkloadKey = "",
    session_key: SessionKey = "",
    tenant_key: TenantKey = "",
    pricing: Pricing = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    output: Output = None,
    strict: Strict = False,
    show_values: ShowValues = False,
) -> None:
    """Explain why one request missed the cache.

    Compares it with its nearest predecessor: what it read, what it could have read, the first segment and token that
    differ, the cause, what it cost, whose it is to fix, and the next step. Prompt text is shown on request only.

    Examples:
      cachelens explain-miss week.jsonl msg_01ABC
      cachelens explain-miss week.jsonl week.jsonl:304
    """
    from cachelens.app import explain_miss as run
    from cachelens.cli.console import byte_progress
    from cachelens.config.compiling import CompileOptions

    check_output(output, [*logs, *(pricing or ())], forced_format=source)
    reading = read_options(field_map, workload_key, session_key, tenant_key)
    options = CompileOptions(read=reading, forced_format=source)
    with byte_progress("reading", total_bytes(logs)) as advance:
        result = run(logs, request, options, pricing=tuple(pricing or ()), strict=strict, progress=advance)
    show(f"explain-{form.value}", result, output, show_values=show_values)
