"""An address that changes, such as a signed one, stands before fixed text."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileAddress(VolatileRule):
    """An address that changes, such as a signed one, stands before fixed text.

    A signed address holds an expiry and a signature that are new each time it is made. To the cache it is other
    content, even if the image behind it is the same.

    What to do: sign once and keep the address as long as it lives, send the content or an uploaded file's id
    instead, or put the address behind the fixed text.

    Bad:

        ![plan](https://files.example.org/plan.png?expires=...&signature=...)
        You are ... (6,000 tokens)

    Good:

        You are ... (6,000 tokens)
        ![plan](https://files.example.org/plan.png)
    """

    id = "V109"
    name = "signed-address-before-fixed-text"
    severity = Severity.HIGH
    nature = Nature.ADDRESS
    what = "an address"
    advice = "Send the content itself, or an address without signature; or put it behind the fixed text."
