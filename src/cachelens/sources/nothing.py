"""What is said where inputs hold no request that can be used."""

from __future__ import annotations

from collections.abc import Sequence

from cachelens.errors import InputError
from cachelens.model.result import SkipCount
from cachelens.sources.discovery import NEXT

_MOST = 3


class NoRequestError(InputError):
    """Inputs without a single request that can be used."""

    def __init__(self, skips: Sequence[SkipCount]) -> None:
        hint = next((skip.detail for skip in skips if skip.detail), NEXT)
        super().__init__(f"no usable request was found ({_why(skips)})", hint=hint)
        self.skips = tuple(skips)
        """What was passed over, and why."""


def _why(skips: Sequence[SkipCount]) -> str:
    shown = [
        f"{skip.path}: {skip.reason}" + (f" (line {skip.first_line})" if skip.first_line else "")
        for skip in skips[:_MOST]
    ]
    if len(skips) > _MOST:
        shown.append(f"and {len(skips) - _MOST:,} more")
    return "; ".join(shown) or "the folder holds no file"
