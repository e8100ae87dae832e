"""What `--strict` does not let pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from cachelens.config.compiling import CompileOptions
from cachelens.errors import StrictError
from cachelens.model.result import SkipCount

if TYPE_CHECKING:
    from cachelens.reading import Compiled

Progress = Callable[[int], None]
"""Takes the number of bytes read since the last call."""
PLAIN: Final = CompileOptions()
"""Read as logs are read where nothing else is asked for."""


def refuse_skips(compiled: Compiled) -> None:
    """Raise `StrictError` when any line could not be used."""
    refuse(compiled.skips)


def refuse(skips: Sequence[SkipCount]) -> None:
    """Raise `StrictError` when any of these lines could not be used."""
    bad = [skip for skip in skips if not skip.benign]
    if bad:
        first = bad[0]
        lines = sum(skip.lines for skip in bad)
        where = f"{first.path} line {first.first_line}" if first.first_line else first.path
        raise StrictError(
            f"{lines} unreadable line{'s' if lines > 1 else ''}, the first in {where}: {first.reason}",
            hint=first.detail or "mend the input, or leave out --strict",
        )
