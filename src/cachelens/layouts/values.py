"""What kind of value stands in a slot: by the form of the values, and by proof from the log itself."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from cachelens.layouts.forms import are_examples, keys_sorted, without_number, without_space

T = TypeVar("T")


class Kind(enum.StrEnum):
    """Kinds of value, the most telling first."""

    CLOCK = "clock"
    """A time that follows the request's own arrival: proved."""
    OWN_ID = "own id"
    """The request's id in the log: proved."""
    SESSION_ID = "session id"
    """The session's id in the log: proved."""
    TIME = "date or time"
    UUID = "uuid"
    EMAIL = "e-mail"
    URL = "url"
    HASH = "hash"
    VERSION = "version"
    PATH = "path"
    ID = "id"
    RANDOM = "random number"
    """A fraction with many digits."""
    NUMBER = "number"
    JSON = "json"
    NAME = "name"
    SHUFFLED = "shuffled items"
    EXAMPLES = "shuffled examples"
    FORM = "form only"
    """Equal but for white space, line ends or Unicode form."""
    KEYS = "order of JSON keys"
    DOCUMENT = "documents"
    TEXT = "text"


MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_TIME = re.compile(
    rf"\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d)?|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|\b\d{{1,2}}:\d\d(?::\d\d)?\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\.? {MONTH}\b|\b{MONTH} \d{{1,2}}\b|\b{DAY},? "
    rf"|^{DAY}$|^1[6-9]\d{{8}}(?:\d{{3}}|\.\d+)?$",
    re.IGNORECASE,
)
_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.UUID, re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)),
    (Kind.EMAIL, re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")),
    (Kind.URL, re.compile(r"https?://\S+")),
    (Kind.VERSION, re.compile(r"^v\d+(?:\.\d+)*(?:[-+][\w.]+)?$")),
    (Kind.TIME, _TIME),
    (Kind.VERSION, re.compile(r"^\d+(?:\.\d+){2,}(?:[-+][\w.]+)?$")),
    (Kind.HASH, re.compile(r"^(?=.*\d)(?=.*[a-f])[0-9a-f]{7,64}$", re.IGNORECASE)),
    (Kind.RANDOM, re.compile(r"^-?\d?\.\d{5,}(?:e-?\d+)?$", re.IGNORECASE)),
    (Kind.NUMBER, re.compile(r"^[-+]?[\d.,_ ]*\d%?$")),
    (Kind.PATH, re.compile(r"^(?:[A-Za-z]:\\|~?/|\.{1,2}/)[^\n]*$")),
    (Kind.JSON, re.compile(r"^\s*[\[{].*[\]}]\s*$", re.DOTALL)),
    (Kind.ID, re.compile(r"^(?=.*\d)[A-Za-z]*[-_:#]?[\w-]{3,}$")),
    (Kind.NAME, re.compile(r"^[A-Z][\w'.-]*(?: [A-Z][\w'.-]*){0,3}$")),
)
_MOSTLY = 0.8
_LONG = 400
"""Characters on average from which a text is called documents."""
_FOLLOWS_S = 26 * 3600
"""A stated time within so many seconds of the arrival (any time zone) follows it."""


def kind_of(
    values: Sequence[str],
    *,
    arrived_us: Sequence[int] = (),
    own: Sequence[str] = (),
    sessions: Sequence[str] = (),
    before: str = "",
) -> Kind:
    """Return the kind of the distinct values of a slot.

    Beside each value may stand the arrival of a request that had it, and the request's and the session's id in the
    log, empty where it has none. `before` is the text in front of the slot.
    """
    there = [place for place, value in enumerate(values) if value.strip()]
    if not there:
        return Kind.FORM
    some = [values[place].strip() for place in there]
    arrived_us = [arrived_us[place] for place in there if arrived_us]
    for ids, kind in ((own, Kind.OWN_ID), (sessions, Kind.SESSION_ID)):
        if ids and _share([(value, ids[place]) for value, place in zip(some, there, strict=True)], _holds):
            return kind
    if (same := _same_content(values, some)) is not None:
        return same
    if _IN_ADDRESS.search(before):
        return Kind.URL
    short = [value.rstrip(".,;:!?") for value in some if len(value) < _LONG]
    for kind, pattern in _FORMS if len(short) >= _MOSTLY * len(some) else ():
        if _share(short, partial(_has, pattern)):
            if kind is Kind.TIME and arrived_us and _follows(some, arrived_us):
                return Kind.CLOCK
            return kind
    return Kind.DOCUMENT if sum(map(len, some)) > _LONG * len(some) else Kind.TEXT


