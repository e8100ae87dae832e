"""The options of `cachelens audit` that mend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from cachelens.app import Known
    from cachelens.config.settings import Configuration

Fix = Annotated[bool, typer.Option("--fix", help="Mend templates and sources where it is safe, then report the rest.")]
Diff = Annotated[bool, typer.Option("--diff", help="Print what --fix would change, as a patch; change nothing.")]
UnsafeFixes = Annotated[
    bool, typer.Option("--unsafe-fixes", help="With --fix or --diff: also what may change the model's answers.")
]


class Asked(NamedTuple):
    """What was asked for by them."""

    fix: bool
    diff: bool
    unsafe: bool


def fixed(paths: Sequence[str], output: Path | None, asked: Asked, configuration: Configuration, known: Known) -> bool:
    """Do what is asked for, and return whether the audit goes on; `UsageError` for options that do not fit."""
    from cachelens.errors import UsageError

    if asked.unsafe and not (asked.fix or asked.diff):
        raise UsageError("--unsafe-fixes says which fixes, not what to do", hint="add --diff to see them, or --fix")
    if asked.fix and asked.diff:
        raise UsageError("--fix changes files and --diff changes nothing", hint="leave one of them out")
    if asked.fix or asked.diff:
        from cachelens.cli.fixing import mend

        mend(paths, output, asked, configuration, known)
    return not asked.diff
