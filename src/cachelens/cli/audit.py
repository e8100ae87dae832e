"""`cachelens audit`: what breaks the prefix, where, and what it costs."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cachelens.cli.audit_options import (
    BaselineFile,
    Config,
    Ignore,
    NoConfig,
    Select,
    WriteBaseline,
    configured,
    known_findings,
)
from cachelens.cli.change import Comparison, DiffBase, MaxIncrease, Traffic, compare, told_apart
from cachelens.cli.fix_options import Asked, Diff, Fix, UnsafeFixes, fixed
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
from cachelens.model.finding import Severity

if TYPE_CHECKING:
    from cachelens.app import Known
    from cachelens.config.compiling import CompileOptions
    from cachelens.config.settings import Configuration
    from cachelens.model.audit import AuditResult

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATHS]...", help="Logs or compiled traces, and files or folders with prompt templates."),
]


class Format(enum.StrEnum):
    """Forms of the result."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"


class Level(enum.StrEnum):
    """Severities that `--fail-on` takes."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    NEVER = "never"


Form = Annotated[Format, typer.Option("--format", help="Form of the result.")]
FailOn = Annotated[
    Level | None, typer.Option("--fail-on", help="Exit with code 1 from this severity on.", show_default="never")
]
Detail = Annotated[bool, typer.Option("--detail", help="Show kind and length of the values found.")]
ShowValues = Annotated[bool, typer.Option("--show-values", help="Show the values themselves. They are prompt text.")]


def _severity(level: Level) -> Severity | None:
    return None if level is Level.NEVER else Severity(level.value)


def audit(
    paths: Paths = None,
    source: From = "",
    field_map: Map = None,
    workload_key: WorkloadKey = "",
    session_key: SessionKey = "",
    tenant_key: TenantKey = "",
    pricing: Pricing = None,
    form: Form = Format.TEXT,
    output: Output = None,
    strict: Strict = False,
    fail_on: FailOn = None,
    select: Select = None,
    ignore: Ignore = None,
    baseline: BaselineFile = None,
    write_baseline: WriteBaseline = None,
    config: Config = None,
    no_config: NoConfig = False,
    fix: Fix = False,
    diff: Diff = False,
    unsafe_fixes: UnsafeFixes = False,
    diff_base: DiffBase = "",
    traffic: Traffic = None,
    max_increase: MaxIncrease = "",
    detail: Detail = False,
    show_values: ShowValues = False,
) -> None:
    """Find what keeps prompts from being read from cache.

    Reads prompt templates, source code and recorded traffic; names each fault, its place, the tokens that it
    strands and, with traffic, the money that it loses. Nothing from a template is ever run.

    Examples:
      cachelens audit prompts/ src/ --fail-on high
      cachelens audit prompts/ week.jsonl
    """
    from cachelens.config.compiling import CompileOptions

    configuration = configured(config, no_config=no_config, select=select, ignore=ignore)
    comparison = Comparison(diff_base, max_increase, form.value, output, strict, tuple(pricing or ()))
    comparison.check(judging=any((fail_on, baseline, write_baseline, select, ignore, fix, diff, unsafe_fixes)))
    named, logs = told_apart(paths, traffic, configuration)
    known = known_findings(baseline, write_baseline, configuration)
    read: list[str | Path] = [*named, *logs, *comparison.pricing]
    read += [file for file in (configuration.file, known.baseline) if file is not None]
    check_output(write_baseline, read, forced_format=source, templates=True)
    read += [write_baseline] if write_baseline is not None else []
    check_output(output, read, forced_format=source, templates=True)
    reading = read_options(field_map, workload_key, session_key, tenant_key)
    options = CompileOptions(read=reading, forced_format=source)
    if diff_base:
        compare(named, logs, options, comparison, configuration)
        return
    if not fixed(named, output, Asked(fix, diff, unsafe_fixes), configuration, known):
        return
    result = _judged(named, logs, options, comparison, configuration, known)
    limit = _severity(fail_on or Level(configuration.settings.fail_on))
    shown = {"detail": detail or show_values, "show_values": show_values}
    show(f"audit-{form.value}", result, output, failing=limit or Severity.LOW, **shown)
    _fail_on(limit, result)


def _judged(
    named: Sequence[str],
    logs: Sequence[str],
    options: CompileOptions,
    asked: Comparison,
    configuration: Configuration,
    known: Known,
) -> AuditResult:
    from cachelens.app import audit as run
    from cachelens.cli.console import byte_progress

    with byte_progress("reading", total_bytes([*named, *logs])) as advance:
        return run(
            named,
            options,
            pricing=asked.pricing,
            strict=asked.strict,
            progress=advance,
            configuration=configuration,
            known=known,
            traffic=logs,
        )


def _fail_on(limit: Severity | None, result: AuditResult) -> None:
    from cachelens.cli.exit_codes import ExitCode

    if limit is not None and any(finding.severity.rank >= limit.rank for finding in result.findings):
        raise typer.Exit(ExitCode.FOUND)
