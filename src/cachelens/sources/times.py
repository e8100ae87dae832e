"""Times in logs, turned into whole microseconds UTC since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def iso_us(text: object) -> int | None:
    """Microseconds of an ISO 8601 date and time; one without a zone is UTC; `None` when it is not one."""
    if not isinstance(text, str) or "-" not in text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return (when - _EPOCH) // _MICROSECOND
