"""Cached tokens are missing from the input."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class LeftOut(RecordedRule):
    """Cached tokens are missing from the input.

    Some providers state input with, others without what was read from cache. Read as if it held them, the input
    lacks them: costs look too low, and hit rates too high.

    What to do: keep the provider's own fields, and say which way of counting they follow (see docs/formats.md).

    Bad:

        input_tokens = usage.input_tokens

    Good:

        input_tokens = usage.input_tokens + usage.cache_read_input_tokens
    """

    id = "A603"
    name = "cached-tokens-left-out"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.LEFT_OUT})
    says = "recorded input is too small by just what was read from cache in {requests} of {of} requests"
    advice = "Add cached tokens to an input that does not hold them."
