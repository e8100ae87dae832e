"""How lengths and points of time are written."""

from __future__ import annotations

import datetime as dt

ONE_MOMENT = "all at one moment"
_SECOND = 1_000_000
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3600 * _SECOND, 86_400 * _SECOND


def span(microseconds: int) -> str:
    """Write a length of time: `850 ms`, `1.5 s`, `12 s`, `7.5 minutes`, `3.5 hours`, `2.0 days`."""
    if microseconds < _SECOND:
        return f"{microseconds // 1000} ms"
    if microseconds < 10 * _SECOND:
        return f"{microseconds / _SECOND:.1f} s"
    if microseconds < 2 * _MINUTE:
        return f"{microseconds // _SECOND:,} s"
    if microseconds < 2 * _HOUR:
        minutes = microseconds / _MINUTE
        return f"{minutes:.0f} minutes" if minutes == int(minutes) else f"{minutes:.1f} minutes"
    if microseconds < 2 * _DAY:
        return f"{microseconds / _HOUR:.1f} hours"
    return f"{microseconds / _DAY:,.1f} days"


def days_span(days: float) -> str:
    """Write a length of time that is given in days, to the second."""
    return span(round(days * _DAY / _SECOND) * _SECOND)


def of_log(first_us: int, last_us: int) -> str:
    """Write how long a log is, from its first request to its last."""
    return span(last_us - first_us) if last_us > first_us else ONE_MOMENT


def instant(microseconds: int) -> str:
    """Write an instant to the second: `2026-11-09 10:02:11 UTC`."""
    at = dt.datetime.fromtimestamp(microseconds // _SECOND, dt.UTC)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
