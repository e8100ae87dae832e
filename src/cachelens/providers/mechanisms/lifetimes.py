"""Which lifetime each mark or request has: the scenario's, the one that was asked for, or the provider's default.

A lifetime is the number of its label; what cannot be had is `Unavailable` where the scenario asks for it, and falls to
the default, with a note, where the log does.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.prompts.columns import TTL_LABELS
from cachelens.prompts.marks import PROVIDER_DEFAULT
from cachelens.providers.mechanisms.base import I64, SECOND, Mask, Problem, Unavailable, said, seconds_of

I8 = npt.NDArray[np.int8]
_DAY = 86_400 * SECOND
"""Defaults change with the day."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Lifetimes:
    """The lifetimes of one profile by number: first the labels that a log can hold, then others."""

    labels: tuple[str, ...]
    microseconds: I64
    """0 where a label is not offered."""
    write_class: I64
    """Number of each label's write class: an index into `classes`."""
    classes: tuple[str, ...]
    """Labels under which written tokens are billed, the longest lifetime first."""


def lifetimes(problem: Problem) -> Lifetimes:
    """Number the lifetimes that the profile offers, and the scenario's own; `Unavailable` if that cannot be had."""
    rules, asked = problem.profile.ttl, problem.ttl
    options = dict(rules.options)
    if asked:
        options[asked] = problem.ttl_seconds(asked)
    labels = tuple(dict.fromkeys((*TTL_LABELS, *options)))
    classes = tuple(sorted(options, key=lambda label: -options[label]))
    return Lifetimes(
        labels=labels,
        microseconds=np.array([options.get(label, 0) * SECOND for label in labels], dtype=np.int64),
        write_class=np.array([classes.index(label) if label in options else 0 for label in labels], dtype=np.int64),
        classes=classes,
    )


def resolved(problem: Problem, known: Lifetimes, ttl: I8, request: I64) -> tuple[I8, list[str]]:
    """Return the lifetime that each mark gets, and notes on those that the provider does not offer.

    `ttl` is the number that the mark names, `request` the request that it belongs to.
    """
    default = default_numbers(problem, known)
    if problem.ttl:
        number = known.labels.index(problem.ttl)
        able = problem.offers(problem.ttl)
        given = np.where(able[request], number, default[request])
        return given.astype(np.int8), unoffered(problem, problem.ttl, ~able)
    result = np.where(ttl == PROVIDER_DEFAULT, default[request], ttl).astype(np.int8)
    notes: list[str] = []
    for number in np.unique(ttl[ttl != PROVIDER_DEFAULT]).tolist():
        label = known.labels[number]
        able = problem.offers(label) if label in problem.profile.ttl.options else np.zeros(len(default), dtype=np.bool_)
        refused = (ttl == number) & ~able[request]
        result[refused] = default[request][refused]
        asked = np.zeros(len(default), dtype=np.bool_)
        asked[request[refused]] = True
        notes += unoffered(problem, label, asked)
    return result, notes


def default_numbers(problem: Problem, known: Lifetimes) -> I8:
    """Return the provider's default for each request at its time; `Unavailable` where none is published."""
    rules, trace = problem.profile.ttl, problem.trace
    arrived = trace.column("arrived")
    ends = {int(arrived[0]), int(arrived[-1])} if trace.dated else {None}
    labels = {rules.default_at(at) for at in ends}
    if not all(labels):
        raise Unavailable(f"{problem.profile.id} publishes no default TTL: name one")
    if len(labels) == 1:
        return np.full(len(trace), known.labels.index(labels.pop()), dtype=np.int8)
    days, day = np.unique(arrived // _DAY, return_inverse=True)
    numbers = [known.labels.index(rules.default_at(at * _DAY)) for at in days.tolist()]
    return np.array(numbers, dtype=np.int8)[day.reshape(-1)]


def unoffered(problem: Problem, label: str, requests: Mask) -> list[str]:
    """Return a note on members whose TTL is not offered."""
    number = problem.count(requests)
    text = f"{problem.profile.id}: {said(number)} with a TTL of {label}, which is not offered there; the default holds"
    return [text] if number else []


def assumed(problem: Problem) -> int:
    """Return the scenario's TTL in microseconds where the provider publishes none; 0 if it means nothing."""
    return (seconds_of(problem.ttl) or 0) * SECOND
