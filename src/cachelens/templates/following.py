"""Follows the names of other files in a template: inside the roots, not in circles, and not without end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cachelens.model.location import Location
from cachelens.model.template import TemplateProblem
from cachelens.templates.base import MOST_DEPTH, TemplateFile
from cachelens.templates.files import UnusableError, locate, name_beside, read_text
from cachelens.templates.places import Text

MOST_SPANS = 20_000
"""Spans that one file may expand to, with all that it includes."""


class Opened:
    """A file that a template names."""

    def __init__(self, path: Path, text: Text) -> None:
        self.path = path
        self.text = text


class Follower:
    """What is shared while one file is read: the problems found, the files open, the spans still allowed."""

    def __init__(self, file: TemplateFile) -> None:
        self.problems: list[TemplateProblem] = []
        self.file = Opened(file.path, Text.whole(file.name, file.text))
        self._given = file
        self._left = MOST_SPANS
        self._open = [file.path]
        self._texts: dict[Path, Text] = {}
        self._located: dict[tuple[tuple[str, ...], Path], Path | UnusableError] = {}
        self._depth = 0

    def problem(self, location: Location, code: str, message: str) -> None:
        """Note a problem, once for each place."""
        found = TemplateProblem(location, code, message)
        if found not in self.problems[-20:]:
            self.problems.append(found)

    def spend(self, location: Location) -> bool:
        """Take one span out of the budget; False when nothing is left, which is said once."""
        self._left -= 1
        if self._left == -1:
            message = f"it expands to more than {MOST_SPANS:,} parts; the rest is left out"
            self.problem(location, "too-large", message)
        return self._left >= 0

    @property
    def exhausted(self) -> bool:
        """True when nothing more may be expanded."""
        return self._left < 0

    @contextmanager
    def deeper(self, location: Location) -> Iterator[bool]:
        """Go down one level of blocks or files; gives False, and a problem, where that is too deep."""
        self._depth += 1
        try:
            if self._depth > MOST_DEPTH:
                message = f"more than {MOST_DEPTH} levels of blocks and includes; flatten them"
                self.problem(location, "too-deep", message)
            yield self._depth <= MOST_DEPTH
        finally:
            self._depth -= 1

    def find(self, names: Sequence[str], origin: Path, location: Location, *, quiet: bool = False) -> Opened | None:
        """Find and read the first of some names, seen from the file `origin`; None, with a problem, if that fails."""
        if self._open[0] is self._given.path:  # a circle may lead back here by another way of writing the path
            self._open[0] = Path(os.path.realpath(self._given.path))
        try:
            path = self._locate(names, origin.parent)
            if path not in self._texts:
                name = name_beside(path, self._given.path, self._given.name)
                self._texts[path] = Text.whole(name, read_text(path))
        except (UnusableError, OSError, ValueError) as error:
            code = error.code if isinstance(error, UnusableError) else "include-missing"
            why = error.why if isinstance(error, UnusableError) else "it is no usable file name"
            if not quiet:
                self.problem(location, code, f"`{names[0][:100]}` is not followed: {why}")
            return None
        return Opened(path, self._texts[path])

    def _locate(self, names: Sequence[str], folder: Path) -> Path:
        """Find a file, asking the disk once for each name and folder."""
        key = (tuple(names), folder)
        if key not in self._located:
            try:
                self._located[key] = locate(names, folder, self._given.roots)
            except UnusableError as error:
                self._located[key] = error
        found = self._located[key]
        if isinstance(found, UnusableError):
            raise UnusableError(found.code, found.why)
        return found

    @contextmanager
    def inside(self, opened: Opened, location: Location) -> Iterator[bool]:
        """Read another file; gives False, and a problem, where it is being read already or lies too deep."""
        if opened.path in self._open:
            self.problem(location, "include-cycle", f"`{opened.path.name}` includes itself; break the circle")
            yield False
            return
        if not self.spend(location):
            yield False
            return
        self._open.append(opened.path)
        try:
            with self.deeper(location) as allowed:
                yield allowed
        finally:
            self._open.pop()
