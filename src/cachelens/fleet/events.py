"""Replicas that fail, come back, are added or restarted: from what is asked to rows in order of time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.kernels.fleet_timed import COMES, FAILS
from cachelens.model.fleet import EVERY, NEW, Change

I64 = npt.NDArray[np.int64]

SECOND_US = 1_000_000
_FORM = re.compile(r"(fail|add|restart)@(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?(?::(\d+|all))?")
_HINT = "for example: --event fail@600:2, --event add@900, --event restart@600+90:all"


def change_of(text: str) -> Change:
    """Parse `fail@SECONDS:REPLICA`, `add@SECONDS[:REPLICA]` or `restart@SECONDS+DOWN:REPLICA|all`."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no event", hint=_HINT)
    kind, at, down, replica = found.groups()
    if replica is None and kind != "add":
        raise UsageError(f"{text!r} names no replica", hint=_HINT)
    if replica == "all" and kind != "restart":
        raise UsageError(f"{text!r} would leave no replica", hint=_HINT)
    if down is not None and kind != "restart":
        raise UsageError(f"{text!r}: only a restart is down for a time", hint=_HINT)
    if down is None and kind == "restart":
        raise UsageError(f"{text!r} does not say for how long the replica is down", hint=_HINT)
    number = NEW if replica is None else EVERY if replica == "all" else int(replica)
    return Change(kind=kind, at_us=_us(at), replica=number, down_us=_us(down or "0"))


def _us(seconds: str) -> int:
    return int(Decimal(seconds) * SECOND_US)


def text_of(change: Change) -> str:
    """Write an event as it is given."""
    which = {NEW: "", EVERY: ":all"}.get(change.replica, f":{change.replica}")
    down = f"+{_seconds(change.down_us)}" if change.kind == "restart" else ""
    return f"{change.kind}@{_seconds(change.at_us)}{down}{which}"


def _seconds(us: int) -> str:
    return f"{Decimal(us) / SECOND_US:f}"


def rows_of(changes: Sequence[Change], replicas: int) -> tuple[I64, int]:
    """Return rows of microseconds, `FAILS` or `COMES`, replica for a fleet of a size, and how many replicas are added.

    Replicas that are added are numbered behind the others. `UsageError` for a replica that the fleet does not
    have, and for an event that is given twice.
    """
    for place, change in enumerate(changes):
        if change.replica != NEW and change in changes[:place]:
            raise UsageError(f"the event {text_of(change)} is given twice", hint="leave one of the two out")
    rows: list[tuple[int, int, int]] = []
    added = 0
    for change in sorted(changes, key=lambda change: change.at_us):
        if change.replica >= replicas:
            raise UsageError(
                f"a fleet of {replicas} has no replica {change.replica}", hint="replicas are counted from 0"
            )
        if change.replica == NEW:
            rows.append((change.at_us, COMES, replicas + added))
            added += 1
        elif change.kind == "restart":
            which = range(replicas) if change.replica == EVERY else (change.replica,)
            for step, replica in enumerate(which):
                at = change.at_us + step * change.down_us
                rows += [(at, FAILS, replica), (at + change.down_us, COMES, replica)]
        else:
            rows.append((change.at_us, COMES if change.kind == "add" else FAILS, change.replica))
    rows.sort(key=lambda row: row[0])
    return np.array(rows, dtype=np.int64).reshape(-1, 3), added
