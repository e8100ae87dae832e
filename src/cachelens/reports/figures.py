"""How figures are written: counts, percentages, money. Unknown is a word, never zero."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

UNKNOWN = "unknown"
ESTIMATE = "~"
"""Stands before every figure that rests on estimated token counts."""

_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN)
_FOUR_DIGITS = Context(prec=4, rounding=ROUND_HALF_EVEN)
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
_UNITS = ("", "k", "M", "B", "T")
_CENT = Decimal("0.01")
_TWELVE_PLACES = Decimal("1E-12")
"""A millionth of a token's price: nothing that is billed is smaller."""
_JUST_UNDER_ONE = 0.9995
_JUST_OVER_ZERO = 0.0005

RATIO_DIGITS: Final = 6
"""Digits of a ratio behind the point, for programs."""


def approx(shown: str, *, estimated: bool) -> str:
    """Put the sign of an estimate before a figure; words such as `unknown` stay bare."""
    has_figure = any(char.isdigit() for char in shown)
    return ESTIMATE + shown if estimated and has_figure else shown


def count(number: int | None) -> str:
    """Write a whole number in full: `1,234`."""
    return UNKNOWN if number is None else f"{number:,}"


def plural(number: int, noun: str) -> str:
    """Write a number with its noun: `1 request`, `2 requests`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def tokens(number: int | None) -> str:
    """Write a token count to three digits with a short unit: `999`, `12.3k`, `4.56M`, `7.89B`."""
    if number is None:
        return UNKNOWN
    if abs(number) < 1000:  # noqa: PLR2004  where the first unit starts
        return str(number)
    rounded = _THREE_DIGITS.create_decimal(number)
    unit = min(rounded.adjusted() // 3, len(_UNITS) - 1)
    return f"{rounded.scaleb(-3 * unit):f}{_UNITS[unit]}"


def share(ratio: float | None) -> str:
    """Write a ratio as a percentage: `61.2%`. Only an exact 0 or 1 reads as `0.0%` or `100.0%`."""
    if ratio is None:
        return UNKNOWN
    if 0 < ratio < _JUST_OVER_ZERO:
        return "<0.1%"
    if _JUST_UNDER_ONE <= ratio < 1:
        return ">99.9%"
    return f"{ratio:.1%}"


def change(ratio: float | None) -> str:
    """Write a signed ratio as a percentage: `-12.3%`, `+0.04%`, `0%`."""
    if ratio is None:
        return UNKNOWN
    if ratio == 0:
        return "0%"
    if abs(ratio) < 0.00005:  # noqa: PLR2004  would read as 0.00%
        return "under 0.01%"
    return f"{ratio:+.2%}" if abs(ratio) < 0.01 else f"{ratio:+,.1%}"  # noqa: PLR2004  one percent


def money(amount: Decimal | None) -> str:
    """Write an amount in US dollars: `$1,234.56`, `-$12.30`; small ones to four digits, `$0.01234`."""
    if amount is None:
        return UNKNOWN
    size = amount.copy_abs()
    if size == 0:
        return "$0.00"
    rounded = _FOUR_DIGITS.plus(size) if size < 1 else _WIDE.quantize(size, _CENT)
    if rounded >= 1 or rounded == _WIDE.quantize(rounded, _CENT):
        rounded = _WIDE.quantize(rounded, _CENT)
    return f"{'-' if amount < 0 else ''}${rounded:,f}"


def signed_money(amount: Decimal | None) -> str:
    """Write a difference of two amounts, always with its sign unless zero: `+$3.00`, `-$12.30`."""
    shown = money(amount)
    return f"+{shown}" if amount is not None and amount > 0 else shown


def plain(amount: Decimal) -> str:
    """Write an amount for programs: plain notation, at most twelve decimals, no trailing zeros."""
    text = f"{_WIDE.quantize(amount, _TWELVE_PLACES):f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def plain_or_none(amount: Decimal | None) -> str | None:
    """Write an amount for programs, where it is known."""
    return None if amount is None else plain(amount)


def rounded(ratio: float | None) -> float | None:
    """Round a ratio as programs get it, where it is known."""
    return None if ratio is None else round(ratio, RATIO_DIGITS) + 0.0  # + 0.0 turns -0.0 into 0.0
