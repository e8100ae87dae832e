"""The response schema changes between requests."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.finding import Finding, Severity
from cachelens.rules.judged import finding_at, short
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid


class SchemaText(RecordedRule):
    """The response schema changes between requests.

    Providers render the schema in front of the messages. A schema whose name holds an id, or that is generated
    anew, makes all of the request new to the cache.

    What to do: keep the schema and its name fixed; sort what is generated.

    Bad:

        {"name": f"answer_{uuid4()}", "schema": ...}

    Good:

        {"name": "answer", "schema": ...}
    """

    id = "F208"
    name = "response-schema-changes"
    severity = Severity.HIGH
    nature = Nature.SCHEMA
    what = "a stretch of the response schema"
    advice = "Keep the schema and its name as they are."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield ids, times and names of users within a response schema."""
        for place in template.places:
            said = place.told
            if place.message.section != "schema" or said is None or said.perhaps or place.again < 0:
                continue
            if said.nature in {Nature.ID, Nature.TIME, Nature.IDENTITY, Nature.ITEMS}:
                yield finding_at(
                    self,
                    place.span.location,
                    f"`{short(place.span.text)}` makes the response schema another one; all of the request stands "
                    f"behind it, about {template.fixed_tokens:,} fixed tokens",
                    severity=self.severity,
                    confidence=said.confidence,
                    advice=self.advice,
                    stranded=template.fixed_tokens,
                )
