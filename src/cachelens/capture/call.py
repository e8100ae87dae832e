"""One call as it happens: what was sent, and each piece of the answer with the time at which it came."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(slots=True, eq=False)
class Call:
    """A request and its response, as bytes. Headers are not kept."""

    started_ns: int
    url: str
    """Without user, password and query."""
    request: bytes
    labels: Mapping[str, object]
    status: int = 0
    """HTTP status; 0 where no response came."""
    content_type: str = ""
    encoding: str = ""
    """How the body is packed (`content-encoding`)."""
    pieces: list[tuple[int, bytes]] = dataclasses.field(default_factory=list)
    """(when, bytes) of each piece of the body, as it was handed on."""
    ended_ns: int = 0
    first_token_ns: int = 0
    """When the first token came, where somebody else has seen it; 0 where the pieces tell."""
    error: str = ""
    """Class of the exception that ended the call."""

    @property
    def size(self) -> int:
        """Bytes that the call holds."""
        return len(self.request) + sum(len(piece) for _, piece in self.pieces)
