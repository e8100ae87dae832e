"""`cachelens diff`: where two requests part, and what the second can still read of the first."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from cachelens.cli.explain_miss import ShowValues
from cachelens.cli.inputs import From, Map, Output, Pricing, read_options
from cachelens.cli.output import check_output, show

One = Annotated[str, typer.Argument(metavar="A", help="A file with one request, or FILE:LINE of a log.")]
Other = Annotated[str, typer.Argument(metavar="B", help="The request to compare it with, named alike.")]


class Format(enum.StrEnum):
    """Forms of the result."""

    TEXT = "text"
    JSON = "json"


def diff(
    one: One,
    other: Other,
    model: Annotated[str, typer.Option(metavar="MODEL", help="Read both as requests to this model.")] = "",
    source: From = "",
    field_map: Map = None,
    pricing: Pricing = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    output: Output = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with code 1 when they differ.")] = False,
    show_values: ShowValues = False,
) -> None:
    """Compare two requests as a cache does.

    Shows how much of the first the second begins with, the first segment and token that differ, what differs in form
    only, and what can still be read under the model's cache rules. Prompt text is shown on request only.

    Examples:
      cachelens diff monday.json tuesday.json
      cachelens diff week.jsonl:290 week.jsonl:304 --show-values
    """
    from cachelens.app import diff as run
    from cachelens.cli.exit_codes import ExitCode
    from cachelens.config.compiling import CompileOptions

    check_output(output, [one, other, *(pricing or ())], forced_format=source)
    options = CompileOptions(read=read_options(field_map, "", "", ""), forced_format=source)
    result = run(one, other, options, pricing=tuple(pricing or ()), model=model)
    show(f"diff-{form.value}", result, output, show_values=show_values)
    if exit_code and result.parts:
        raise typer.Exit(ExitCode.FOUND)
