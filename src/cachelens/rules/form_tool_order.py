"""The same tools are sent in another order."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.audit import Fault
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.rules.judged import finding_at, short
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid


class ToolOrder(RecordedRule):
    """The same tools are sent in another order.

    Tools stand in front of everything else. In another order they are another prefix, and nothing of the request is
    read from cache.

    What to do: sort the tools by name, once, where the request is made.

    Bad:

        tools = list({search, fetch, calculate})

    Good:

        tools = sorted([search, fetch, calculate], key=lambda tool: tool["name"])
    """

    id = "F201"
    name = "tools-in-another-order"
    severity = Severity.HIGH
    faults = frozenset({Fault.TOOLS_REORDERED})
    says = "the same tools stand in another order in {requests} of {of} requests ({detail})"
    advice = "Sort the tools by name before they are sent."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield tools that come out of a set, a listing or a shuffle."""
        for place in template.places:
            said = place.told
            if place.message.section != "tools" or said is None or place.again < 0:
                continue
            if said.nature in {Nature.ITEMS, Nature.EXAMPLES} and said.confidence is not Confidence.LOW:
                yield finding_at(
                    self,
                    place.span.location,
                    f"`{short(place.span.text)}` puts the tools in an order that may differ; all of the request "
                    f"stands behind them, about {template.fixed_tokens:,} fixed tokens",
                    severity=self.severity,
                    confidence=said.confidence,
                    advice=self.advice,
                    stranded=template.fixed_tokens,
                )
