"""Identity of prompts and parts of prompts after normalisation: one key for each node of the prefix tree."""

from __future__ import annotations

from collections.abc import Mapping

import xxhash

from cachelens.layers.normal import Normal
from cachelens.model.prompt import SegmentKind
from cachelens.prompts.trace import SPLIT, START, Trace

Key = bytes
_JSON = (SegmentKind.TOOL, SegmentKind.SCHEMA, SegmentKind.TOOL_USE)
_TEXT = (SegmentKind.SYSTEM, SegmentKind.TEXT, SegmentKind.TOOL_RESULT)


class PromptKeys:
    """Keys of the nodes of one trace; equal keys mean equal prefixes after normalisation."""

    def __init__(self, trace: Trace, normal: Normal) -> None:
        """Take a trace that has kept its text."""
        self._trace = trace
        self._normal = normal
        self.of_node = self._keys()
        """By node."""

    def _keys(self) -> list[Key]:
        trace, own = self._trace, self._segments()
        parents, segments, flags = (
            array.tolist() for array in (trace.nodes.parent, trace.nodes.segment, trace.nodes.flags)
        )
        digest = xxhash.xxh3_128_digest
        keys = [b"\0" * 16] * len(parents)
        for node in range(1, len(parents)):
            above, flag = keys[parents[node]], flags[node]
            if flag & SPLIT:
                keys[node] = above
            else:
                body = own[segments[node]] if segments[node] >= 0 else b"%d" % node
                keys[node] = digest(above + body, seed=flag & START)
        return keys

    def _segments(self) -> list[Key]:
        """Return the key of each segment: kind, role and normalised content."""
        found = []
        rows = self._trace.segments
        for number, (kind, role) in enumerate(zip(rows.kind.tolist(), rows.role.tolist(), strict=True)):
            found.append(xxhash.xxh3_128_digest(self._content(number, kind), seed=kind << 8 | role))
        return found

    def _content(self, segment: int, kind: int) -> bytes:
        data = text_of(self._trace, segment)
        if kind in _TEXT:
            return self._normal.text(data.decode("utf-8", "replace")).encode("utf-8", "surrogatepass")
        return self._normal.objects(data) if kind in _JSON else data

    def parameters(self, pairs: Mapping[str, bytes]) -> Key:
        """Return the key of a request's parameters."""
        rows = sorted(self._normal.parameters(pairs).items())
        return xxhash.xxh3_128_digest(b"\0".join(name.encode("utf-8", "replace") + b"=" + raw for name, raw in rows))


def text_of(trace: Trace, segment: int) -> bytes:
    """Return the bytes of a segment."""
    start, end = trace.segments.text_start[segment : segment + 2].tolist()
    return trace.segments.text[start:end].tobytes()


def joined(*parts: bytes) -> Key:
    """Return the key of several keys together."""
    return xxhash.xxh3_128_digest(b"".join(b"%d:" % len(part) + part for part in parts))
