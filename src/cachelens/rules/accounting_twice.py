"""Cached tokens are counted twice."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class CountedTwice(RecordedRule):
    """Cached tokens are counted twice.

    Some providers state input with, others without what was read from cache. Added to an input that holds them
    already, cached tokens count twice: costs look too high.

    What to do: keep the provider's own fields, and say which way of counting they follow (see docs/formats.md).

    Bad:

        input_tokens = prompt_tokens + cached_tokens

    Good:

        input_tokens = prompt_tokens
    """

    id = "A602"
    name = "cached-tokens-counted-twice"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.COUNTED_TWICE})
    says = "recorded input is too large by just what was read from cache in {requests} of {of} requests"
    advice = "Do not add cached tokens to an input that holds them already."
