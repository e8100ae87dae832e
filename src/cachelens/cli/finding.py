"""What a project has that an audit or a simulation can look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_MOST_LOGS = 200
"""Files that are looked into for logs; a project with more keeps them in a folder that its owner knows."""
_MOST_NAMED = 3
_MOST_PATHS = 5
"""Places with templates that are named one by one; of more, the project as a whole."""


class FoundHere(NamedTuple):
    """Templates and logs of a project; paths are relative to it, with `/`."""

    templates: int
    """Files with templates."""
    paths: tuple[str, ...]
    """The folders, or files at the top, that hold them."""
    logs: tuple[str, ...]

    def told(self) -> list[str]:
        """Return what was found, in lines."""
        files = "file" if self.templates == 1 else "files"
        templates = f"{self.templates} {files} in {', '.join(self.paths)}" if self.templates else "none"
        others = len(self.logs) - _MOST_NAMED
        logs = ", ".join(self.logs[:_MOST_NAMED]) + (f" and {others} more" if others > 0 else "")
        return [f"Templates: {templates}", f"Logs: {logs or 'none'}"]


def look(project: Path) -> FoundHere:
    """Look through a project as an audit does, for templates by what is in them, for logs by suffix and first lines."""
    from cachelens.templates.reading import discover, parse_file

    names = [
        file.path.relative_to(project).as_posix()
        for file in discover([str(project)])
        if parse_file(file.path, (project,), name=file.name, language=file.language).templates
    ]
    tops = tuple(sorted({name.partition("/")[0] for name in names}))
    paths = tops if len(tops) <= _MOST_PATHS else (".",)
    return FoundHere(len(names), paths, tuple(_logs(project)))


def _logs(project: Path) -> Iterator[str]:
    from cachelens.sources.discovery import discover

    candidates = [str(path) for path in _candidates(project)][:_MOST_LOGS]
    for opened in discover(candidates) if candidates else ():
        if opened.skip is None and opened.format:
            yield Path(opened.name).relative_to(project).as_posix()


def _candidates(project: Path) -> Iterator[Path]:
    """Yield the files that promise to be a log by their suffix, outside of hidden and other people's folders."""
    from cachelens.templates.reading import IGNORED

    for root, folders, names in os.walk(project):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in IGNORED)
        for name in sorted(names):
            suffixes = Path(name).suffixes
            if not name.startswith(".") and {".jsonl", ".ndjson", ".trace"} & set(suffixes[-2:]):
                yield Path(root, name)
