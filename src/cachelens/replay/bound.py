"""The clairvoyant minimum: what is left when every request may choose its marks knowing the future. Not deployable."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import numpy.typing as npt

from cachelens.kernels.bound import accesses, least
from cachelens.kernels.grid import FOREVER
from cachelens.model.scenario import Scenario
from cachelens.model.usage import WRITE_TTLS
from cachelens.providers.mechanisms.base import SECOND, Outcome, seconds_of
from cachelens.providers.profile import CacheProfile
from cachelens.providers.rates import Rates
from cachelens.replay.assign import Assignment, minimums
from cachelens.replay.bills import Tariff, tariff
from cachelens.replay.engine import Replayer
from cachelens.replay.grouping import group_by
from cachelens.replay.sums import Replayed

I64 = npt.NDArray[np.int64]
REASON = "no policy: every request is marked as the future shows to be cheapest; no policy can cost less"
_UNIT = Decimal(1_000_000)
"""Prices are compared in millionths of a USD per million tokens."""
_FREE = "plain"
"""The class of what is written without being billed apart."""


def replay_bound(replayer: Replayer, scenario: Scenario) -> Replayed:
    """Return for each request the tokens read and written of the cheapest that could be; without prices, all plain."""
    trace = replayer.trace
    assignment = replayer.assigned(scenario)
    basis, ends = replayer.counts(scenario, assignment)
    sent = replayer.sent
    total = sent.total(ends[basis, trace.requests["leaf"]])
    nobody = np.zeros(len(trace), dtype=np.bool_)
    prices = tariff(trace, assignment, nobody, total)
    profiles = _profiles(replayer, assignment)
    short = total < minimums(trace, assignment)
    plain, read, write, lasts = _prices(assignment, prices, profiles, short)
    scope = _scopes(replayer, assignment, profiles)
    leaf = np.ascontiguousarray(trace.requests["leaf"])
    parent = np.ascontiguousarray(trace.nodes.parent)
    order = np.argsort(scope, kind="stable")
    start, request = accesses(order[prices.group[order] >= 0], leaf, parent)
    arrived = trace.column("arrived")
    outside = sent.counted(replayer.warm(scenario))
    rows = least(start, request, scope, arrived, basis, parent, ends, outside, plain, read, write, lasts)
    nothing = np.zeros(len(trace), dtype=np.int64)
    outcome = Outcome(
        read=rows[:, 0],
        write={label: rows[:, 1 + place] for place, label in enumerate(WRITE_TTLS) if rows[:, 1 + place].any()},
        unread=nothing,
        cause=nothing,
        missed=nothing,
        where=nothing,
    )
    return replayer.bounded(scenario, outcome, REASON)


def _profiles(replayer: Replayer, assignment: Assignment) -> list[tuple[CacheProfile, ...]]:
    """Return the profiles that each model can be used under."""
    book = replayer.book
    return [
        tuple(book.profiles[name] for name in (facts.profile, facts.explicit_profile) if name)
        for facts in assignment.facts
    ]


def _scopes(
    replayer: Replayer, assignment: Assignment, profiles: list[tuple[CacheProfile, ...]]
) -> npt.NDArray[np.int32]:
    """Number what cannot share a cache whatever key is sent: models, and users where a provider keeps them apart."""
    apart = np.array([all(profile.isolation_field for profile in row) for row in profiles] or [False])
    tenant = np.where(apart[assignment.of] & (assignment.of >= 0), replayer.trace.column("tenant") + 1, 0)
    return group_by(assignment.of, tenant).of.astype(np.int32)


def _prices(
    assignment: Assignment, prices: Tariff, profiles: list[tuple[CacheProfile, ...]], short: npt.NDArray[np.bool_]
) -> tuple[I64, I64, I64, I64]:
    """Return the arguments `plain`, `read`, `write` and `lasts` of the loop, classes in the order of `WRITE_TTLS`
    and behind them what is written for the price of plain input.
    """
    size, classes = len(short), (*WRITE_TTLS, _FREE)
    plain, read = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    write = np.zeros((len(classes), size), dtype=np.int64)
    lasts = np.full((len(classes), size), -1, dtype=np.int64)
    for model, row in enumerate(profiles):
        for number, rates in enumerate(prices.rates):
            members = (assignment.of == model) & (prices.group == number)
            if not members.any():
                continue
            plain[members] = _units(rates.input)
            read[members] = _units(min(rates.read, rates.input))
            for label, (price, lifetime) in _classes(rates, row).items():
                write[classes.index(label), members] = _units(price)
                lasts[classes.index(label), members] = lifetime
    read[short] = plain[short]
    return plain, read, write, lasts


def _classes(rates: Rates, profiles: tuple[CacheProfile, ...]) -> dict[str, tuple[Decimal, int]]:
    """Return price and lifetime of each class of writes that a model's profiles have between them."""
    found: dict[str, tuple[Decimal, int]] = {}
    for profile in profiles:
        for label, seconds in profile.ttl.options.items():
            if label in rates.write:
                found[label] = rates.write[label], seconds * SECOND
    for label, price in rates.write.items():
        found.setdefault(label, (price, (seconds_of(label) or 0) * SECOND))
    if not rates.write or any(profile.ttl.any_duration for profile in profiles):
        found[_FREE] = rates.input, FOREVER
    return found


def _units(price: Decimal) -> int:
    return int((price * _UNIT).to_integral_value())
