"""More requests a minute share a cache key than one machine takes."""

from __future__ import annotations

from cachelens.model.audit import Fault
from cachelens.model.finding import Severity
from cachelens.rules.recorded import RecordedRule


class CoarseKey(RecordedRule):
    """More requests a minute share a cache key than one machine takes.

    Above its limit a provider sends requests under one key to further machines, and each has to write the prefix
    anew.

    What to do: split the key into buckets, so that each stays under the limit.

    Bad:

        prompt_cache_key="prod"

    Good:

        prompt_cache_key=f"prod-{crc32(user.encode()) % 8}"
    """

    id = "K503"
    name = "cache-key-too-coarse"
    severity = Severity.MEDIUM
    faults = frozenset({Fault.COARSE_KEY})
    says = "{requests} of {of} requests come faster under one cache key than one machine takes ({detail})"
    advice = "Split the key into as many buckets as the rate needs."
