"""How sure a rate is."""

from __future__ import annotations

_Z = 1.959963984540054
"""The normal deviate of 95%, two-sided."""


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """Return the 95% score interval of a rate; `None` for a rate of nothing.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), 209-212.
    It stays within 0 and 1 and says something also where no case was seen.
    """
    if not whole:
        return None
    rate, square = part / whole, _Z * _Z
    middle = rate + square / (2 * whole)
    reach = _Z * (rate * (1 - rate) / whole + square / (4 * whole * whole)) ** 0.5
    scale = 1 + square / whole
    low = 0.0 if part == 0 else (middle - reach) / scale
    high = 1.0 if part == whole else (middle + reach) / scale
    return low, high
