"""`cachelens audit --fix` and `--diff`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from cachelens.catalog import load_catalog
from cachelens.cli.console import terminal
from cachelens.cli.output import STDOUT, show
from cachelens.model.fix import FixResult
from cachelens.reports.base import ReportOptions

if TYPE_CHECKING:
    from cachelens.app import Known
    from cachelens.cli.fix_options import Asked
    from cachelens.config.settings import Configuration


def mend(paths: Sequence[str], output: Path | None, asked: Asked, configuration: Configuration, known: Known) -> None:
    """Mend files, or show how; says on standard error what was done."""
    from cachelens.app import fix as run

    result = run(paths, unsafe=asked.unsafe, writing=asked.fix, configuration=configuration, known=known)
    if asked.diff:
        _show_patch(result, output)
    page = ReportOptions(width=terminal(sys.stderr).width, color=terminal(sys.stderr).color)
    sys.stderr.write(load_catalog("reports").get("fix-text")().render(result, page))


def _show_patch(result: FixResult, output: Path | None) -> None:
    """Print a patch: to look at on a terminal, to the byte everywhere else."""
    on_screen = (output is None or output == STDOUT) and (sys.stdout.isatty() or terminal().color)
    if not on_screen and isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    show("fix-diff-terminal" if on_screen else "fix-diff", result, output)
