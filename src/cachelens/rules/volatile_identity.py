"""Something of the user, tenant or session stands before fixed text."""

from __future__ import annotations

import re

from cachelens.model.finding import Severity
from cachelens.model.template import Span
from cachelens.rules.nature import Nature
from cachelens.rules.telling import normal
from cachelens.rules.volatile import VolatileRule

_SETTING = re.compile(r"(?:^|[._])(language|lang|locale|time_?zone|country|region|city|currency|location|plan|tier)$")
"""Names of what somebody chose or has, rather than is."""


class VolatileIdentity(VolatileRule):
    """Something of the user, tenant or session stands before fixed text.

    A name, an e-mail address, a plan, a locale or a session's id is the same within a session, so the session
    itself is read from cache; but every new session pays once more for all the fixed text behind it.

    What to do: send the text that is the same for everybody first, and what is the user's own behind it: in a block
    of its own at the end of the system prompt, or in the first message.

    Bad:

        You are talking to {{ user.name }} ({{ user.plan }}).
        You are the support agent of ... (6,000 tokens)

    Good:

        You are the support agent of ... (6,000 tokens)
        You are talking to {{ user.name }} ({{ user.plan }}).
    """

    id = "V103"
    name = "identity-before-fixed-text"
    severity = Severity.HIGH
    nature = Nature.IDENTITY
    what = "the name or id of a user, tenant or session"
    advice = "Move what belongs to the user or session behind the text that all of them share."

    def said_of(self, span: Span) -> str:
        """Say what a value in a template is: one that is called as settings are is no name."""
        found = _SETTING.search(normal(span.names[0])) if span.names else None
        return f"a setting of the user ({found[1].replace('_', ' ')})" if found else self.what
