"""What all rules on volatile content share: a value that changes stands before text that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.model.template import PromptTemplate, Span
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Placed, placed

_LITTLE = 64
"""Fixed tokens behind a value below which it is worth a remark only."""
_SOME = 512
_WIDTH = 60


class VolatileRule(RecordedRule):
    """Base of the rules on one kind of volatile value."""

    calls: ClassVar[re.Pattern[str] | None] = None
    """Calls in an expression, or in what it was traced back to, that give this value for sure."""
    names: ClassVar[re.Pattern[str] | None] = None
    """Names that say so without proof."""

    def in_template(self, template: PromptTemplate) -> Iterator[Finding]:
        """Yield variables that are this value, by what they call or what they are called."""
        for place in placed(template):
            confidence = self._sure(place.span)
            if confidence is not None and not place.in_tail and place.message.section != "history":
                yield self._span(place, confidence)

    def _sure(self, span: Span) -> Confidence | None:
        if self.calls is not None:
            if any(map(self.calls.search, span.calls)):
                return Confidence.HIGH
            if any(self.calls.search(origin.expression) for origin in span.origins):
                return Confidence.MEDIUM
        if self.names is not None and any(map(self.names.search, span.names)):
            return Confidence.LOW
        return None

    def _span(self, place: Placed, confidence: Confidence) -> Finding:
        behind = place.fixed_behind
        severity = self.severity if behind >= _SOME else Severity.MEDIUM if behind >= _LITTLE else Severity.INFO
        return Finding(
            rule=self.id,
            severity=min(severity, self.severity, key=lambda one: one.rank),
            confidence=confidence,
            message=f"`{_short(place.span.text)}` is {self.what} at token {place.tokens_before:,}; "
            f"about {behind:,} fixed tokens stand behind it",
            location=place.span.location,
            advice=self.advice,
            stranded_tokens=behind,
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..."
