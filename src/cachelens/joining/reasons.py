"""Finds why a change costs or saves where it is not by a value: a minimum that is crossed, text that grew or shrank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.model.change import Reason, Why
from cachelens.prompts.trace import Trace

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_FAR = 8
"""Tokens by which requests must have grown or shrunk."""


class Replay(NamedTuple):
    """What the replay says of each request under one version, in tokens."""

    total: I64
    read: I64
    shared: I64
    """Its longest prefix that was seen before."""
    minimum: I64
    """What a prefix needs to be cached with its model."""


def reasons(trace: Trace, changed: Mask, before: Replay, after: Replay, *, valued: frozenset[str]) -> Iterator[Reason]:
    """Yield why workloads with changed requests cost or save, by name; not those, `valued`, where a value says why."""
    of = trace.column("workload")
    names = {trace.strings["workload"][number]: number for number in np.unique(of[changed]).tolist() if number >= 0}
    for name in sorted(names):
        members = changed & (of == names[name])
        if name not in valued and _differ(members, before, after):
            yield _crossed(name, members, before, after) or _grown(name, members, before, after)


def _crossed(name: str, members: Mask, before: Replay, after: Replay) -> Reason | None:
    for why, good, bad in ((Why.BELOW_MINIMUM, before, after), (Why.ABOVE_MINIMUM, after, before)):
        read = members & (good.read > 0)
        seen = read & (bad.read == 0) & (bad.shared < bad.minimum)
        if seen.any() and 2 * seen.sum() >= read.sum():
            return Reason(
                why=why,
                workload=name,
                tokens_before=int(np.median(before.shared[seen])),
                tokens_after=int(np.median(after.shared[seen])),
                minimum=int(bad.minimum[seen].max()),
            )
    return None


def _differ(members: Mask, before: Replay, after: Replay) -> bool:
    return bool((before.read != after.read)[members].any() or (before.total != after.total)[members].any())


def _grown(name: str, members: Mask, before: Replay, after: Replay) -> Reason:
    then, now = (round(float(side.total[members].mean())) for side in (before, after))
    why = Why.UNKNOWN if abs(now - then) < _FAR else Why.LONGER if now > then else Why.SHORTER
    return Reason(why=why, workload=name, tokens_before=then, tokens_after=now)
