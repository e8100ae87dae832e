"""Which of the files that are named describe a workload in place of a log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cachelens.errors import UsageError

SUFFIXES = (".yaml", ".yml")
"""Of files that describe workloads."""
_POPULATIONS = re.compile(rb"^populations\s*:", re.MULTILINE)
_LOOKED_AT = 1 << 16
"""Bytes from the beginning."""


def workload_file(inputs: Sequence[str]) -> Path | None:
    """Return the workload file that stands in place of logs; `UsageError` where one stands beside them."""
    described = [path for path in map(Path, inputs) if path.suffix in SUFFIXES]
    if len(inputs) == 1 and described:
        return described[0]
    for path in described:
        if describes_workload(path):
            raise UsageError(f"{path} describes a workload, which is replayed alone", hint="name it, or the logs")
    return None


def refuse_folders(inputs: Sequence[str]) -> None:
    """Raise `UsageError` for a folder that holds workload files, of which one is to be named."""
    for folder in filter(Path.is_dir, map(Path, inputs)):
        found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and describes_workload(path))
        if found:
            raise UsageError(
                f"{folder} is a folder of workload files", hint=f"name one of the {len(found)}, such as {found[0]}"
            )


def describes_workload(path: Path) -> bool:
    """Say whether a file looks like a description of traffic, without reading it as one."""
    try:
        with path.open("rb") as opened:
            return _POPULATIONS.search(opened.read(_LOOKED_AT)) is not None
    except OSError:
        return False
