"""Values for expressions that the traffic knows nothing of: new ones, of which only the kind can be told."""

from __future__ import annotations

import enum
import re
from datetime import UTC, datetime

import xxhash

from cachelens.model.template import Span, SpanKind
from cachelens.rules.nature import Nature
from cachelens.rules.telling import told


class Change(enum.StrEnum):
    """How often a new value is taken to change."""

    REQUEST = "with every request"
    DAY = "every day"
    SESSION = "from session to session"
    NEVER = "never"


_CHANGES = {
    Nature.TIME: Change.REQUEST,
    Nature.ID: Change.REQUEST,
    Nature.ADDRESS: Change.REQUEST,
    Nature.IDENTITY: Change.SESSION,
}
_WITH_TIME = re.compile(r"%[HIMSfsTXcrRpLN]|(?i:time|now|stamp|hour|minute|second|iso)")
_ONLY_DATE = re.compile(r"%[YymdjBbAaFDUW]|(?i:date|today|day)")
_FORMAT = re.compile(r"%[A-Za-z]")


def change_of(span: Span) -> Change:
    """Return how often a value that nothing is known of is taken to change, by what it calls or is called."""
    if span.kind is not SpanKind.VARIABLE:
        return Change.NEVER
    found = told(span)
    if found is None or found.perhaps:
        return Change.NEVER
    change = _CHANGES.get(found.nature, Change.NEVER)
    if change is Change.REQUEST and found.lasting:
        return Change.SESSION
    if found.nature is Nature.TIME and _is_date(span.text):
        return Change.DAY
    return change


def _is_date(text: str) -> bool:
    """Say whether an expression gives a day only: by its format where it has one, else by its names."""
    written = " ".join(_FORMAT.findall(text)) or text
    return _ONLY_DATE.search(written) is not None and _WITH_TIME.search(written) is None


def invented(span: Span, change: Change, *, request: int, session: int, arrived_us: int) -> str:
    """Return a value of usual length, the same for the same request, session or day."""
    nature = found.nature if (found := told(span)) is not None else Nature.NONE
    if change is Change.NEVER:
        return "value"
    if nature is Nature.TIME:
        at = datetime.fromtimestamp(max(0, arrived_us) // 1_000_000, UTC)
        return at.date().isoformat() if change is Change.DAY else at.replace(tzinfo=None).isoformat()
    number = session if change is Change.SESSION and session >= 0 else request
    digest = xxhash.xxh3_128_hexdigest(f"{change.value} {number}".encode())
    if nature is Nature.IDENTITY:
        return f"user-{digest[:8]}"
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))
