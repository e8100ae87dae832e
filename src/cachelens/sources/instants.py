"""Points in time and spans as logs spell them, to whole microseconds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from cachelens.sources.limits import BEYOND_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_BEYOND = 10**20
_COMPACT_DATE = len("20261005")
_UNITS = ((10**17, Decimal("0.001")), (10**14, Decimal(1)), (10**11, Decimal(1_000)), (0, Decimal(1_000_000)))
"""Smallest number, and microseconds of one unit: nanoseconds, microseconds, milliseconds, seconds.
Read as seconds, 10**11 is the year 5138; read as milliseconds, it is 1973: no overlap in practice."""


def instant_us(raw: bytes) -> int | None:
    """Return the microseconds UTC since the epoch of a JSON value; `None` if it is not a time.

    Takes ISO 8601 text (without a zone it means UTC), HTTP dates, and epoch numbers in seconds,
    milliseconds, microseconds or nanoseconds as a number or as text.
    """
    if raw[:1] != b'"':
        return number_us(raw.decode("ascii", "replace"))
    try:
        text = json.loads(raw) if b"\\" in raw else raw[1:-1].decode()
    except ValueError:
        return None
    return text_us(text)


def text_us(text: str | None) -> int | None:
    """Return the microseconds UTC since the epoch of a time written as text; `None` if it is none.

    A time that is no sensible one comes out of range: `limits` sees to it.
    """
    if not text:
        return None
    if len(text) > _COMPACT_DATE and text.isdigit():
        return number_us(text)  # some of these would pass for a compact date
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return _other_text_us(text.strip())
    return _since_epoch(when)


def _since_epoch(when: datetime) -> int:
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return (when - _EPOCH) // _MICROSECOND


def _other_text_us(text: str) -> int | None:
    number = number_us(text)
    if number is not None:
        return number
    from email.utils import parsedate_to_datetime

    text = text.removesuffix(" UTC").removesuffix(" GMT")
    for attempt in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return _since_epoch(attempt(text))
        except (ValueError, IndexError, TypeError, OverflowError):
            continue
    return None


def number_us(text: str) -> int | None:
    """Return the microseconds of an epoch number whose unit its size tells; `None` if it is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or number <= 0:
        return None
    if number >= _BEYOND:
        return BEYOND_US
    unit = next(unit for least, unit in _UNITS if number >= least)
    return int(number * unit)


def exact_us(number: Decimal, unit_us: int) -> int:
    """Return a number of units as microseconds, rounded; `BEYOND_US` for one of no sensible size."""
    if not number.is_finite() or not -_BEYOND < number < _BEYOND:
        return BEYOND_US
    return round(number * unit_us)


def span_us(raw: bytes, unit_us: int) -> int | None:
    """Return a length of time in microseconds from a JSON number (or a number as text) of units."""
    try:
        number = Decimal(raw.strip(b'"').decode("ascii", "replace"))
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0 or number > 10**12:
        return None
    return int(number * unit_us)
