"""The history slides: its first messages are dropped from turn to turn."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cachelens.model.audit import Fault
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.model.template import Span
from cachelens.rules.judged import finding_at, short
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid

_LAST_ONES = re.compile(r"\[\s*-[^\[\]:]{1,60}:\s*\]|\.slice\(\s*-|\|\s*(?:last|takeRight)\b|\btake_?[rR]ight\(")
"""The last items of a list, in the ways in which it is written."""
_CUTS = re.compile(r"(?:^|\.)(?:trim_messages|trimMessages|takeRight|take_right)$")


class HistoryTruncated(RecordedRule):
    """The history slides: its first messages are dropped from turn to turn.

    Every turn begins at another message, so the whole history is new to the cache, in every turn. A longer history
    that is read from cache is often the cheaper one.

    What to do: let the history grow, and when it must shrink, cut a large piece at once: one miss in twenty turns
    instead of twenty.

    Bad:

        messages = history[-10:]

    Good:

        if tokens(history) > limit: history = history[len(history) // 2 :]
    """

    id = "S301"
    name = "history-cut-in-front"
    severity = Severity.HIGH
    faults = frozenset({Fault.TRUNCATED})
    says = "the history is cut off in front in {requests} of {of} requests"
    advice = "Keep the history, or cut a large piece at once instead of a little in every turn."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield histories of which the last messages only are sent."""
        for place in template.places:
            if place.message.section == "history" and place.span in place.message.spans and _is_cut(place.span):
                yield finding_at(
                    self,
                    place.span.location,
                    f"`{short(place.span.text)}` sends the last messages only: from one turn to the next, the history "
                    f"begins at another one",
                    severity=Severity.MEDIUM,
                    confidence=Confidence.MEDIUM,
                    advice=self.advice,
                    stranded=None,
                )
                return


def _is_cut(span: Span) -> bool:
    written = (span.text, *span.filters, *(origin.expression for origin in span.origins))
    return any(map(_LAST_ONES.search, written)) or any(map(_CUTS.search, (*span.calls, *span.filters)))
