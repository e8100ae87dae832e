"""Sketches of the segments by which a request's workload is told, where the log itself names none.

A sketch depends on nothing but the segment's own bytes, so it is the same however a log is cut and ordered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cachelens.model.prompt import Part, SegmentDraft, SegmentKind
from cachelens.prompts.sketches import Sketch, sketch

Numbered = Iterable[tuple[int, SegmentDraft]]
"""Segments of one part, each with its number in the store."""
_Look = tuple[bool, int]
"""Whether a part names the workload, and the segment with which the messages begin in it (-1: not in it)."""

_TELLING = 32  # bytes; a shorter segment says nothing about the workload
_NONE = -1


class HeadSketches:
    """Sketches by segment: of all system blocks seen, and of first messages that no system block or tool precedes."""

    def __init__(self) -> None:
        self.sketches: dict[int, Sketch] = {}
        self._seen: dict[bytes, _Look] = {}

    def add(self, parts: Sequence[Part], segments: Callable[[Part], Numbered]) -> None:
        """Look at a prompt up to its first message; `segments` is asked for parts that are new."""
        named = False
        for part in parts:
            digest = part.digest or b""
            look = self._seen.get(digest)
            if look is None:
                look = self._seen[digest] = self._look(segments(part))
            named = named or look[0]
            if look[1] != _NONE:
                if not named and look[1] not in self.sketches:
                    self._sketch(look[1], next(draft for number, draft in segments(part) if number == look[1]))
                return

    def _look(self, segments: Numbered) -> _Look:
        named = False
        for number, draft in segments:
            if draft.kind >= SegmentKind.TEXT:
                return named, number
            if draft.kind == SegmentKind.SYSTEM:
                named = self._sketch(number, draft) or named
            elif draft.kind == SegmentKind.TOOL:
                named = True
        return named, _NONE

    def _sketch(self, segment: int, draft: SegmentDraft) -> bool:
        """Keep a segment's sketch; say whether there is anything in it."""
        known = self.sketches.get(segment)
        if known is None:
            known = self.sketches[segment] = sketch(draft.data) if len(draft.data) >= _TELLING else ()
        return bool(known)

    def close(self) -> None:
        """Drop what only `add` needs."""
        self._seen.clear()
