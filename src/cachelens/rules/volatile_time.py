"""Dates and times before fixed text."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileTime(VolatileRule):
    """A date or time stands before fixed text.

    A prompt cache matches from the first token on, and ends at the first token that differs. A clock at the top of the
    system prompt makes every request new: nothing behind it is ever read from cache, however long and however fixed.

    What to do: send the time where the request is new anyway, at the end of the last user message. If the model
    needs the day only, send the day: it changes once in 24 hours. If it can ask, give it a tool.

    Bad:

        Current time: {{ now() }}
        You are the support agent of ... (6,000 tokens)

    Good:

        You are the support agent of ... (6,000 tokens)
        ...
        user: {{ question }} (sent at {{ now() }})
    """

    id = "V101"
    name = "time-before-fixed-text"
    severity = Severity.HIGH
    what = "a date or time"
    nature = Nature.TIME
