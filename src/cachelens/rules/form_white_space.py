"""The same text is sent with other white space or other line ends."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.audit import Fault
from cachelens.model.finding import Confidence, Finding, Severity
from cachelens.model.location import Location
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule
from cachelens.rules.spans import Laid


class WhiteSpace(RecordedRule):
    r"""The same text is sent with other white space or other line ends.

    A file checked out with CR LF on one machine and LF on another, a trailing blank, an indented block: one
    character is enough to make all behind it new to the cache.

    What to do: normalise line ends and blanks where templates are loaded.

    Bad:

        open(path, newline="").read()

    Good:

        open(path).read().replace("\r\n", "\n")
    """

    id = "F206"
    name = "white-space-differs"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.SPACE})
    nature = Nature.SPACE
    what = "white space"
    says = "the text differs in white space or line ends only in {requests} of {of} requests"
    advice = "Normalise line ends and blanks once, where templates are loaded."

    def in_template(self, template: Laid) -> Iterator[Finding]:
        """Yield files that mix line ends: the next editor or checkout makes them alike, and the prompt another one."""
        odd = template.template.odd_line
        if odd:
            yield Finding(
                rule=self.id,
                severity=Severity.INFO,
                confidence=Confidence.MEDIUM,
                message=f"line {odd} ends otherwise than line 1; whatever makes them alike changes the prompt",
                location=Location(template.template.location.path, odd, 1, odd, 1),
                advice="End all lines alike, and keep them so with .gitattributes.",
            )
