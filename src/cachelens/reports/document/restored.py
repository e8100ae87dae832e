"""Published results turned back into the types that the sentences of the reports are written from."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from cachelens.reports.shapes import Shape

M = TypeVar("M", bound=msgspec.Struct)


def restored(shape: Shape, kind: type[M]) -> M:
    """Return a published result as `kind`, whose fields bear the same names; ratios keep their six digits."""
    return msgspec.convert(shape, kind, from_attributes=True)
