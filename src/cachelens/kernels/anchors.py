"""Ties the tokens along the prefix tree to the input counts that the log recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.shim import kernel


@kernel
def increments(parent: Any, ref_end: Any, messages: Any, leaf: Any, recorded: Any, hidden: Any) -> Any:
    """Return per request what was recorded and counted since the nearest recorded request on its path.

    Rows of (recorded tokens, counted tokens, messages begun, 1 where that is the whole request); all 0 where there
    is nothing to compare: no record, a repeated prompt, or hidden content in between. `messages` is cumulative per
    node. Arrays are of one model only, in order of arrival.
    """
    result = np.zeros((len(leaf), 4), dtype=np.int64)
    total = np.full(len(parent), -1, dtype=np.int64)
    total[0] = 0
    for i in range(len(leaf)):
        if recorded[i] < 0 or total[leaf[i]] >= 0:
            continue
        node = leaf[i]
        unknown = False
        while total[node] < 0:
            unknown = unknown or hidden[node]
            node = parent[node]
        if not unknown:
            result[i, 0] = recorded[i] - total[node]
            result[i, 1] = ref_end[leaf[i]] - ref_end[node]
            result[i, 2] = messages[leaf[i]] - messages[node]
            result[i, 3] = node == 0
        total[leaf[i]] = recorded[i]
    return result


@kernel
def anchor(parent: Any, ref_end: Any, leaf: Any, recorded: Any, hidden: Any, ratio: float, ends: Any) -> None:
    """Fill `ends` (tokens from the root, -1 unknown) in place for all nodes on the requests' paths.

    A request's leaf gets exactly its recorded count, if that is plausible; nodes between it and the nearest
    known ancestor share the difference in proportion to their reference tokens. Hidden content takes what
    the visible content does not explain. Without a plausible record the ratio alone counts.
    """
    path = np.zeros(len(parent) + 1, dtype=np.int32)
    for i in range(len(leaf)):
        last = leaf[i]
        if ends[last] >= 0:
            continue
        steps = 0
        node = last
        while ends[node] < 0:
            path[steps] = node
            steps += 1
            node = parent[node]
        base = ends[node]
        base_ref = ref_end[node]
        counted = ratio * (ref_end[last] - base_ref)
        gap = recorded[i] - base
        secret = 0
        scale = ratio
        anchored = False
        for k in range(steps):
            if hidden[path[k]]:
                secret = -1
        if recorded[i] >= 0 and gap > 0:
            if secret < 0:
                secret = max(0, int(gap - counted))
                visible = gap - secret
                scale = visible / (ref_end[last] - base_ref) if ref_end[last] > base_ref else 0.0
                anchored = True
            elif 0.25 * counted - 256 <= gap <= 4.0 * counted + 4096 and ref_end[last] > base_ref:
                scale = gap / (ref_end[last] - base_ref)
                anchored = True
        added = 0
        for k in range(steps - 1, -1, -1):
            node = path[k]
            if hidden[node] and secret > 0:
                added = secret
            ends[node] = base + added + int(scale * (ref_end[node] - base_ref) + 0.5)
        if anchored:
            ends[last] = recorded[i]


@kernel
def fill(parent: Any, ref_end: Any, ends: Any, source: Any, source_ratio: float, ratio: float) -> None:
    """Complete `ends` in place: from another model's counts where it has them, else from the reference."""
    for node in range(1, len(parent)):
        if ends[node] >= 0:
            continue
        above = parent[node]
        if source[node] >= 0 and source[above] >= 0:
            own = (source[node] - source[above]) * ratio / source_ratio
        else:
            own = (ref_end[node] - ref_end[above]) * ratio
        ends[node] = ends[above] + int(own + 0.5)
