"""`cachelens rule`: the page of a rule."""

from __future__ import annotations

from typing import Annotated

import typer


def rule(
    identifier: Annotated[str, typer.Argument(metavar="[ID]", help="A rule; without one, all are listed.")] = "",
) -> None:
    """Explain a rule of the audit.

    Example: cachelens rule V101
    """
    import inspect

    from cachelens.catalog import load_catalog

    catalog = load_catalog("rules")
    if not identifier:
        for found in catalog:
            typer.echo(f"{found.id}  {found.severity.value:<6}  {found.name}")
        return
    found = catalog.get(identifier.upper())
    typer.echo(f"{found.id} {found.name} ({found.severity.value})\n")
    typer.echo(inspect.cleandoc(found.__doc__ or ""))
