"""What goes to the terminal beside the result: messages and progress, always on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

Advance = Callable[[int], None]
"""Takes the number of bytes handled since the last call."""


def output_console(*, width: int | None = None) -> Console:
    """Return the console for results. Rich itself honours `NO_COLOR`, `COLUMNS` and a pipe."""
    return Console(width=width, highlight=False, soft_wrap=False)


def message_console() -> Console:
    """Return the console for messages, which never mix with results."""
    return Console(stderr=True, highlight=False)


@contextmanager
def byte_progress(label: str, total_bytes: int | None, *, console: Console | None = None) -> Iterator[Advance]:
    """Show how many of `total_bytes` are read; nothing at all when standard error is not a terminal.

    `total_bytes` is `None` when the size is unknown (a pipe). The bar appears with the first bytes, because its thread
    must not run yet when a second process is forked; it removes itself at the end.
    """
    console = console or message_console()
    if not console.is_terminal:
        yield lambda _count: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=console, transient=True)
    task = progress.add_task(label, total=total_bytes)

    def advance(count: int) -> None:
        progress.start()
        progress.advance(task, count)

    try:
        yield advance
    finally:
        progress.stop()
