"""Days as they are written on the command line."""

from __future__ import annotations

import datetime as dt

from cachelens.errors import UsageError


def day_of(text: str) -> dt.date:
    """Read a day; `UsageError` for what is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a day", hint="write it as YYYY-MM-DD") from None
