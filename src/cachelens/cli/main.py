"""The entry point of `cachelens`: runs a command, and turns errors into messages and exit codes.

Start-up is part of the interface: the plain help needs no library at all, a command only its own.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys

from cachelens.errors import CacheLensError

DEBUG_VARIABLE = "CACHELENS_DEBUG"
"""Set to 1 to see the traceback of an internal error."""
_NEW_OBJECTS = 100_000
"""How many are made before Python looks for cycles. There are few; to look after every 700 takes a fifth of a run."""


def main() -> None:
    """Run as a program. Ends without tearing down what was read: on a large log that takes as long as the replay."""
    code = 0
    try:
        run()
    except SystemExit as stop:
        if isinstance(stop.code, str):
            raise
        code = stop.code or 0
    atexit._run_exitfuncs()  # noqa: SLF001 - what others left to be cleaned up
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the reader of the pipe has left
        code = code or 1
    os._exit(code)


def run(arguments: list[str] | None = None) -> None:
    """Run one command and leave the process with its exit code; never returns."""
    arguments = sys.argv[1:] if arguments is None else arguments
    gc.set_threshold(_NEW_OBJECTS)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here multiplies floats; idle threads spin
    if arguments in (["--help"], ["-h"]):
        from cachelens.cli.help_text import HELP

        sys.stdout.write(HELP)
        sys.exit(0)
    try:
        _dispatch(arguments)
    except CacheLensError as error:
        sys.exit(_explain(error))
    except Exception as error:  # noqa: BLE001  the last fence before the shell
        sys.exit(_confess(error))


def _dispatch(arguments: list[str]) -> None:
    """Hand the arguments to typer, which exits by itself: 0 when done, 2 on a usage error."""
    from typer.main import get_command

    from cachelens.cli.commands import app

    get_command(app).main(args=arguments, prog_name="cachelens")


def _explain(error: CacheLensError) -> int:
    """Say what stands in the way and what to do next."""
    from cachelens.cli.exit_codes import exit_code_for
    from cachelens.reports.escaping import visible

    _complain(f"error: {visible(error.message)}")
    if error.hint:
        _complain(f"hint: {visible(error.hint)}")
    return exit_code_for(error)


def _complain(line: str) -> None:
    """Write a line of an error: folded at blanks on a terminal, whole where a program reads it."""
    if sys.stderr.isatty():
        import textwrap

        from cachelens.cli.console import terminal

        width = max(20, terminal(sys.stderr).width)
        line = textwrap.fill(line, width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
    print(line, file=sys.stderr)


def _confess(error: Exception) -> int:
    """Report a fault of ours by type only: the message of a foreign exception may quote a prompt."""
    from cachelens import __version__
    from cachelens.cli.exit_codes import ExitCode

    if os.environ.get(DEBUG_VARIABLE) == "1":
        import traceback

        traceback.print_exception(error)
    _complain(f"internal error: {type(error).__name__} in cachelens {__version__}")
    _complain(
        f"hint: this is a fault in CacheLens. Run again with {DEBUG_VARIABLE}=1 and open an issue with the "
        "traceback and what `cachelens doctor` says; read both first, a traceback may quote your data."
    )
    return ExitCode.INTERNAL
