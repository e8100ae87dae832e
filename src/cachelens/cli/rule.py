"""`cachelens rule`: the page of a rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from cachelens.cli import completing


def rule(
    identifier: Annotated[
        str,
        typer.Argument(
            metavar="[ID]",
            autocompletion=completing.rules,
            help="A rule by id or name, or the beginning of ids; all without.",
        ),
    ] = "",
) -> None:
    """Explain a rule of the audit.

    Examples:
      cachelens rule V101
      cachelens rule V
    """
    import inspect

    from cachelens.catalog import load_catalog
    from cachelens.cli.console import terminal
    from cachelens.config.rules import ids_of

    catalog = load_catalog("rules")
    ids = ids_of(identifier) if identifier else catalog.ids
    if len(ids) != 1:
        for found in map(catalog.get, ids):
            typer.echo(f"{found.id}  {found.severity.value:<6}  {found.name}")
        return
    found = catalog.get(ids[0])
    typer.echo(f"{found.id} {found.name} ({found.severity.value})\n")
    for line in _wrapped(inspect.cleandoc(found.__doc__ or ""), terminal().width):
        typer.echo(line)


def _wrapped(page: str, width: int) -> Iterator[str]:
    """Yield the lines of a page; examples, which are indented, keep theirs."""
    import textwrap

    for number, block in enumerate(page.split("\n\n")):
        if number:
            yield ""
        is_example = block.startswith(" ")
        lines = block.split("\n") if is_example else textwrap.wrap(block, width, break_on_hyphens=False)
        yield from lines
