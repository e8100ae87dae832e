"""The user's input stands before fixed text."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileInput(VolatileRule):
    """The user's input stands before fixed text.

    What a user asks is new. Instructions behind it are sent anew with every question, although they never change.

    What to do: put the instructions into the system prompt or in front, and the input last.

    Bad:

        user: {{ question }}
              Answer by these rules: ... (2,000 tokens)

    Good:

        system: Answer by these rules: ... (2,000 tokens)
        user: {{ question }}
    """

    id = "V110"
    name = "input-before-fixed-text"
    severity = Severity.HIGH
    nature = Nature.INPUT
    what = "free text"
    advice = "Put the instructions first and the user's input last."
