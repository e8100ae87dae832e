"""Exit codes: one table for every command and every output format."""

from __future__ import annotations

import enum

from cachelens.errors import CacheLensError, InputError, PricingError, StrictError, UsageError


class ExitCode(enum.IntEnum):
    """What the shell learns. Values are part of the contract and are never reused."""

    DONE = 0
    """The command did what was asked; skipped lines are reported, not punished."""
    FOUND = 1
    """Something was found that a person should look at, such as prices that are due for a check."""
    USAGE = 2
    """The request itself cannot be met: wrong options, an unknown model, a broken price file."""
    NO_INPUT = 3
    """No usable request: a missing or empty file, or nothing in it that could be read."""
    UNREADABLE = 4
    """Some of the input was unreadable and `--strict` was given."""
    INTERNAL = 5
    """A fault in CacheLens itself; the message says how to report it."""
    TARGET = 6
    """`cachelens metrics --fail-on target`: a workload is below its target."""
    RED_LINE = 7
    """`cachelens metrics --fail-on`: a workload is below the red line."""


_BY_ERROR: tuple[tuple[type[CacheLensError], ExitCode], ...] = (
    (UsageError, ExitCode.USAGE),
    (InputError, ExitCode.NO_INPUT),
    (StrictError, ExitCode.UNREADABLE),
    (PricingError, ExitCode.USAGE),
)


def exit_code_for(error: CacheLensError) -> ExitCode:
    """Return the code of an error and its subclasses; a bare `CacheLensError` is a fault of ours."""
    for kind, code in _BY_ERROR:
        if isinstance(error, kind):
            return code
    return ExitCode.INTERNAL
