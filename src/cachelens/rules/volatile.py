"""What all rules on volatile content share: a value that changes stands before text that does not."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.finding import Finding
from cachelens.model.template import Span
from cachelens.rules.judged import behind_in_words, finding_at, severity_of, short
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid, Placed

_ANYWHERE = frozenset({Nature.TIME, Nature.ID, Nature.IDENTITY, Nature.ENVIRONMENT, Nature.ADDRESS})
"""What is told by this family among tools too; orders of tools and schemas have rules of their own."""


class VolatileRule(RecordedRule):
    """Base of the rules on one kind of volatile value."""

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield variables that are this value, by what they call or what they are called."""
        for place in template.places:
            if place.told is not None and place.told.nature is self.nature and _is_ours(place, self.nature):
                yield from self._place(place)

    def said_of(self, span: Span) -> str:
        """Say what a value in a template is."""
        del span
        return self.what

    def _place(self, place: Placed) -> Iterator[Finding]:
        severity = severity_of(place, self.severity)
        if severity is not None and place.told is not None:
            said = self.said_of(place.span)
            yield finding_at(
                self,
                place.span.location,
                f"`{short(place.span.text)}` is {said} at token {place.tokens_before:,}; {behind_in_words(place)}",
                severity=severity,
                confidence=place.told.confidence,
                advice=self.advice,
                stranded=place.fixed_behind,
            )


def _is_ours(place: Placed, nature: Nature) -> bool:
    if place.again < 0 or place.message.section in {"history", "schema"}:
        return False
    return place.message.section != "tools" or nature in _ANYWHERE
