"""Tells a call that stands in a log twice, as long as both lie near each other."""

from __future__ import annotations

from collections import OrderedDict

import xxhash

from cachelens.metrics.rows import Counted

MOST_KEPT = 50_000
"""Calls that are remembered. A second record of a call that lies further behind counts as another call."""


class Seen:
    """The calls that were read last: by id, time and counts, as `prompts.calls` tells them."""

    def __init__(self) -> None:
        self._calls: OrderedDict[int, None] = OrderedDict()

    def before(self, record: Counted) -> bool:
        """Say whether the call was seen before, and remember it. A call without an id, time or usage never was."""
        usage = record.usage
        if not record.request_id or record.arrived_us is None or usage is None:
            return False
        counts = record.arrived_us << 64 | usage.input_tokens << 32 | (usage.output or 0)
        digest = xxhash.xxh3_64_intdigest(record.request_id.encode("utf-8", "surrogatepass")) ^ counts
        if digest in self._calls:
            return True
        if len(self._calls) >= MOST_KEPT:
            self._calls.popitem(last=False)
        self._calls[digest] = None
        return False
