"""`cachelens pricing`: look at the prices and cache rules, and find those that need checking again."""

from __future__ import annotations

import datetime as dt
import enum
from pathlib import Path
from typing import Annotated

import typer

from cachelens.errors import UsageError

STALE = 1
"""Exit code of `check` when some entry is stale: the files were read, but need a person's eye."""

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Show and check prices and cache rules.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

PricingFiles = Annotated[
    list[Path] | None,
    typer.Option("--pricing", metavar="FILE", help="A price file of your own, laid over the built-in ones."),
]


class ShowFormat(enum.StrEnum):
    """How `show` writes."""

    TEXT = "text"
    JSON = "json"


@app.command("list")
def list_models(
    provider: Annotated[str, typer.Option(help="Only this provider, by id.")] = "",
    pricing: PricingFiles = None,
) -> None:
    """List the models and their prices in force, USD per million tokens."""
    from cachelens.cli.pricing_text import listing
    from cachelens.providers.loading import load_pricing

    book = load_pricing(pricing or ())
    if provider and provider not in book.providers:
        raise UsageError(f"no provider is called {provider!r}", hint=f"use one of {', '.join(sorted(book.providers))}")
    typer.echo(listing(book, provider), nl=False)


@app.command()
def show(
    model: Annotated[str, typer.Argument(help="A model name, as a log writes it.")],
    at: Annotated[str, typer.Option(metavar="DATE", help="Show the price in force on this day.")] = "",
    provider: Annotated[str, typer.Option(help="Provider or platform that served it.")] = "",
    output: Annotated[ShowFormat, typer.Option("--format", help="How to write it.")] = ShowFormat.TEXT,
    pricing: PricingFiles = None,
) -> None:
    """Show one model: every price with its source, tiers, modifiers and cache rules."""
    from cachelens.providers.loading import load_pricing

    book = load_pricing(pricing or ())
    at_us = _instant(at) if at else None
    facts = book.resolve(model, provider=provider, platform=provider)
    if output is ShowFormat.JSON:
        from cachelens.cli.pricing_json import model_json

        typer.echo(model_json(book, facts, at_us))
    else:
        from cachelens.cli.pricing_text import model_text

        typer.echo(model_text(book, facts, at_us), nl=False)


@app.command()
def check(
    older_than: Annotated[int, typer.Option(metavar="DAYS", min=0, help="Days an entry may age.")] = 90,
    today: Annotated[str, typer.Option(metavar="DATE", help="The day to count from [default: now].")] = "",
    pricing: PricingFiles = None,
) -> None:
    """Read every file and name the entries that nobody has compared with their source for a while.

    Prices and minimums that had been replaced when they were checked are history and never named.

    Exit code 0 when there are none, 1 when there are some.
    """
    from cachelens.cli.pricing_text import age, staleness
    from cachelens.providers.loading import load_pricing

    book = load_pricing(pricing or ())
    day = _day(today) if today else dt.datetime.now(dt.UTC).date()
    stale = [entry for entry in book.entries if age(entry, day) > older_than]
    typer.echo(staleness(book, stale, day, older_than), nl=False)
    if stale:
        raise typer.Exit(STALE)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a day", hint="write it as YYYY-MM-DD") from None


def _instant(text: str) -> int:
    from cachelens.providers.dates import day_us

    return day_us(_day(text).isoformat())
