"""`cachelens audit --diff-base`: what a change of templates costs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from cachelens.config.compiling import CompileOptions
    from cachelens.config.settings import Configuration

DiffBase = Annotated[
    str,
    typer.Option(
        "--diff-base", metavar="REF", help="Say what the change of templates since this git revision costs, instead."
    ),
]
Traffic = Annotated[
    list[str] | None, typer.Option("--traffic", metavar="FILE", help="A log or compiled trace. Repeatable.")
]
MaxIncrease = Annotated[
    str,
    typer.Option(
        "--max-increase", metavar="PERCENT", help="With --diff-base: exit with code 1 when the cost rises by more."
    ),
]
FORMS = ("text", "json", "markdown")
"""Forms in which a comparison can be shown."""


class Comparison(NamedTuple):
    """What is asked of a comparison."""

    base: str
    """The revision; empty where no comparison is asked for."""
    max_increase: str
    form: str
    output: Path | None
    strict: bool
    pricing: tuple[Path, ...]

    def check(self, *, judging: bool) -> None:
        """Refuse options that do not go together: `UsageError`. `judging`: some only make sense for findings."""
        from cachelens.errors import UsageError

        if not self.base:
            if self.max_increase:
                raise UsageError("--max-increase needs --diff-base", hint="name the revision to compare with")
            return
        limit_of(self.max_increase)
        if self.form not in FORMS:
            raise UsageError(f"--diff-base has no form {self.form}", hint=f"choose from: {', '.join(FORMS)}")
        if judging:
            raise UsageError(
                "--diff-base compares costs and judges no findings", hint="run the audit apart, or use --max-increase"
            )


def limit_of(text: str) -> Decimal | None:
    """Return the increase that is allowed, as a share; `None` without one. `UsageError` for what is no percentage."""
    from cachelens.errors import UsageError

    if not text:
        return None
    try:
        limit = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        limit = Decimal("NaN")
    if not limit.is_finite() or limit < 0:
        raise UsageError(f"--max-increase needs a percentage, not {text!r}", hint="for example: --max-increase 5%")
    return limit / 100


def told_apart(
    paths: Sequence[str] | None, traffic: Sequence[str] | None, configuration: Configuration
) -> tuple[list[str], list[str]]:
    """Return what is audited and the logs beside it; `--traffic` goes before the traffic of the configuration."""
    from cachelens.cli.audit_options import from_here, inputs

    if traffic and not paths:
        return [from_here(configuration, name) for name in configuration.settings.paths], list(traffic)
    return inputs(paths, configuration), list(traffic or ())


def compare(
    named: Sequence[str],
    traffic: Sequence[str],
    options: CompileOptions,
    asked: Comparison,
    configuration: Configuration,
) -> None:
    """Show what a change costs, and exit with code 1 when that is more than allowed."""
    from cachelens.app import audit_change
    from cachelens.cli.exit_codes import ExitCode
    from cachelens.cli.git import base_at
    from cachelens.cli.output import show
    from cachelens.errors import UsageError

    if not named:
        raise UsageError("there are no templates to compare", hint="name files or folders")
    with base_at(asked.base, named) as before:
        result = audit_change(
            named,
            traffic,
            before,
            options,
            pricing=asked.pricing,
            strict=asked.strict,
            configuration=configuration,
        )
    show(f"audit-diff-{asked.form}", result, asked.output)
    limit, total = limit_of(asked.max_increase), result.total
    if limit is None or not result.tied or total.delta == 0:
        return
    if total.delta is None or total.before.cost is None:
        raise UsageError("the increase is unknown: nothing in the traffic has a price", hint="add one with --pricing")
    if total.delta > limit * total.before.cost:
        raise typer.Exit(ExitCode.FOUND)
