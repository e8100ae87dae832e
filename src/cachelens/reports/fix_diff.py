"""What fixes change, as a patch."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from cachelens.model.fix import FileFix, FixResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.page import HEADING, safe, write
from cachelens.reports.patches import patch_lines

_STYLES = {"-": "red", "+": "green", "@": "cyan", "\\": "dim"}
_ODD = re.compile(r'[\x00-\x1f\x7f"\\]')


class FixDiff:
    """A unified diff, to the byte, that `git apply` and `patch -p1` take in the folder where the audit ran."""

    id = "fix-diff"

    def render(self, result: FixResult, options: ReportOptions) -> str:
        """Return the patch; empty where nothing changes. `options` change nothing."""
        return "".join(line for file in result.files for line in _diff(file))


class FixDiffTerminal:
    """The same to look at: coloured if asked for, and what a terminal would obey is escaped."""

    id = "fix-diff-terminal"

    def render(self, result: FixResult, options: ReportOptions) -> str:
        """Return the lines of the patch."""
        lines = [line for file in result.files for line in _diff(file)]
        return write((safe(line.removesuffix("\n"), _style(line)) for line in lines), options)


def _style(line: str) -> str:
    return HEADING if line.startswith(("--- ", "+++ ", "diff ")) else _STYLES.get(line[:1], "")


def _diff(file: FileFix) -> Iterator[str]:
    before, after = (data.decode("utf-8") for data in (file.before, file.after))
    old, new = (_name(side, file.name) for side in "ab")
    yield f"diff --git {old} {new}\n"
    yield from patch_lines(before, after, old + _after(old), new + _after(new))


def _name(side: str, path: str) -> str:
    """Write a name as git does: relative, quoted where it holds what would break the line."""
    name = f"{side}/{posixpath.normpath(path).lstrip('/')}"
    odd = _ODD.search(name) or not name.isascii()
    return '"' + "".join(map(_escaped, name.encode("utf-8", "surrogateescape"))) + '"' if odd else name


def _after(name: str) -> str:
    """Return the tab that ends a name with a blank in it."""
    return "\t" if " " in name and not name.startswith('"') else ""


def _escaped(byte: int) -> str:
    char = chr(byte)
    if char in '"\\':
        return "\\" + char
    return char if " " <= char <= "~" else f"\\{byte:03o}"
