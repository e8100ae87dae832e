"""Infers which requests belong to one session where the log does not say.

A request continues a session when its messages begin with all the messages of an earlier request; of
several such requests the longest counts, then the latest. Tools and system prompt are left out of the
comparison, so that a clock in the system prompt does not cut every session in two.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE, UNKNOWN
from cachelens.prompts.trace import HEAD_KINDS, SPLIT, Nodes

Columns = dict[str, npt.NDArray[Any]]


def infer_sessions(requests: Columns, strings: dict[str, list[str]], nodes: Nodes) -> None:
    """Fill the unknown entries of the `session` column in place, adding names `session-1`, `session-2`, ..."""
    session = requests["session"]
    missing = np.flatnonzero(session == UNKNOWN)
    if not len(missing):
        return
    above, place = message_tree(nodes)
    leaf = requests["leaf"]
    flags = requests["flags"]
    owner: dict[int, int] = {}
    names = strings["session"]
    for request in missing.tolist():
        if flags[request] & OPAQUE:
            step = UNKNOWN
        elif flags[request] & BLOCK_TRACE:
            step = place[nodes.parent[leaf[request]]]
        else:
            step = place[leaf[request]]
        number = _continued(step, above, owner)
        if number == UNKNOWN:
            number = len(names)
            names.append(f"session-{number + 1}")
        session[request] = number
        if step > 0:
            owner[int(step)] = number


def _continued(step: int, above: list[int], owner: dict[int, int]) -> int:
    """Return the session that owns the longest proper beginning of these messages, or `UNKNOWN`."""
    if step <= 0:
        return UNKNOWN
    step = above[step]
    while step > 0:
        known = owner.get(step)
        if known is not None:
            return known
        step = above[step]
    return UNKNOWN


def message_tree(nodes: Nodes) -> tuple[list[int], npt.NDArray[np.int32]]:
    """Return a tree over messages alone (parents), and each node's place in it (0: still in the head)."""
    head = np.isin(nodes.kind, HEAD_KINDS).tolist()
    split = (nodes.flags & SPLIT).tolist()
    parent = nodes.parent.tolist()
    segment = nodes.segment.tolist()
    place = [0] * len(parent)
    above = [0]
    steps: dict[tuple[int, int], int] = {}
    for node in range(1, len(parent)):
        before = place[parent[node]]
        if split[node] or (before == 0 and head[node]):
            place[node] = before
            continue
        key = (before, segment[node] if segment[node] >= 0 else ~node)
        step = steps.get(key)
        if step is None:
            step = steps[key] = len(above)
            above.append(before)
        place[node] = step
    return above, np.array(place, dtype=np.int32)
