"""The lines of a unified diff that `git apply` and `patch` take, to the byte."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
"""A line as these tools see it: only a line feed ends one."""


def patch_lines(before: str, after: str, old: str, new: str) -> Iterator[str]:
    """Yield the lines that turn one text into another, with their ends; `old` and `new` are its names as shown."""
    for line in difflib.unified_diff(_LINE.findall(before), _LINE.findall(after), old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
