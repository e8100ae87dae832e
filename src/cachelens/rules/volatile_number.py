"""A counter, a budget or another number that changes stands before fixed text."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileNumber(VolatileRule):
    """A counter, a budget or another number that changes stands before fixed text.

    How many turns are left, what has been spent, how many results there are: such a number is new in every request,
    and with it all the text behind it.

    What to do: say it at the end of the last user message, where the request is new anyway.

    Bad:

        Step {{ step }} of {{ limit }}.
        You are a research agent ... (4,000 tokens)

    Good:

        You are a research agent ... (4,000 tokens)
        ...
        user: {{ question }} (step {{ step }} of {{ limit }})
    """

    id = "V105"
    name = "number-before-fixed-text"
    severity = Severity.MEDIUM
    nature = Nature.NUMBER
    what = "a number or counter"
    advice = "Move it to the end of the last user message."
