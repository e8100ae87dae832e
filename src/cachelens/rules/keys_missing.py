"""Requests carry no cache key, and their provider needs one to find their cache."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class NoKey(RecordedRule):
    """Requests carry no cache key, and their provider needs one to find their cache.

    Some providers cache nothing without a key; others send requests to any machine once one is full, and each
    machine has a cache of its own.

    What to do: send a key that requests with the same prefix share, and that is not too busy: one for each tenant
    or conversation.

    Bad:

        client.responses.create(model=..., input=...)

    Good:

        client.responses.create(model=..., input=..., prompt_cache_key=tenant)
    """

    id = "K501"
    name = "no-cache-key"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.NO_KEY})
    says = "{requests} of {of} requests carry no cache key where it matters ({detail})"
    advice = "Send a cache key: one for each group of requests that share a prefix and fit on one machine."
