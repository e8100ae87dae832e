"""`cachelens pricing`: look at the prices and cache rules, and find those that need checking again."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Annotated

import typer

from cachelens.cli import completing
from cachelens.cli.days import day_of
from cachelens.cli.exit_codes import ExitCode
from cachelens.cli.inputs import Pricing
from cachelens.cli.output import show

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Show and check prices and cache rules.\n\nExample: cachelens pricing show claude-sonnet-4-6",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class ListFormat(enum.StrEnum):
    """How `list` writes."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class ShowFormat(enum.StrEnum):
    """How `show` writes."""

    TEXT = "text"
    JSON = "json"


@app.command("list")
def list_models(
    provider: Annotated[
        str, typer.Option(metavar="ID", autocompletion=completing.providers, help="Only this provider.")
    ] = "",
    form: Annotated[ListFormat, typer.Option("--format", help="How to write it.")] = ListFormat.TEXT,
    pricing: Pricing = None,
) -> None:
    """List the models and their prices in force, USD per million tokens.

    Example: cachelens pricing list --provider groq
    """
    from cachelens.providers.loading import load_pricing
    from cachelens.sheets import price_list

    show(f"pricing-list-{form.value}", price_list(load_pricing(pricing or ()), provider))


@app.command("show")
def show_model(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", autocompletion=completing.models, help="A model name, as a log writes it.")
    ],
    at: Annotated[str, typer.Option(metavar="DATE", help="Show the price in force on this day.")] = "",
    provider: Annotated[
        str,
        typer.Option(metavar="ID", autocompletion=completing.providers, help="Provider or platform that served it."),
    ] = "",
    form: Annotated[ShowFormat, typer.Option("--format", help="How to write it.")] = ShowFormat.TEXT,
    pricing: Pricing = None,
) -> None:
    """Show one model: every price with its source, and its cache rules.

    Examples:
      cachelens pricing show claude-sonnet-4-6
      cachelens pricing show gpt-5.5 --at 2026-06-01 --format json
    """
    from cachelens.providers.loading import load_pricing
    from cachelens.sheets import model_sheet

    at_us = _instant(at) if at else None
    sheet = model_sheet(load_pricing(pricing or ()), model, provider=provider, at_us=at_us)
    show(f"pricing-show-{form.value}", sheet)


@app.command()
def check(
    older_than: Annotated[int, typer.Option(metavar="DAYS", min=0, help="Days an entry may age.")] = 90,
    today: Annotated[str, typer.Option(metavar="DATE", help="The day to count from [default: now].")] = "",
    pricing: Pricing = None,
) -> None:
    """Name the prices and rules that are due for a check.

    Due is what nobody has compared with its source for so many days; what had been replaced when it was checked is
    history and never due. Reads every file, which finds any fault in them. Exit code 1 when something is due.

    Example: cachelens pricing check --older-than 30
    """
    from cachelens.providers.loading import load_pricing
    from cachelens.sheets import due_list

    day = day_of(today) if today else dt.datetime.now(dt.UTC).date()
    due = due_list(load_pricing(pricing or ()), day, older_than)
    show("pricing-check-text", due)
    if due.due:
        raise typer.Exit(ExitCode.FOUND)


def _instant(text: str) -> int:
    from cachelens.providers.dates import day_us

    return day_us(day_of(text).isoformat())
