"""A block of memory, profile or state stands before fixed text."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileState(VolatileRule):
    """A block of memory, profile or state stands before fixed text.

    What an application remembers of a user or a task is written anew when it changes, and then all the text behind
    it is new to the cache.

    What to do: put such a block behind the fixed text; send changes as messages at the end.

    Bad:

        Memory: {{ memory | tojson }}
        You are ... (6,000 tokens)

    Good:

        You are ... (6,000 tokens)
        Memory: {{ memory | tojson }}
    """

    id = "V111"
    name = "state-before-fixed-text"
    severity = Severity.MEDIUM
    nature = Nature.STATE
    what = "a block of state"
    advice = "Move the block behind the fixed text, or send only what changed, at the end."
