"""The same text is sent with other white space or other line ends."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule


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
