"""Finds the values by which a change of templates costs or saves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.joining.rerendering import Placed, Version
from cachelens.joining.values import key_of
from cachelens.model.change import Cause, Move
from cachelens.model.location import Location
from cachelens.rules.judged import short

MOST_CAUSES = 5
_FAR = 8
"""Tokens that a value must have moved by."""
_MUCH = 0.02
"""Share of requests in which a value must change, or change more or less often than before."""
_Key = tuple[str, str]


class _Seen(NamedTuple):
    """A value of one workload under one version."""

    expression: str
    location: Location
    token: float
    """Tokens in front of it, on average."""
    share: float
    """Share of requests in which it differs from the request before."""
    behind: float
    """Tokens behind it in those requests, summed over them."""


def causes(before: Version, after: Version, workloads: Sequence[str]) -> list[Cause]:
    """Return the values that changed their place, or how often they change; those with most text behind them first."""
    old, new = _seen(before, workloads), _seen(after, workloads)
    found: list[tuple[float, Cause]] = []
    for key in dict.fromkeys((*new, *old)):
        was, now = old.get(key), new.get(key)
        move = _move(was, now)
        if move is None:
            continue
        shown = now or was
        if shown is None or max(one.share for one in (was, now) if one is not None) < _MUCH:
            continue
        weight = abs((now.behind if now else 0) - (was.behind if was else 0))
        cause = Cause(
            expression=shown.expression,
            location=shown.location,
            workload=key[0],
            move=move,
            token_before=None if was is None else round(was.token),
            token_after=None if now is None else round(now.token),
            share_before=None if was is None else round(was.share, 6),
            share_after=None if now is None else round(now.share, 6),
        )
        found.append((weight, cause))
    found.sort(key=lambda pair: (-pair[0], pair[1].workload, pair[1].location, pair[1].expression))
    return [cause for _, cause in found[:MOST_CAUSES]]


def _move(was: _Seen | None, now: _Seen | None) -> Move | None:
    """Return what became of a value; `None` where it stands where it stood and changes as often."""
    if was is None or now is None:
        return Move.NEW if was is None else Move.GONE
    if abs(was.token - now.token) >= _FAR:
        return Move.EARLIER if now.token < was.token else Move.LATER
    if abs(was.share - now.share) >= _MUCH:
        return Move.OFTENER if now.share > was.share else Move.RARER
    return None


def _seen(version: Version, workloads: Sequence[str]) -> Mapping[_Key, _Seen]:
    """Sum up every expression by workload; of several places in one request the first counts."""
    trace = version.trace
    of = trace.column("workload")
    size: npt.NDArray[np.int64] = trace.nodes.end[trace.requests["leaf"]]
    groups: dict[_Key, list[Placed]] = defaultdict(list)
    for value in version.values:
        number = int(of[value.request])
        group = groups[workloads[number] if number >= 0 else "", key_of(value.span)]
        if not group or group[-1].request != value.request:
            group.append(value)
    found: dict[_Key, _Seen] = {}
    for key, values in groups.items():
        changes = [one.text != other.text for one, other in zip(values, values[1:], strict=False)]
        behind = sum(
            max(0.0, float(size[one.request]) - one.tokens)
            for one, is_new in zip(values[1:], changes, strict=True)
            if is_new
        )
        found[key] = _Seen(
            short(values[0].span.text),
            values[0].span.location,
            sum(one.tokens for one in values) / len(values),
            sum(changes) / max(1, len(changes)),
            behind,
        )
    return found
