"""Small traffic to price, shared by the tests of what-ifs."""

from __future__ import annotations

from decimal import Decimal

from cachelens.model.whatif import Cell, WhatIfChoices, WhatIfResult
from cachelens.whatif.describing import of_options
from cachelens.whatif.parameters import Parameters
from cachelens.whatif.run import described

OPUS = "claude-opus-5"
"""Plain 5, read 0.50, written 6.25 for 5 minutes and 10 for an hour, USD per million tokens; cached from 512 tokens."""


def traffic(
    *parts: str, sessions: float = 10, turns: int = 1, gap_s: float = 60, output: int = 0, users: int = 1
) -> Parameters:
    return of_options(sessions_a_day=sessions, turns=turns, gap_s=gap_s, users=users, parts=list(parts), output=output)


def priced(given: Parameters, *models: str, **asked: object) -> WhatIfResult:
    choices = WhatIfChoices(models=models or (OPUS,), **{"sample": 400, **asked})  # type: ignore[arg-type]
    return described(given, choices)


def cell(result: WhatIfResult, boundary: str, ttl: str = "", model: str = "") -> Cell:
    (found,) = [row for row in result.cells if (row.boundary, row.ttl) == (boundary, ttl) and model in ("", row.model)]
    return found


def a_session(given: Parameters, boundary: str, ttl: str = "", model: str = OPUS) -> Decimal:
    """Return what one session costs, in USD."""
    cost = cell(priced(given, model, ttls=(ttl,) if ttl else ()), boundary, ttl).cost
    assert cost is not None
    return cost / Decimal(repr(given.sessions_a_day))
