"""JSON inside a prompt says the same with its keys in another order."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.audit import Fault
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.rules.judged import behind_in_words, finding_at, severity_of, short
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid


class JsonKeys(RecordedRule):
    """JSON inside a prompt says the same with its keys in another order.

    A cache compares what was sent, not what it means: from the first key that moved on, nothing is read.

    In source code, `json.dumps` and `JSON.stringify` keep the order in which keys were put in. For data that one piece
    of code builds, that is the same order each time; for data that users, databases or merged settings bring along, it
    need not be. Such a call is a remark.

    What to do: write JSON with sorted keys (`sort_keys=True`).

    Bad:

        json.dumps({**usual, **chosen})

    Good:

        json.dumps({**usual, **chosen}, sort_keys=True)
    """

    id = "F205"
    name = "json-keys-in-another-order"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.KEYS})
    nature = Nature.KEYS
    what = "a piece of JSON with its keys in another order"
    says = "JSON in the text has its keys in another order in {requests} of {of} requests"
    advice = "Write JSON with sorted keys."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield data written as JSON with its keys as they come; made from a set, they come in any order."""
        for place in template.places:
            said = place.told
            if said is None or said.nature is not Nature.KEYS or place.again < 0 or place.message.section == "history":
                continue
            severity = severity_of(place, Severity.LOW)
            if severity is not None:
                yield finding_at(
                    self,
                    place.span.location,
                    f"`{short(place.span.text)}` writes JSON with its keys in the order in which they come; "
                    f"{behind_in_words(place)}",
                    severity=severity,
                    confidence=Confidence.LOW,
                    advice=self.advice,
                    stranded=place.fixed_behind,
                )
