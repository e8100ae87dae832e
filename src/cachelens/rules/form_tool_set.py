"""Tools are added or removed between requests."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.audit import Fault
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.model.template import SpanKind
from cachelens.rules.judged import finding_at, is_setting, short
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid


class ToolSet(RecordedRule):
    """Tools are added or removed between requests.

    A tool more or less changes the front of the request. All that stands behind it, system prompt and history, is
    paid for again.

    What to do: send one list for a whole session, better for all sessions; where the provider has them, use allowed
    tools, tool search or deferred tools, which leave the prefix as it is.

    Bad:

        tools = [search] if step == 0 else [search, fetch]

    Good:

        tools = [fetch, search]
    """

    id = "F202"
    name = "tools-added-or-removed"
    severity = Severity.HIGH
    faults = frozenset({Fault.TOOLS_DIFFER})
    says = "tools are added or removed in {requests} of {of} requests ({detail})"
    advice = "Send the same tools always, and say in the last message, or by `tool_choice`, which may be used."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield tools that are sent under a condition only."""
        for place in template.places:
            span = place.span
            if place.message.section != "tools" or span.kind is not SpanKind.CONDITION or is_setting(span):
                continue
            yield finding_at(
                self,
                span.location,
                f"tools are sent only if `{short(span.text)}`; if that changes, all of the request behind them does, "
                f"about {place.fixed_behind:,} fixed tokens",
                severity=Severity.LOW,
                confidence=Confidence.LOW,
                advice=self.advice,
                stranded=place.fixed_behind,
            )
