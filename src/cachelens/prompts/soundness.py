"""What must hold of a trace that comes from a file before compiled loops may follow its indexes.

A damaged index would send such a loop out of its arrays or round in circles. Every test here is one pass over an
array; prompt text is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.columns import INTEGER_COLUMNS, STRING_COLUMNS, TTL_LABELS, UNKNOWN
from cachelens.prompts.trace import Trace

Array = npt.NDArray[Any]
DIGEST_BYTES = 16

_TYPES: Mapping[str, str] = {
    **{f"requests.{name}": code for name, code in INTEGER_COLUMNS.items()},
    "requests.order": "i8",
    "nodes.parent": "i4",
    "nodes.segment": "i4",
    "nodes.end": "i8",
    "nodes.kind": "u1",
    "nodes.role": "u1",
    "nodes.flags": "u1",
    "segments.digest": "u1",
    "segments.kind": "u1",
    "segments.role": "u1",
    "segments.flags": "u1",
    "segments.tokens": "i4",
    "segments.text": "u1",
    "segments.text_start": "i8",
    "mark_start": "i8",
    "mark_node": "i4",
    "mark_ttl": "i1",
    "request_ids.text": "u1",
    "request_ids.start": "i8",
}
"""The type code of every array."""
_AT_LEAST_UNKNOWN = ("first_token", "end", "plain", "read", "output", "input")
_COUNTS = ("write_5m", "write_1h", "write_30m", "write_12h")


class UnsoundError(ValueError):
    """Something in a trace is not as it must be; the message says what."""


def check_arrays(arrays: Mapping[str, Array]) -> None:
    """Raise `UnsoundError` unless all arrays are there, of their type, and as long as those beside them."""
    for name, code in _TYPES.items():
        if name not in arrays:
            raise UnsoundError(f"{name} is missing")
        if arrays[name].dtype != np.dtype(code):
            raise UnsoundError(f"{name} has the type {arrays[name].dtype}")
    requests, nodes = len(arrays["request_ids.start"]) - 1, len(arrays["nodes.parent"])
    segments, marks = len(arrays["segments.kind"]), len(arrays["mark_node"])
    if requests < 0 or nodes < 1:
        raise UnsoundError("there is no root" if requests >= 0 else "request_ids.start is empty")
    sizes = {"requests": requests, "nodes": nodes, "segments": segments, "mark_node": marks, "mark_ttl": marks}
    own = {
        "segments.digest": (segments, DIGEST_BYTES),
        "segments.text": arrays["segments.text"].shape[:1],
        "segments.text_start": (segments + 1 if arrays["segments.text_start"].size else 0,),
        "mark_start": (requests + 1,),
        "request_ids.text": arrays["request_ids.text"].shape[:1],
        "request_ids.start": (requests + 1,),
    }
    for name in _TYPES:
        shape = own.get(name) or (sizes[name.partition(".")[0]],)
        if arrays[name].shape != shape:
            raise UnsoundError(f"{name} has the shape {arrays[name].shape}, not {shape}")
    _check_starts("request_ids.start", arrays["request_ids.start"], len(arrays["request_ids.text"]))


def check_trace(trace: Trace) -> None:
    """Raise `UnsoundError` unless all indexes lead somewhere, parents come first, and counts are counts."""
    _check_nodes(trace)
    _check_requests(trace)
    segments = trace.segments
    _check_range("segments.kind", segments.kind, 0, len(SegmentKind))
    _check_range("segments.role", segments.role, 0, len(Role))
    _check_least("segments.tokens", segments.tokens, 0)
    if len(segments.text_start):
        _check_starts("segments.text_start", segments.text_start, len(segments.text))
    _check_starts("mark_start", trace.mark_start, len(trace.mark_node))
    _check_range("mark_node", trace.mark_node, 0, len(trace.nodes.parent))
    _check_range("mark_ttl", trace.mark_ttl, 0, len(TTL_LABELS))


def _check_nodes(trace: Trace) -> None:
    nodes = trace.nodes
    parent, end = nodes.parent, nodes.end
    if parent[0] != 0 or (parent < 0).any() or (parent[1:] >= np.arange(1, len(parent))).any():
        raise UnsoundError("nodes.parent names a node that does not stand before its child")
    if end[0] != 0 or (end < end[parent]).any():
        raise UnsoundError("nodes.end falls along a path")
    _check_range("nodes.segment", nodes.segment, UNKNOWN, len(trace.segments.kind))
    _check_range("nodes.kind", nodes.kind, 0, len(SegmentKind))
    _check_range("nodes.role", nodes.role, 0, len(Role))


def _check_requests(trace: Trace) -> None:
    requests = trace.requests
    _check_range("requests.leaf", requests["leaf"], 0, len(trace.nodes.parent))
    _check_range("requests.file", requests["file"], 0, len(trace.files))
    _check_range("requests.order", requests["order"], 0, len(trace))
    _check_range("requests.auto_mark", requests["auto_mark"], UNKNOWN, len(TTL_LABELS))
    if (requests["arrived"][1:] < requests["arrived"][:-1]).any():
        raise UnsoundError("requests.arrived falls")
    for name in STRING_COLUMNS:
        if name not in trace.strings:
            raise UnsoundError(f"the names of requests.{name} are missing")
        _check_range(f"requests.{name}", requests[name], UNKNOWN, len(trace.strings[name]))
    for name in _AT_LEAST_UNKNOWN:
        _check_least(f"requests.{name}", requests[name], UNKNOWN)
    for name in _COUNTS:
        _check_least(f"requests.{name}", requests[name], 0)


def _check_range(name: str, values: Array, first: int, stop: int) -> None:
    if len(values) and (int(values.min()) < first or int(values.max()) >= stop):
        raise UnsoundError(f"{name} leads outside of its table")


def _check_least(name: str, values: Array, least: int) -> None:
    if len(values) and int(values.min()) < least:
        raise UnsoundError(f"{name} holds a negative count")


def _check_starts(name: str, starts: Array, total: int) -> None:
    if starts[0] != 0 or starts[-1] != total or (starts[1:] < starts[:-1]).any():
        raise UnsoundError(f"{name} does not rise from 0 to {total}")
