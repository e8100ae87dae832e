"""How often a value changes: the widest group of requests within which it stays the same."""

from __future__ import annotations

import enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
_EXCEPTIONS = 0.02
"""Share of groups in which a value may change and still be called constant within them."""
_FEW = 3
"""Groups of two requests or more below which the evidence is weak."""
DAY_US = 86_400_000_000


class Scope(enum.StrEnum):
    """Within what a value stays the same, widest first."""

    STATIC = "static"
    DEPLOY = "deploy"
    """Each value holds for one stretch of time, over the sessions that fall into it."""
    DAY = "day"
    TENANT = "tenant"
    SESSION = "session"
    REQUEST = "request"
    UNSURE = "session or request"
    """It changes from session to session; whether within one cannot be told, as no session has two requests."""


class Evidence(NamedTuple):
    """What a scope rests on."""

    scope: Scope
    requests: int
    values: int
    """Distinct values seen."""
    groups: int
    """Groups with two requests or more that were looked into."""
    weak: bool
    """True where fewer than three groups speak for it."""


def scope_of(value: I64, arrived: I64, session: I64, tenant: I64, *, timed: bool) -> Evidence:
    """Return the scope of a value over requests in order of arrival.

    `value` numbers the values; `session` and `tenant` are -1 where unknown; `arrived` is in microseconds.
    """
    values = len(np.unique(value))

    def found(scope: Scope, groups: int) -> Evidence:
        return Evidence(scope, len(value), values, groups, weak=groups < _FEW)

    if values <= 1:
        return found(Scope.STATIC, len(value))
    stretches = 1 + int((value[1:] != value[:-1]).sum())
    if timed and stretches == values and 2 * values <= len(np.unique(session)):
        days = arrived // DAY_US
        constant, groups = _constant(value, days)
        daily = constant and values == len(np.unique(days))
        return found(Scope.DAY if daily else Scope.DEPLOY, groups if daily else values)
    for scope, group in ((Scope.DAY, arrived // DAY_US if timed else None), (Scope.TENANT, tenant)):
        if group is not None and (group >= 0).all():
            constant, groups = _constant(value, group)
            if constant and groups:
                return found(scope, groups)
    constant, groups = _constant(value, session)
    if not groups:
        return found(Scope.UNSURE, 0)
    return found(Scope.SESSION if constant else Scope.REQUEST, groups)


def _constant(value: I64, group: I64) -> tuple[bool, int]:
    """Say whether a value is constant within nearly all groups, and how many groups have two requests or more."""
    order = np.lexsort((np.arange(len(group)), group))
    same = (group[order][1:] == group[order][:-1]) & (group[order][1:] >= 0)
    many = np.unique(group[order][1:][same])
    changed = np.unique(group[order][1:][same & (value[order][1:] != value[order][:-1])])
    return len(changed) <= _EXCEPTIONS * len(many), len(many)
