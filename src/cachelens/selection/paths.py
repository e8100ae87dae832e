"""Files by patterns as in `.gitignore`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache


@cache
def matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Return a test for paths from the root with forward slashes; a path outside the root fits no pattern."""
    if not patterns:
        return lambda _path: False
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(patterns)
    return lambda path: not path.startswith("../") and spec.match_file(path)


def kept(names: Sequence[str], relative: Callable[[str], str], exclude: tuple[str, ...]) -> list[str]:
    """Return the files that no pattern excludes."""
    excluded = matcher(exclude)
    return [name for name in names if not excluded(relative(name))] if exclude else list(names)
