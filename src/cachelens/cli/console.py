"""What the terminal is like, and progress on it. A pipe costs no import."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console

Advance = Callable[[int], None]
"""Takes the number of bytes handled since the last call."""

DEFAULT_WIDTH = 80
_DUMB = ("dumb", "unknown")
"""Values of `TERM` for terminals that only print."""


class Terminal(NamedTuple):
    """What results may look like."""

    width: int
    color: bool


def terminal(stream: IO[Any] | None = None) -> Terminal:
    """Look at the terminal that results go to, standard output unless another stream is given.

    `COLUMNS`, `NO_COLOR`, `FORCE_COLOR` and `TERM` are honoured; a pipe has 80 columns and no colour, wherever it is
    started, so that what a script reads does not hang on somebody's window.
    """
    environment = os.environ
    stream = stream or sys.stdout
    shown = stream.isatty() or bool(environment.get("FORCE_COLOR"))
    plain = bool(environment.get("NO_COLOR")) or _is_dumb()
    return Terminal(_width(environment.get("COLUMNS", ""), stream), shown and not plain)


def _is_dumb() -> bool:
    return os.environ.get("TERM", "").lower() in _DUMB


def _width(columns: str, stream: IO[Any]) -> int:
    """Return what `COLUMNS` says, else how wide the stream's own terminal is."""
    if columns.isascii() and columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError):  # no terminal; a stream without a descriptor
        return DEFAULT_WIDTH


@contextmanager
def byte_progress(label: str, total_bytes: int | None, *, console: Console | None = None) -> Iterator[Advance]:
    """Show how many of `total_bytes` are read, how fast, and how long it takes yet.

    Nothing where standard error is no terminal that can move its cursor. `total_bytes` is `None` when the size is
    unknown (a pipe). The bar appears with the first bytes, because its thread must not run yet when a second process is
    forked; it removes itself at the end.
    """
    if not (sys.stderr.isatty() and not _is_dumb() if console is None else console.is_terminal):
        yield lambda _count: None
        return
    from rich.console import Console as Screen
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    rate = (DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(compact=True))
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), *rate)
    progress = Progress(*columns, console=console or Screen(stderr=True, highlight=False), transient=True)
    task = progress.add_task(label, total=total_bytes)

    def advance(count: int) -> None:
        progress.start()
        progress.advance(task, count)

    try:
        yield advance
    finally:
        progress.stop()
