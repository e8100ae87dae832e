"""Requests that share a prefix carry different cache keys."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class FineKey(RecordedRule):
    """Requests that share a prefix carry different cache keys.

    The key decides which machine serves a request. A key of its own for each request or user sends the same prefix
    to machine after machine, and each one pays for it.

    What to do: let the key name the prefix (a prompt's name and version), with a few buckets where one machine is
    not enough.

    Bad:

        prompt_cache_key=str(uuid4())

    Good:

        prompt_cache_key=f"support-v7-{crc32(user.encode()) % 4}"
    """

    id = "K502"
    name = "cache-key-too-fine"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.FINE_KEY})
    says = "{of} requests share a prefix under {detail} cache keys"
    advice = "Give requests with the same prefix the same key."
