"""What a report says of a rule."""

from __future__ import annotations

import msgspec

from cachelens.model.finding import Confidence, Severity


class RuleAbout(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as its readers know it."""

    id: str
    name: str
    """Short, in words joined by hyphens."""
    family: str
    """What rules with the same letter are about, such as `volatile content`."""
    severity: Severity
    """What it is worth at most."""
    precision: Confidence
    """How often its findings are right, as far as its kind of evidence goes; each finding has its own confidence."""
    summary: str
    """One sentence, the first of its page."""
    page: str
    """All that is said of it, as Markdown."""
