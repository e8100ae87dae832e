"""The parts and segments that a prompt is made of, in the order in which they were sent."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec


class Level(enum.IntEnum):
    """The order in which providers render a prompt; a change voids its level and all later ones."""

    ROOT = 0
    TOOLS = 1
    SYSTEM = 2
    MESSAGES = 3


class SegmentKind(enum.IntEnum):
    """What a segment is. The numbers are stored in compiled traces: append, never renumber."""

    PARAMS = 0
    """Request parameters that are part of the cache key; holds no tokens."""
    HIDDEN = 1
    """Content that was sent but is not in the log, known at most by its length."""
    TOOL = 2
    """One tool definition."""
    SCHEMA = 3
    """A response format or output schema that the provider renders into the prompt."""
    SYSTEM = 4
    """One block of the system prompt or of a developer message."""
    TEXT = 5
    """One text block of a message."""
    TOOL_USE = 6
    """A call that the model made."""
    TOOL_RESULT = 7
    """What a tool returned."""
    THINKING = 8
    """A reasoning block that is sent back."""
    IMAGE = 9
    """An image, by reference or inline."""
    DOCUMENT = 10
    """A file or document block."""
    OTHER = 11
    """A block of another type."""
    BLOCKS = 12
    """A run of opaque blocks from a hash trace."""


class Role(enum.IntEnum):
    """Who speaks in a message. Stored in compiled traces: append, never renumber."""

    NONE = 0
    SYSTEM = 1
    DEVELOPER = 2
    USER = 3
    ASSISTANT = 4
    TOOL = 5


class SegmentDraft(NamedTuple):
    """One segment as a source sees it, before it is stored and counted."""

    kind: SegmentKind
    role: Role
    data: bytes
    """Canonical bytes *as sent*: UTF-8 text for text blocks (unescaped, never re-ordered or trimmed),
    the raw JSON bytes for structured blocks, without the cache mark itself."""
    mark: str = ""
    """Cache mark on this block: its TTL label (`5m`, `1h`, `30m`, `12h`), `default` for a mark
    without a TTL, empty for no mark. A mark is not part of the segment's identity."""
    message_end: bool = False
    """True for the last segment of a message (and of the tools list and of the system prompt)."""
    markable: bool = True
    """False where the provider refuses a mark (thinking, empty text)."""
    known_tokens: int | None = None
    """Token count where the log states it; `None` means: count the bytes."""


class Part(msgspec.Struct, eq=False, gc=False):
    """A slice of a request that a source can expand into segments: one message, one tool, the system prompt.

    A source hands over raw bytes; the compiler hashes them and asks for the segments only when it
    has not seen those bytes before. A source that resends history (an agent transcript) should
    hand over the *same* `Part` object again, so that its hash is computed once.
    A structure of `msgspec` because a log makes one for every message, and these are made in C.
    """

    level: Level
    raw: bytes | memoryview | msgspec.Raw
    """The bytes as sent; anything with a buffer, `bytes(raw)` copies it."""
    tag: int = 0
    """What the bytes are, in the words of the source."""
    digest: bytes | None = None
    """Filled by the compiler."""


Expand = Callable[[Part], Sequence[SegmentDraft]]
"""Turns a part into its segments; pure, so that equal parts give equal segments. The digest of a part
covers `level`, `tag` and `raw`, and the function itself identifies the dialect."""
