"""How large a count and how far a time can be. What lies beyond is damage, and would not fit into a trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from cachelens.model.record import RequestRecord, Skip

MOST_TOKENS = 1 << 28
"""Tokens that one counter can hold: twenty-five times the largest window that any model has.
All counters of a request together stay below 2**31, which is what a trace has room for."""
LAST_US = 7_258_118_400_000_000
"""2200-01-01 in microseconds UTC. The first is zero: 1970, or a trace's own beginning."""
BEYOND_US = 1 << 62
"""Stands for a time that is written as a number of no sensible size."""
TOO_MANY = "more tokens than any request has"
IMPOSSIBLE_TIME = "impossible time"

Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_TOKENS)]
"""A count as a decoder takes it."""
SignedCount = Annotated[int, msgspec.Meta(le=MOST_TOKENS)]
"""A count whose sign is looked at later, where its name is known."""

_MOST_DIGITS = 18


def count_of(text: str | bytes) -> int | None:
    """Return a whole number written in ASCII digits; `None` for other text and for more than 18 digits."""
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit() else None


def tokens_of(text: str | bytes) -> int | None:
    """Return a count of tokens; `None` for what is none, and for more than any request has."""
    count = count_of(text)
    return count if count is not None and count <= MOST_TOKENS else None


def possible(results: Iterable[RequestRecord | Skip]) -> Iterator[RequestRecord | Skip]:
    """Pass on what a source yields, but for times outside of the years 1970 to 2200.

    A request with such a start becomes a skip; a first token or an end is left out, with a skip beside the request.
    """
    for result in results:
        if type(result) is RequestRecord:
            start, first, end = result.arrived_us, result.first_token_us, result.end_us
            if not (
                (start is None or 0 <= start <= LAST_US)
                and (first is None or 0 <= first <= LAST_US)
                and (end is None or 0 <= end <= LAST_US)
            ):
                yield from _mended(result)
                continue
        yield result


def _mended(record: RequestRecord) -> Iterator[RequestRecord | Skip]:
    if record.arrived_us is not None and not 0 <= record.arrived_us <= LAST_US:
        yield _impossible(record.line, "the start", kept=False)
        return
    for field, name in (("first_token_us", "the first token"), ("end_us", "the end")):
        time_us: int | None = getattr(record, field)
        if time_us is not None and not 0 <= time_us <= LAST_US:
            setattr(record, field, None)
            yield _impossible(record.line, name, kept=True)
    yield record


def _impossible(line: int, what: str, *, kept: bool) -> Skip:
    detail = f"{what} is outside of the years 1970 to 2200"
    return Skip(line=line, reason=IMPOSSIBLE_TIME, detail=detail, kept=kept)
