"""A path, a host, a version or a commit stands before fixed text."""

from __future__ import annotations

from cachelens.model.finding import Severity
from cachelens.rules.nature import Nature
from cachelens.rules.volatile import VolatileRule


class VolatileEnvironment(VolatileRule):
    """A path, a host, a version or a commit stands before fixed text.

    Where a program runs and which build it is differ between machines, checkouts and hours. Each value has a cache
    of its own for all the text behind it.

    What to do: leave out what the model does not need; put the rest behind the fixed text.

    Bad:

        Build {{ git_sha }} on {{ hostname }}, in {{ cwd }}
        You are a coding agent ... (9,000 tokens)

    Good:

        You are a coding agent ... (9,000 tokens)
        Working directory: {{ cwd }}
    """

    id = "V104"
    name = "environment-before-fixed-text"
    severity = Severity.MEDIUM
    nature = Nature.ENVIRONMENT
    what = "a path, host, version or commit"
    advice = "Leave it out, or move it behind the fixed text."
