"""Which points of the grid to replay, and which of them stand for a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from cachelens.errors import UsageError
from cachelens.layouts.boundaries import BOUNDARIES, SEARCHED, boundary
from cachelens.model.result import Status
from cachelens.model.scenario import AS_RECORDED, NO_CACHE, Choices
from cachelens.model.whatif import Cell, WhatIfChoices
from cachelens.providers.book import PriceBook
from cachelens.simulation import plan
from cachelens.whatif.parameters import Parameters, Place

AS_IS = (None,)
"""The size of the prompt as described or recorded."""


def book_for(choices: WhatIfChoices) -> PriceBook:
    """Load the facts and check the choices against them; `UsageError` or `PricingError` for what cannot be."""
    for name in choices.boundaries:
        if name in SEARCHED:
            raise UsageError(
                f"{name!r} is searched, which a grid of many cells has no time for",
                hint=f"use `cachelens simulate --boundary {name}`, or choose from: {', '.join(BOUNDARIES)}",
            )
        boundary(name)
    for tokens in choices.prompt_tokens:
        if tokens < 1:
            raise UsageError(f"--prompt-tokens {tokens} is no size", hint="for example: --prompt-tokens 500,5000,50000")
    return plan(Choices(models=choices.models, ttls=choices.ttls, pricing=choices.pricing)).book


def boundaries_of(choices: WhatIfChoices, given: Parameters | None) -> tuple[str, ...]:
    """Return the boundaries to replay: those asked for, or those that differ on this traffic; no cache always."""
    if choices.boundaries:
        return tuple(dict.fromkeys((NO_CACHE, *choices.boundaries)))
    if given is None:
        return tuple(dict.fromkeys((NO_CACHE, *BOUNDARIES)))
    places = {part.place for part in given.parts}
    names = [NO_CACHE]
    names += ["system-only"] if places & {Place.SYSTEM, Place.TOOLS} else []
    names += ["tools-and-system"] if places >= {Place.SYSTEM, Place.TOOLS} else []
    names += ["full-context"]
    names += ["exclude-tool-results"] if Place.TOOL_RESULTS in places else []
    return tuple(names)


def refuse_recorded(choices: WhatIfChoices) -> None:
    """Raise `UsageError` where described traffic is asked for something that only a log holds."""
    if AS_RECORDED in choices.boundaries:
        raise UsageError(
            "described traffic has no recorded marks",
            hint=f"choose from: {', '.join(name for name in BOUNDARIES if name != AS_RECORDED)}",
        )
    if not choices.models:
        raise UsageError(
            "described traffic names no model", hint="name one or more with --model; `cachelens pricing list` shows all"
        )


def cheapest(cells: Iterable[Cell], known_as: Status = Status.BOUND) -> Cell | None:
    """Return the cheapest cell, of equals the one that asks for least.

    One that is less well known than `known_as` is taken only where there is no other.
    """
    order = list(Status)
    priced = [(cell.cost, cell) for cell in cells if cell.cost is not None]
    known = [pair for pair in priced if order.index(pair[1].status) <= order.index(known_as)]
    _, found = min(
        known or priced, key=lambda pair: (pair[0], pair[1].boundary != NO_CACHE), default=(Decimal(0), None)
    )
    return found


def base_of(values: Sequence[float], default: float) -> float:
    """Return the value that stands for the traffic as it is: the default where it is among them, else the first."""
    return default if not values or default in values else values[0]
