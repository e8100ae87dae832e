"""The same text is sent in another Unicode form."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.recorded import RecordedRule


class UnicodeForm(RecordedRule):
    """The same text is sent in another Unicode form.

    An accented letter is one code point or two. Both look alike, and to a cache they differ.

    What to do: normalise to NFC (`unicodedata.normalize("NFC", text)`) what comes from files and users.

    Bad:

        prompt = path.read_text()

    Good:

        prompt = unicodedata.normalize("NFC", path.read_text())
    """

    id = "F207"
    name = "unicode-form-differs"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.UNICODE})
    nature = Nature.UNICODE
    what = "a text in another Unicode form"
    says = "the text differs in its Unicode form only in {requests} of {of} requests"
    advice = "Normalise text to NFC before it is sent."
