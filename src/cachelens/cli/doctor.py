"""`cachelens doctor`: what is installed, how old the prices are, and whether all of it works."""

from __future__ import annotations

import datetime as dt
import enum
import platform
from typing import Annotated

import typer

from cachelens.cli.exit_codes import ExitCode
from cachelens.cli.inputs import Output
from cachelens.cli.output import check_output, show


class Format(enum.StrEnum):
    """Forms of the result."""

    TEXT = "text"
    JSON = "json"


def doctor(
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    output: Output = None,
    older_than: Annotated[int, typer.Option(metavar="DAYS", min=0, help="Days a price or rule may age.")] = 90,
    today: Annotated[str, typer.Option(metavar="DATE", help="The day to count from [default: now].")] = "",
) -> None:
    """Look at the installation: versions, tokenizer, optional parts, age of prices and rules, terminal.

    Changes nothing and asks no network. Exit code 1 when something is old or broken; an optional part that is absent is
    neither.

    Examples:
      cachelens doctor
      cachelens doctor --format json
    """
    from cachelens import __version__
    from cachelens.cli import checks
    from cachelens.cli.days import day_of
    from cachelens.model.doctor import DoctorResult

    check_output(output, ())
    day = day_of(today) if today else dt.datetime.now(dt.UTC).date()
    ages, dated = checks.ages(day, older_than)
    result = DoctorResult(
        version=__version__,
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        day=day.isoformat(),
        older_than=older_than,
        ages=ages,
        checks=(
            *checks.libraries(),
            *checks.optional_parts(),
            *checks.counting(),
            *dated,
            *checks.surroundings(),
        ),
    )
    show(f"doctor-{form.value}", result, output)
    if result.faults:
        raise typer.Exit(ExitCode.FOUND)
