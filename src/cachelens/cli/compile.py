"""`cachelens compile`: logs to one trace file that every command reads fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cachelens.cli.inputs import (
    From,
    Logs,
    Map,
    SessionKey,
    Strict,
    TenantKey,
    WorkloadKey,
    read_options,
    total_bytes,
)


def compile_logs(
    logs: Logs,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The trace; `.parquet` for Parquet.")],
    no_text: Annotated[bool, typer.Option("--no-text", help="Leave prompt text out of the trace.")] = False,
    salt: Annotated[
        str | None,
        typer.Option(
            metavar="SECRET",
            help="Make a trace that can be shared: no text, keyed hashes for ids, file names, given workload names.",
        ),
    ] = None,
    source: From = "",
    field_map: Map = None,
    workload_key: WorkloadKey = "",
    session_key: SessionKey = "",
    tenant_key: TenantKey = "",
    strict: Strict = False,
) -> None:
    """Turn logs into one trace that replays fast.

    The trace takes the place of logs in every other command. With `--salt` it holds no prompt text and no names
    but those of models, providers and price modifiers: counts, times and keyed hashes. A trace can be compiled
    again to leave out its text or to salt it.

    Examples:
      cachelens compile logs/ -o week.trace
      cachelens compile logs/ -o shared.trace --salt "$SECRET"
    """
    from cachelens.app import compile_trace
    from cachelens.cli.console import byte_progress
    from cachelens.cli.output import STDOUT, check_output
    from cachelens.config.compiling import CompileOptions
    from cachelens.errors import UsageError
    from cachelens.reports.escaping import visible
    from cachelens.reports.figures import plural

    if salt is not None and not salt.strip():
        raise UsageError("--salt is empty, so nothing would be hidden", hint="is the variable set that should hold it?")
    if output == STDOUT:
        raise UsageError("a trace is a file and cannot go to standard output", hint="name one with -o")
    reading = read_options(field_map, workload_key, session_key, tenant_key)
    options = CompileOptions(read=reading, forced_format=source, keep_text=not no_text and not salt, salt=salt or "")
    check_output(output, logs, forced_format=source)
    with byte_progress("reading", total_bytes(logs)) as advance:
        compiled = compile_trace(logs, options, output, strict=strict, progress=advance)
    skipped = sum(skip.lines for skip in compiled.skips if not skip.benign and not skip.kept)
    requests, segments = len(compiled.trace), len(compiled.trace.segments.kind)
    typer.echo(
        f"{visible(str(output))}: {plural(requests, 'request')}, {plural(segments, 'distinct segment')}, "
        f"{plural(skipped, 'line')} skipped"
    )
