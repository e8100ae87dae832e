"""`cachelens report`: results in, one page for people out."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from cachelens.cli.inputs import Output
from cachelens.cli.output import STDOUT, check_output, replacing, write_output


class Format(enum.StrEnum):
    """Forms of the report."""

    HTML = "html"
    MARKDOWN = "markdown"
    PDF = "pdf"


_BY_SUFFIX = {".html": Format.HTML, ".htm": Format.HTML, ".md": Format.MARKDOWN, ".pdf": Format.PDF}


def report(
    results: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULT...", help="What simulate, audit, fleet, whatif, layers or metrics wrote with --format json."
        ),
    ],
    form: Annotated[
        Format | None, typer.Option("--format", help="Form of the report; default: by the name of the output, or html.")
    ] = None,
    output: Output = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail with exit code 4 when any result cannot be used.")
    ] = False,
) -> None:
    """Turn results into one page: headline, prompts, costs, misses, fleets, response caches, and how it was computed.

    The page is a single file that loads nothing from anywhere. Results are what other commands wrote with
    --format json. Charts need the extra: pip install 'cachelens-sim[report]'. PDF needs Chromium or Chrome.

    Examples:
      cachelens report simulate.json audit.json fleet.json -o report.html
      cachelens report simulate.json --format markdown
    """
    from cachelens.catalog import load_catalog
    from cachelens.errors import StrictError, UsageError
    from cachelens.reports.base import ReportOptions
    from cachelens.results import read_results

    to_terminal = output is None or output == STDOUT
    chosen = form or (_BY_SUFFIX.get(output.suffix.lower(), Format.HTML) if output is not None else Format.HTML)
    if to_terminal and chosen is not Format.MARKDOWN and (chosen is Format.PDF or sys.stdout.isatty()):
        raise UsageError(
            f"a report as {chosen.value} does not go to a terminal", hint=f"name a file: -o report.{chosen.value}"
        )
    check_output(output, results)
    found = read_results(results)
    for one in found.unread:
        typer.echo(f"warning: {one.path} {one.why}; {one.hint}", err=True)
    if strict and found.unread:
        first = found.unread[0]
        raise StrictError(f"{first.path} {first.why}", hint=first.hint)
    name = Format.HTML if chosen is Format.PDF else chosen
    text = load_catalog("reports").get(f"report-{name.value}")().render(found, ReportOptions())
    if chosen is Format.PDF and output is not None:
        _print(text, output)
    else:
        write_output(text, output)


def _print(page: str, output: Path) -> None:
    from cachelens.cli.browser import print_page

    with replacing(output) as partial:
        print_page(page, partial)
