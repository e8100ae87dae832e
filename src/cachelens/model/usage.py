"""Token usage of one request as disjoint counts."""

from __future__ import annotations

import msgspec

WRITE_TTLS = ("5m", "1h", "30m", "12h")
"""The write classes that some provider bills apart, in the order of `Usage.writes`."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a provider reported for one request, converted to disjoint token counts.

    `uncached_input + cache_read + sum of the writes` is the whole input. A source converts
    its provider's way of counting (inclusive or exclusive) once, at the border.
    """

    uncached_input: int
    """Input tokens that were neither read from nor written to a cache."""
    cache_read: int | None = None
    """Input tokens read from a cache; `None` when the log does not say (which is not zero)."""
    write_5m: int = 0
    """Input tokens written to the cache for five minutes."""
    write_1h: int = 0
    """Input tokens written for an hour."""
    write_30m: int = 0
    """Input tokens written for thirty minutes."""
    write_12h: int = 0
    """Input tokens written for twelve hours."""
    output: int | None = None
    """Output tokens, reasoning included; `None` when the log does not say."""

    @property
    def writes(self) -> tuple[int, int, int, int]:
        """Written tokens in the order of `WRITE_TTLS`."""
        return (self.write_5m, self.write_1h, self.write_30m, self.write_12h)

    @property
    def input_tokens(self) -> int:
        """All input tokens: plain, read and written."""
        written = self.write_5m + self.write_1h + self.write_30m + self.write_12h
        return self.uncached_input + (self.cache_read or 0) + written
