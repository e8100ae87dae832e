"""The command `cachelens`: its table of sub-commands, and errors turned into messages and exit codes.

Start-up is part of the interface: this module imports the option parser and nothing else.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer
from typer.main import get_command

from cachelens import __version__
from cachelens.cli.exit_codes import ExitCode, exit_code_for
from cachelens.cli.lazy import CommandRow, LazyGroup
from cachelens.errors import CacheLensError

COMMANDS: dict[str, CommandRow] = {
    "simulate": CommandRow(
        "cachelens.cli.simulate:simulate",
        "Replay logged requests against provider cache rules and price them.",
    ),
    "compile": CommandRow(
        "cachelens.cli.compile:compile_logs", "Turn logs into one compact trace that replays in a moment."
    ),
    "pricing": CommandRow("cachelens.cli.pricing:app", "Show and check the prices and cache rules in use."),
}
"""Every sub-command: add a row and a file in this folder."""

DEBUG_VARIABLE = "CACHELENS_DEBUG"
"""Set to 1 to see the traceback of an internal error."""


class _Commands(LazyGroup):
    rows = COMMANDS


app = typer.Typer(
    cls=_Commands,
    help="Audit and simulate LLM prompt caches, offline.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cachelens {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Audit and simulate LLM prompt caches, offline."""


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and leave the process with its exit code."""
    command = get_command(app)
    try:
        command.main(args=arguments, prog_name="cachelens")
    except CacheLensError as error:
        sys.exit(_explain(error))
    except Exception as error:  # noqa: BLE001  the last fence before the shell
        sys.exit(_confess(error))
    sys.exit(ExitCode.DONE)


def _explain(error: CacheLensError) -> ExitCode:
    """Say what stands in the way and what to do next."""
    typer.echo(f"error: {error.message}", err=True)
    if error.hint:
        typer.echo(f"hint: {error.hint}", err=True)
    return exit_code_for(error)


def _confess(error: Exception) -> ExitCode:
    """Report a fault of ours by type only: the message of a foreign exception may quote a prompt."""
    if os.environ.get(DEBUG_VARIABLE) == "1":
        import traceback

        traceback.print_exception(error)
    typer.echo(f"internal error: {type(error).__name__} in cachelens {__version__}", err=True)
    typer.echo(
        f"hint: this is a fault in CacheLens. Run again with {DEBUG_VARIABLE}=1 and open an issue with the "
        "traceback; read it first, it may quote your data.",
        err=True,
    )
    return ExitCode.INTERNAL