_IN_ADDRESS = re.compile(r"https?://[^\s\"'<>]*$")
"""The beginning of an address that the value goes on with."""


def _same_content(values: Sequence[str], some: Sequence[str]) -> Kind | None:
    """Return in what form values differ that say the same; `None` where they do not."""
    if _is_form_only(values):
        return Kind.FORM
    if len(set(some)) > 1 and _all_alike(some, keys_sorted):
        return Kind.KEYS
    if (items := _shuffled(some)) is not None:
        return Kind.EXAMPLES if are_examples(items) else Kind.SHUFFLED
    return None


def _holds(pair: tuple[str, str]) -> bool:
    return bool(pair[1]) and pair[1] in pair[0]


def is_time(text: str) -> bool:
    """Say whether a date or a time stands in a text."""
    return _TIME.search(text) is not None


def _has(pattern: re.Pattern[str], value: str) -> bool:
    return pattern.search(value) is not None


def _share(items: Sequence[T], test: Callable[[T], bool]) -> bool:
    """Say whether most items pass; ends as soon as that can no longer be."""
    missing = 0
    for item in items:
        if not test(item):
            missing += 1
            if len(items) - missing < _MOSTLY * len(items):
                return False
    return True


def _all_alike(values: Sequence[str], form: Callable[[str], Hashable]) -> bool:
    """Say whether all values are the same in a form; ends at the first that is not."""
    first = form(values[0])
    return all(form(value) == first for value in values[1:])


def _is_form_only(values: Sequence[str]) -> bool:
    """Say whether the values are one text in different forms: white space, line ends, Unicode."""
    return len(set(values)) > 1 and _all_alike(values, lambda value: without_space(unicodedata.normalize("NFC", value)))


def _shuffled(values: Sequence[str]) -> tuple[str, ...] | None:
    """Return the items of the values where all hold the same in different orders: paragraphs, lines, or a list."""
    for separator in ("\n\n", "\n", ","):
        first = _items(values[0], separator)
        if len(first) < 2 or not _all_alike(values, partial(_members, separator=separator)):  # noqa: PLR2004 - a list
            continue
        if not _all_alike(values, partial(_items, separator=separator)):
            return first
    return None


def _items(value: str, separator: str) -> tuple[str, ...]:
    """Return the items of a list, without their numbers."""
    return tuple(without_number(item) for item in value.split(separator) if item.strip())


def _members(value: str, separator: str) -> tuple[str, ...]:
    """Return the items of a list, whatever their order."""
    return tuple(sorted(_items(value, separator)))


def _follows(values: Sequence[str], arrived_us: Sequence[int]) -> bool:
    """Say whether the times that stand in the values follow the arrivals of their requests."""
    pairs = [(time, at / 1e6) for value, at in zip(values, arrived_us, strict=True) if (time := seconds_in(value))]
    return len(pairs) >= _MOSTLY * len(values) and _share(pairs, lambda pair: abs(pair[0] - pair[1]) <= _FOLLOWS_S)


_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_EPOCH = re.compile(r"(?<!\d)(1[6-9]\d{8})(\d{3})?(?!\d)")
_WRITTEN = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?\.? ({MONTH}),? (\d{{4}})|({MONTH}) (\d{{1,2}}),? (\d{{4}})", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def seconds_in(text: str) -> float | None:
    """Return the first full date or time in a text as seconds since 1970, taken as UTC where no zone is given."""
    if found := _ISO.search(text):
        try:
            time = datetime.fromisoformat(found.group())
        except ValueError:
            return None
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    if found := _EPOCH.search(text):
        return float(found.group(1))
    if found := _WRITTEN.search(text):
        day, month, year = (found.group(n) for n in ((1, 2, 3) if found.group(1) else (5, 4, 6)))
        try:
            return datetime(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day), tzinfo=UTC).timestamp()
        except ValueError:
            return None
    return None
