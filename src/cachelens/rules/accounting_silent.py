"""Usage is recorded without the count of cached tokens."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class NotReported(RecordedRule):
    """Usage is recorded without the count of cached tokens.

    What is not recorded cannot be checked: a cache that has stopped working looks like one that works. Missing is
    not zero.

    What to do: log the usage block as the provider sends it; ask for usage in streams.

    Bad:

        {"prompt_tokens": 6200, "completion_tokens": 90}

    Good:

        {"prompt_tokens": 6200, "prompt_tokens_details": {"cached_tokens": 6144}, ...}
    """

    id = "A601"
    name = "cached-tokens-not-reported"
    severity = Severity.LOW
    faults = frozenset({Fault.NOT_REPORTED})
    says = "{requests} of {of} requests record usage without cached tokens, which is not the same as zero"
    advice = "Log the whole usage block as the provider sends it."
