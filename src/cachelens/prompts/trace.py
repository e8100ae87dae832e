"""A compiled trace: columns of integers that every replay reads."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cachelens.model.call import RecordedCall
from cachelens.model.prompt import SegmentKind
from cachelens.model.record import CALENDAR_FROM_US
from cachelens.prompts.store import BASE_BLOCK, MARKABLE

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

START = 1
"""Node flag: the first segment of a message."""
SPLIT = 4
"""Node flag: not the end of a segment but a place within one where prompts part ways."""

HEAD_KINDS = (
    SegmentKind.PARAMS,
    SegmentKind.HIDDEN,
    SegmentKind.TOOL,
    SegmentKind.SCHEMA,
    SegmentKind.SYSTEM,
)
"""Kinds that make up a prompt's head (tools and system) as long as no message stands before them."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Nodes:
    """The prefix tree; index 0 is the root, parents stand before children."""

    parent: I32
    segment: I32
    """Index into the segments; -1 for the root and for blocks of a hash trace."""
    end: I64
    """Tokens of the reference tokenizer from the start of the prompt to the end of this node."""
    kind: U8
    role: U8
    flags: U8
    """`START`, `store.MARKABLE`, `SPLIT`."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Segments:
    """The distinct segments."""

    digest: U8
    """Shape (n, 16): content identity, salted if the trace is."""
    kind: U8
    role: U8
    flags: U8
    tokens: I32
    text: U8
    """All segments' bytes in a row; empty when text was dropped."""
    text_start: I64
    """Shape (n + 1,) where text is kept, else empty."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trace:
    """Requests in order of arrival (ties: order of the input), the prefix tree, and the segments.

    All arrays may be memory-mapped and must not be written to.
    """

    requests: Mapping[str, npt.NDArray[Any]]
    """The columns of `prompts.columns.INTEGER_COLUMNS`, plus `order` (position in the input)."""
    strings: Mapping[str, tuple[str, ...]]
    """The string tables of `prompts.columns.STRING_COLUMNS`."""
    request_ids: tuple[str, ...]
    nodes: Nodes
    segments: Segments
    mark_start: I64
    """Shape (requests + 1,): where each request's recorded cache marks begin in the next two."""
    mark_node: I32
    mark_ttl: npt.NDArray[np.int8]
    """Number of the TTL label in `prompts.columns.TTL_LABELS`."""
    files: tuple[str, ...]
    recorded: tuple[RecordedCall | None, ...] = ()
    """What each request's row says beyond its prompt, where that was asked for; never written to a file."""
    meta: Mapping[str, object]
    """Facts about the compilation, JSON values: inputs, skips, whether times were known, sizes of hashed blocks."""

    def __len__(self) -> int:
        return len(self.request_ids)

    def column(self, name: str) -> I64:
        """Return a request column as int64."""
        return self.requests[name].astype(np.int64, copy=False)

    @functools.cached_property
    def dated(self) -> bool:
        """Whether arrivals are instants of the calendar, so that the rules and prices of their day apply.

        False without times, and for a trace that counts from its own zero.
        """
        arrived = self.requests["arrived"]
        return bool(self.meta.get("timed", True)) and len(arrived) > 0 and int(arrived[0]) >= CALENDAR_FROM_US

    @functools.cached_property
    def span(self) -> tuple[int, int] | None:
        """First and last arrival in microseconds; `None` without times.

        Beside instants of the calendar, times that count from a zero of their own say nothing.
        """
        arrived = self.column("arrived")
        if not self.meta.get("timed", True) or not len(arrived):
            return None
        known = arrived[arrived >= CALENDAR_FROM_US]
        known = known if len(known) else arrived
        return int(known[0]), int(known[-1])

    @functools.cached_property
    def head(self) -> I32:
        """For each node: the last node on its path that still belongs to tools or system (0 if none)."""
        kinds = np.isin(self.nodes.kind, HEAD_KINDS)
        kinds[0] = True
        return _inherit(self.nodes.parent, kinds, need_parent=True)

    @functools.cached_property
    def system_end(self) -> I32:
        """For each node: the last node of tools or system on its path that can carry a mark (0 if none)."""
        return self._last_in_head((SegmentKind.TOOL, SegmentKind.SCHEMA, SegmentKind.SYSTEM, SegmentKind.HIDDEN))

    @functools.cached_property
    def tools_end(self) -> I32:
        """For each node: the last tool definition on its path, where hidden content counts as one (0 if none)."""
        return self._last_in_head((SegmentKind.TOOL, SegmentKind.HIDDEN))

    def _last_in_head(self, kinds: tuple[SegmentKind, ...]) -> I32:
        nodes = self.nodes
        in_head = self.head == np.arange(len(nodes.parent), dtype=np.int32)
        chosen = np.isin(nodes.kind, kinds) & in_head & ((nodes.flags & (SPLIT | MARKABLE)) == MARKABLE)
        chosen[0] = True
        return _inherit(nodes.parent, chosen, need_parent=False)

    @functools.cached_property
    def before_tool_result(self) -> I32:
        """For each node: the last node on its path that has no tool result before or at it."""
        clean = self.nodes.kind != SegmentKind.TOOL_RESULT
        return _inherit(self.nodes.parent, clean, need_parent=True)

    @functools.cached_property
    def markable(self) -> I32:
        """For each node: itself where it can carry a mark, else the nearest such ancestor.

        The last block of a hash trace that is not full has an id that no longer prompt has, so nothing is found there.
        """
        able = ((self.nodes.flags & MARKABLE) != 0) & ((self.nodes.flags & SPLIT) == 0)
        partial = (self.nodes.kind == SegmentKind.BLOCKS) & (self.nodes.end % BASE_BLOCK != 0)
        able &= ~partial
        able[0] = True
        return _inherit(self.nodes.parent, able, need_parent=False)

    @functools.cached_property
    def block_counts(self) -> I64:
        """For each node: base blocks whose last token lies within the node."""
        full = self.nodes.end // BASE_BLOCK
        counts = full - full[self.nodes.parent]
        counts[0] = 0
        return counts

    @functools.cached_property
    def block_starts(self) -> I64:
        """For each node: the id of its first base block. Ids are consecutive within a node, so a request's
        chained block ids are the ranges along its path: equal ids mean equal prefixes.
        """
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(self.block_counts)[:-1]])

    def path(self, node: int) -> list[int]:
        """Return the nodes from below the root to `node`."""
        steps: list[int] = []
        while node:
            steps.append(node)
            node = int(self.nodes.parent[node])
        return steps[::-1]


def _inherit(parent: I32, own: npt.NDArray[np.bool_], *, need_parent: bool) -> I32:
    """Return for each node itself if chosen, else what its parent has.

    With `need_parent`, a node counts only if its parent is chosen by itself, so the chosen nodes form
    the top of the tree.
    """
    from cachelens.kernels.trees import inherit

    result: I32 = inherit(np.ascontiguousarray(parent), np.ascontiguousarray(own), need_parent)
    return result
