"""The texts of the files that an audit looked into, read once, and what they are called from run to run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from cachelens.templates.files import UnusableError, read_text


class Texts:
    """Files by the names that findings give them."""

    def __init__(self, root: Path, given: Mapping[str, str] = MappingProxyType({})) -> None:
        """`root` is the folder that names are relative to, wherever a run starts; `given` are texts known already."""
        self._root = os.path.realpath(root)
        self._texts = dict(given)
        self._lines: dict[str, list[str]] = {}
        self._relative: dict[str, str] = {}

    def text(self, name: str) -> str:
        """Return the text of a file; empty for one that cannot be read."""
        if name not in self._texts:
            try:
                self._texts[name] = read_text(Path(name))
            except UnusableError:
                self._texts[name] = ""
        return self._texts[name]

    def line(self, name: str, number: int) -> str:
        """Return a line, counted from 1; empty behind the end."""
        lines = self._lines.get(name)
        if lines is None:
            lines = self._lines[name] = self.text(name).split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def relative(self, name: str) -> str:
        """Return the path from the root, with forward slashes: the same in every checkout."""
        known = self._relative.get(name)
        if known is None:
            known = self._relative[name] = self._from_root(name)
        return known

    def _from_root(self, name: str) -> str:
        folder, base = os.path.split(os.path.abspath(name))  # noqa: PTH100  keeps a link's own name
        return os.path.relpath(os.path.join(os.path.realpath(folder), base), self._root).replace(os.sep, "/")  # noqa: PTH118
