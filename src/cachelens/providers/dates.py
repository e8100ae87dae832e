"""ISO days as the files write them, integer microseconds as the rest of CacheLens uses them."""

from __future__ import annotations

import datetime as dt

US_PER_SECOND = 1_000_000
US_PER_DAY = 86_400 * US_PER_SECOND
_EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()
_THURSDAY = 3


def day_us(day: str) -> int:
    """Return the first microsecond (UTC) of a day such as `2026-10-07`; `ValueError` if it is not one."""
    if len(day) != len("2026-10-07"):
        raise ValueError(f"not a day in the form YYYY-MM-DD: {day!r}")
    return (dt.date.fromisoformat(day).toordinal() - _EPOCH_ORDINAL) * US_PER_DAY


def us_day(at_us: int) -> str:
    """Return the ISO day (UTC) that holds the instant."""
    return dt.date.fromordinal(at_us // US_PER_DAY + _EPOCH_ORDINAL).isoformat()


def weekday(at_us: int) -> int:
    """Return the day of the week (UTC), Monday 0 to Sunday 6; the epoch was a Thursday."""
    return (at_us // US_PER_DAY + _THURSDAY) % 7


def second_of_day(at_us: int) -> int:
    """Return whole seconds since midnight UTC."""
    return at_us % US_PER_DAY // US_PER_SECOND


def clock_seconds(clock: str) -> int:
    """Return seconds since midnight for `HH:MM`; `24:00` is the end of the day. `ValueError` if malformed."""
    hours, _, minutes = clock.partition(":")
    total = int(hours) * 3600 + int(minutes) * 60
    if len(minutes) != len("00") or not 0 <= total <= US_PER_DAY // US_PER_SECOND:
        raise ValueError(f"not a time in the form HH:MM: {clock!r}")
    return total
