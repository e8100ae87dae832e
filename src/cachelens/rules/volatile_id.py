"""Random or request ids before fixed text."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileId(VolatileRule):
    """A random value or an id of the request stands before fixed text.

    An id is new in every request, so nothing behind it is ever read from cache. Models have no use for ids that they
    are not asked to repeat; logs do, and a log can be given one beside the prompt.

    What to do: leave it out of the prompt and put it into the request's metadata; or move it to the end of the last
    user message.

    Bad:

        Request: {{ uuid4() }}
        You are ... (6,000 tokens)

    Good:

        metadata={"request_id": ...}
    """

    id = "V102"
    name = "id-before-fixed-text"
    severity = Severity.HIGH
    what = "an id or a random value"
    nature = Nature.ID
