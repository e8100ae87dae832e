"""What rules on templates share: how grave a place is, and how a finding on it is said."""

from __future__ import annotations

import re

from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.model.location import Location
from cachelens.model.prompt import Role
from cachelens.model.template import Span
from cachelens.rules.base import Rule
from cachelens.rules.nature import Nature
from cachelens.rules.spans import Placed
from cachelens.rules.telling import Told

LITTLE = 64
"""Fixed tokens behind a value below which it is worth a remark only."""
SOME = 512
_WIDTH = 60
_PLAIN = frozenset({Nature.TIME, Nature.ID, Nature.IDENTITY, Nature.ADDRESS})
_QUOTED = re.compile(r"""(["'`])(?:\\.|(?!\1).)*(?:\1|$)""")
_KEY = re.compile(r"[A-Za-z_]{1,24}|.{0,2}")
"""What a quoted text may be to be shown: a key such as `GIT_SHA`, or a sign that joins."""
_SETTING = re.compile(
    r"(?:^|\.)[A-Z][A-Z0-9_]+$|(?i:^(?:self\.)?(?:settings?|config|cfg|flags?|features?|options|constants)\b)"
)
"""Names of what is fixed where a program is set up."""


def severity_of(place: Placed, most: Severity) -> Severity | None:
    """Return how grave a value at a place is, at most `most`; `None` where it is not worth telling.

    A guess by name needs something to strand, and so does all that stands in the last message of the user; in a
    system prompt a plain name is worth a remark.
    """
    told = place.told
    if told is None:
        return None
    behind = place.fixed_behind
    found = Severity.HIGH if behind >= SOME else Severity.MEDIUM if behind >= LITTLE else Severity.INFO
    if place.history_behind and not told.lasting and found is Severity.INFO:
        found = Severity.MEDIUM
    if found is Severity.INFO and (place.in_tail or (told.confidence is Confidence.LOW and not _plain(place, told))):
        return None
    if told.perhaps:
        if behind < SOME:
            return None
        found = Severity.LOW
    return min(found, most, key=lambda one: one.rank)


def _plain(place: Placed, told: Told) -> bool:
    """Say whether a name in a system prompt leaves little doubt, and has fixed text behind it."""
    system = place.message.section == "system" or place.message.role in {Role.SYSTEM, Role.DEVELOPER}
    return system and told.nature in _PLAIN and place.fixed_behind > 0


def behind_in_words(place: Placed) -> str:
    """Say what stands behind a place."""
    history = place.history_behind and place.told is not None and not place.told.lasting
    more = ", and the messages so far," if history else ""
    times = f" (it stands at {place.again} more place{'s' * (place.again > 1)} there)" if place.again > 0 else ""
    return f"about {place.fixed_behind:,} fixed tokens{more} stand behind it{times}"


def finding_at(
    rule: Rule,
    location: Location,
    message: str,
    *,
    severity: Severity,
    confidence: Confidence,
    advice: str,
    stranded: int | None,
) -> Finding:
    """Make a finding on a template."""
    return Finding(
        rule=rule.id,
        severity=severity,
        confidence=confidence,
        message=message,
        location=location,
        advice=advice,
        stranded_tokens=stranded,
    )


def short(text: str) -> str:
    """Return an expression on one line of a readable length, without the texts in it: they may be prompt."""
    line = _QUOTED.sub(_hidden, " ".join(text.split()))
    return line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..."


def _hidden(match: re.Match[str]) -> str:
    quote, text = match.group()[0], match.group()[1:-1]
    return match.group() if _KEY.fullmatch(text) else f"{quote}...{quote}"


def is_setting(span: Span) -> bool:
    """Say whether an expression reads settings only, which stay as they are while a program runs."""
    return bool(span.names) and all(map(_SETTING.search, span.names)) and not span.calls
