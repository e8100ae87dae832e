"""Where a result goes: the terminal, or a file that is never an input and is replaced only when all is written."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path

from cachelens.errors import UsageError
from cachelens.model.finding import Severity

STDOUT = Path("-")
"""Stands for standard output, as for other tools."""

FILE_WIDTH = 100
"""Columns of text in a file, which is read in an editor."""
_HINT = "name another file"


def check_output(
    output: Path | None, inputs: Sequence[str | Path], *, forced_format: str = "", templates: bool = False
) -> None:
    """Refuse an output that would destroy something, before any work is done: `UsageError`.

    That is one of the inputs, under whatever name, also a log in a folder or pattern that is read; and what is
    no regular file. `inputs` are named as on the command line, `forced_format` is what `--from` says; `templates` are
    inputs too where they are asked for.
    `None` and `-` mean standard output and are always fine.
    """
    if output is None or output == STDOUT:
        return
    try:
        _check_file(output, [Path(given) for given in inputs], forced_format, templates=templates)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}", hint=_HINT) from error


def _check_file(output: Path, inputs: Sequence[Path], forced_format: str, *, templates: bool) -> None:
    if not output.exists():
        if not output.resolve().parent.is_dir():
            raise UsageError(f"cannot write {output}: there is no folder {output.parent}", hint=_HINT)
        return
    if not output.is_file():
        raise UsageError(f"cannot write {output}: it is not a file", hint=f"{_HINT}, or - for standard output")
    if not os.access(output, os.W_OK):
        raise UsageError(f"cannot write {output}: it may only be read", hint=_HINT)
    read = any(_same(output, path) for path in inputs)
    among = not read and any(_same(output, file) for path in inputs for file in _found(path))
    if read or (among and (_is_log(output, forced_format) or (templates and _is_template(output)))):
        raise UsageError(f"cannot write {output}: it is one of the inputs", hint=_HINT)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _found(given: Path) -> Iterator[Path]:
    """Yield every file below a folder, or what a pattern matches and every file below that."""
    matches = [str(given)] if given.exists() else glob(str(given), recursive=True)  # noqa: PTH207  as inputs are found
    for found in map(Path, matches):
        yield found
        yield from (Path(root, name) for root, _, names in os.walk(found) for name in names)


def _is_log(output: Path, forced_format: str) -> bool:
    """Say whether an existing file would be read as a log, and not be passed over like an earlier report."""
    from cachelens.sources.discovery import discover

    return any(opened.skip is None for opened in discover([str(output)], forced=forced_format))


def _is_template(output: Path) -> bool:
    """Say whether an existing file would be read as a template in a folder."""
    from cachelens.templates.reading import language_in_folder

    return bool(language_in_folder(output))


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """Give a file beside `output` to write to; it takes its place at the end, or vanishes when something fails."""
    target = output.resolve()
    partial = target.with_name(f".cachelens-{os.getpid()}.partial")
    try:
        yield partial
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}", hint=_HINT) from error
    finally:
        partial.unlink(missing_ok=True)


def write_output(text: str, output: Path | None) -> None:
    """Print a report, or write it to a file; what the terminal cannot show is escaped."""
    if output is None or output == STDOUT:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        sys.stdout.write(text)
        return
    with replacing(output) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def show(
    report: str,
    result: object,
    output: Path | None = None,
    *,
    detail: bool = False,
    top_workloads: int = 5,
    show_values: bool = False,
    failing: Severity = Severity.LOW,
) -> None:
    """Write a result in the form of one report, a row of `reports/catalog.yaml`, to the terminal or to a file."""
    from cachelens.catalog import load_catalog
    from cachelens.cli.console import terminal
    from cachelens.reports.base import ReportOptions

    screen = terminal()
    to_file = output is not None and output != STDOUT
    options = ReportOptions(
        width=FILE_WIDTH if to_file else screen.width,
        color=screen.color and not to_file,
        detail=detail,
        top_workloads=top_workloads,
        show_values=show_values,
        failing=failing,
    )
    write_output(load_catalog("reports").get(report)().render(result, options), output)
