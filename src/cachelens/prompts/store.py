"""The segment store: each distinct segment is hashed, tokenized and kept once.

A long segment that differs from one seen before in a few lines only (a clock on top, a user's name) is
compared with that one, and only the stretch that differs is tokenized, widened to safe cuts.
Next to its token count a segment keeps one running hash for every 16 tokens. Two segments behind the
same parent share as many leading tokens as their running hashes agree.
"""

from __future__ import annotations

import array
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xxhash

from cachelens.model.prompt import SegmentDraft, SegmentKind
from cachelens.prompts import cuts
from cachelens.prompts.tokens import Ids, encoder, token_lengths

BASE_BLOCK = 16
"""Tokens per base block; every grid in use is a multiple of it or is met to within one block."""
MARKABLE = 2
"""Flag of a segment and its nodes: a cache mark may stand here."""
IMAGE_TOKENS = 1024
"""Stand-in for an image or file of unknown size, an estimate; recorded counts replace it where there are any."""

_FLUSH_CHARS = 1_000_000
_LONG = 1024  # bytes; shorter segments are tokenized whole
_MOST_BASES = 512
_HIDDEN = int(SegmentKind.HIDDEN)
_OPAQUE = (int(SegmentKind.IMAGE), int(SegmentKind.DOCUMENT))
_rng = np.random.Generator(np.random.PCG64(0x9E3779B97F4A7C15))
_MIX = _rng.integers(1, 2**63, size=BASE_BLOCK, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_MIX_ONES = _MIX.sum(dtype=np.uint64)
_STEP = np.uint64(0x9E3779B97F4A7C15 | 1)


class _Base:
    """A long segment that later ones are compared with."""

    __slots__ = ("data", "ends", "ids", "segment", "tail")

    def __init__(self, segment: int, data: bytes) -> None:
        self.segment = segment
        self.data = data
        self.tail = 0
        """How many trailing bytes the last compared segment shared: a good guess for the next."""
        self.ids: Ids | None = None
        self.ends: npt.NDArray[np.int64] | None = None


class _Variant(NamedTuple):
    """A segment that waits for the tokens of the stretch in which it differs from a base."""

    segment: int
    text: str
    """What must be tokenized."""
    base: _Base
    """The segment that lends the tokens before and behind `text`."""
    head: int
    """Where in the base the head ends, in bytes."""
    tail: int
    """Where in the base the tail begins, in bytes."""


class SegmentStore:
    """Distinct segments with kind, role, token count and running block hashes.

    Token counts are complete after `flush`.
    """

    def __init__(self, *, keep_text: bool = False) -> None:
        self.index: dict[bytes, int] = {}
        self.kinds = array.array("B")
        self.roles = array.array("B")
        self.flags = array.array("B")
        self.tokens = array.array("i")
        self.texts: list[bytes] | None = [] if keep_text else None
        self.chains: list[npt.NDArray[np.uint64]] = []
        self.chain_order = array.array("i")
        self.chain_counts = array.array("i")
        self._bases: dict[tuple[int, bytes], _Base] = {}
        self._waiting: list[int] = []
        self._texts: list[str] = []
        self._fresh_bases: dict[int, _Base] = {}
        """Position in `_waiting` to the base that is made of it."""
        self._variants: list[_Variant] = []
        self._pending_chars = 0

    def __len__(self) -> int:
        return len(self.kinds)

    def add(self, draft: SegmentDraft) -> int:
        """Return the index of the segment, storing it when it is new."""
        kind, role, data, _, _, markable, tokens = draft
        flags = markable * MARKABLE
        digest = xxhash.xxh3_128_digest(data, seed=kind << 16 | role << 8 | flags)
        known = self.index.get(digest)
        if known is not None:
            return known
        segment = self.index[digest] = len(self.kinds)
        self.kinds.append(kind)
        self.roles.append(role)
        self.flags.append(flags)
        self.tokens.append(tokens or 0)
        self.chain_counts.append(0)
        if self.texts is not None:
            self.texts.append(data)
        if tokens is None and kind > _HIDDEN:
            self._queue(segment, kind, data)
        return segment

    def _queue(self, segment: int, kind: int, data: bytes) -> None:
        """Put what must be tokenized of a new segment in line."""
        if kind in _OPAQUE:
            self.tokens[segment] = IMAGE_TOKENS
            return
        if len(data) >= _LONG:
            read = self._queue_long(segment, kind, data)
        else:
            self._waiting.append(segment)
            self._texts.append(data.decode("utf-8", "replace"))
            read = len(data)
        self._pending_chars += len(data) // 4 + read
        if self._pending_chars >= _FLUSH_CHARS:
            self.flush()

    def _queue_long(self, segment: int, kind: int, data: bytes) -> int:
        """Look for a segment much like this one, which can lend it tokens; without one it becomes a base itself.

        Returns how many bytes must be tokenized.
        """
        base = self._find_base(kind, data)
        if base is not None:
            start, end = _differing(base, data)
            if end - start <= len(data) // 2:
                text = data[start:end].decode("utf-8", "replace")
                self._variants.append(_Variant(segment, text, base, start, len(base.data) - (len(data) - end)))
                return end - start
        own = self._new_base(segment, kind, data)
        if own is not None:
            self._fresh_bases[len(self._waiting)] = own
        self._waiting.append(segment)
        self._texts.append(data.decode("utf-8", "replace"))
        return len(data)

    def _find_base(self, kind: int, data: bytes) -> _Base | None:
        return self._bases.get((kind, data[-48:])) or self._bases.get((~kind, data[:48]))

    def _new_base(self, segment: int, kind: int, data: bytes) -> _Base | None:
        if not _is_utf8(data):
            return None
        base = _Base(segment, data)
        for key in ((kind, data[-48:]), (~kind, data[:48])):
            self._bases.pop(key, None)
            self._bases[key] = base
        while len(self._bases) > 2 * _MOST_BASES:
            del self._bases[next(iter(self._bases))]
        return base

    def flush(self) -> None:
        """Tokenize what is pending and complete the counts."""
        waiting, texts, variants, fresh = self._waiting, self._texts, self._variants, self._fresh_bases
        self._waiting, self._texts, self._variants, self._fresh_bases, self._pending_chars = [], [], [], {}, 0
        if not waiting and not variants:
            return
        ids, bounds = encoder().encode_batch([*texts, *(entry.text for entry in variants)])
        starts = bounds.tolist()
        for place, base in fresh.items():
            base.ids = ids[starts[place] : starts[place + 1]].copy()
            base.ends = np.cumsum(token_lengths()[base.ids], dtype=np.int64)
        own = np.diff(bounds[: len(waiting) + 1])
        self._complete(waiting, own, ids[: starts[len(waiting)]])
        if variants:
            rows = [_assemble(entry, ids[starts[i] : starts[i + 1]]) for i, entry in enumerate(variants, len(waiting))]
            counts = np.array([sum(map(len, row)) for row in rows], dtype=np.int64)
            flat = np.concatenate([part for row in rows for part in row])
            self._complete([entry.segment for entry in variants], counts, flat)

    def _complete(self, segments: list[int], counts: npt.NDArray[np.int64], ids: Ids) -> None:
        """Note the token counts of segments whose `ids` stand in a row, and the running hashes of their full blocks."""
        blocks = counts // BASE_BLOCK
        for segment, tokens, full in zip(segments, counts.tolist(), blocks.tolist(), strict=True):
            self.tokens[segment] = tokens
            self.chain_counts[segment] = full
        self.chains.append(running_hashes(_full_blocks(ids, counts), blocks))
        self.chain_order.extend(segments)

    def close(self) -> None:
        """Flush, and drop the segments that later ones would be compared with."""
        self.flush()
        self._bases.clear()


def _full_blocks(ids: Ids, counts: npt.NDArray[np.int64]) -> Ids:
    """Return the full blocks of some segments in a row, shape (n, 16); `counts` are the segments' tokens."""
    blocks = counts // BASE_BLOCK
    if not blocks.any():
        return np.empty((0, BASE_BLOCK), dtype=np.uint32)
    place = np.arange(int(blocks.sum())) - np.repeat(np.cumsum(blocks) - blocks, blocks)
    starts = np.repeat(np.cumsum(counts) - counts, blocks) + BASE_BLOCK * place
    result: Ids = np.lib.stride_tricks.sliding_window_view(ids, BASE_BLOCK)[starts]
    return result


def running_hashes(blocks: npt.NDArray[np.uint32], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Return for each block the hash of its segment up to and including it.

    `blocks` has shape (n, 16): the token ids of all segments' full blocks in a row; `counts` says how many belong
    to each segment. Sixty-four bits with a position-dependent multiplier.
    """
    mixed = blocks.astype(np.uint64) @ _MIX + _MIX_ONES
    mixed ^= mixed >> np.uint64(29)
    mixed *= _STEP
    mixed ^= mixed >> np.uint64(32)
    starts = np.cumsum(counts) - counts
    place = np.arange(len(mixed), dtype=np.int64) - np.repeat(starts, counts)
    longest = int(counts.max()) if len(counts) else 0
    powers = np.cumprod(np.full(longest + 1, _STEP, dtype=np.uint64), dtype=np.uint64)
    total = np.cumsum(mixed * powers[place], dtype=np.uint64)
    before = np.concatenate([np.zeros(1, dtype=np.uint64), total])[starts]
    result: npt.NDArray[np.uint64] = total - np.repeat(before, counts)
    return result


def _differing(base: _Base, data: bytes) -> tuple[int, int]:
    """Return the stretch of `data` that must be tokenized anew given the tokens of `base`."""
    head = cuts.common_prefix(base.data, data)
    tail = cuts.common_suffix(base.data, data, min(len(base.data), len(data)) - head, guess=base.tail)
    base.tail = tail
    start = cuts.cut_before(data, head)
    end = cuts.cut_after(data, len(data) - tail) if tail else len(data)
    return start, max(start, end)


def _assemble(entry: _Variant, ids: Ids) -> tuple[Ids, ...]:
    """Put a segment's tokens together from its base and its own stretch."""
    base = entry.base
    assert base.ids is not None and base.ends is not None  # noqa: S101, PT018 - a base stands before its variants
    return base.ids[: _token_at(base.ends, entry.head)], ids, base.ids[_token_at(base.ends, entry.tail) :]


def _token_at(ends: npt.NDArray[np.int64], position: int) -> int:
    """Return how many tokens end at or before a byte position that is a token border."""
    return int(np.searchsorted(ends, position, side="right")) if position else 0


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
