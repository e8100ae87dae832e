"""What the published JSON shapes share: their base, kinds of figures, and what was read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from cachelens.model.result import InputSummary, SkipCount

_MONEY: Final = "US dollars in plain decimal notation, at most twelve decimals, no trailing zeros."

Money = Annotated[str, msgspec.Meta(pattern=r"^-?\d+(\.\d+)?$", description=_MONEY)]
Ratio = Annotated[float, msgspec.Meta(description="Rounded to six digits.")]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the shapes: immutable, fields by name."""


class InputV1(Shape, frozen=True, kw_only=True):
    """One file as it was read."""

    path: str
    format: str
    lines: Count
    requests: Count
    duplicates: Count


class SkipV1(Shape, frozen=True, kw_only=True):
    """Lines of one file that were not used, for one reason: benign without a fault, kept where only a part is lost."""

    path: str
    reason: str
    detail: str
    lines: Count
    first_line: Count
    benign: bool
    kept: bool


def inputs_of(rows: Iterable[InputSummary]) -> tuple[InputV1, ...]:
    """Convert what was read to its published shape, which bears the same names."""
    return tuple(msgspec.convert(row, InputV1, from_attributes=True) for row in rows)


def skips_of(rows: Iterable[SkipCount]) -> tuple[SkipV1, ...]:
    """Convert what was passed over to its published shape, which bears the same names."""
    return tuple(msgspec.convert(row, SkipV1, from_attributes=True) for row in rows)
