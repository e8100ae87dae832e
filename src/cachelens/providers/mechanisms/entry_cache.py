"""Caches of exact prefixes: what explicit breakpoints and automatic boundaries share, from settled marks to counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from cachelens.kernels.entries import KEEP_HIT, KEEP_NOTHING, KEEP_PATH, WRITES_FROM, replay_entries
from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.trace import SPLIT
from cachelens.providers.mechanisms.base import I32, I64, Mask, Outcome, Problem, inherited
from cachelens.providers.mechanisms.lifetimes import Lifetimes
from cachelens.providers.mechanisms.placing import Marks, requests_of
from cachelens.providers.profile import CacheProfile, KeyRules
from cachelens.providers.vocabulary import Confidence, RefreshScope, TtlRefresh

_ON_READ: Mapping[RefreshScope, int] = {RefreshScope.HIT_ENTRY: KEEP_HIT, RefreshScope.PATH: KEEP_PATH}


def run_entries(
    problem: Problem,
    known: Lifetimes,
    marks: Marks,
    *,
    positions: I64,
    bare_positions: I64,
    variant: I64,
    enterable: Mask,
    notes: Iterable[str],
) -> Outcome:
    """Hand everything to the loop and name its columns; arguments as in `kernels.entries`."""
    trace = problem.trace
    marks = marks.only(problem.enabled[requests_of(marks.start)])
    dropped, thought = dropped_reasoning(problem)
    rows = replay_entries(
        *problem.requests(),
        variant,
        dropped,
        marks.start,
        marks.node,
        marks.ttl,
        marks.writes,
        marks.reach,
        known.microseconds,
        known.write_class,
        len(known.classes),
        _refresh(problem.profile),
        _ttl_in_key(problem.profile.key),
        np.ascontiguousarray(trace.nodes.parent),
        problem.ends,
        positions,
        bare_positions,
        thought,
        enterable,
        trace.system_end,
    )
    return Outcome(
        read=rows[:, 0],
        write={label: rows[:, WRITES_FROM + place] for place, label in enumerate(known.classes)},
        unread=rows[:, 1],
        cause=rows[:, 3],
        missed=rows[:, 4],
        where=rows[:, 5],
        notes=tuple(dict.fromkeys(notes)),
    )


def _refresh(profile: CacheProfile) -> int:
    """Return what a read keeps alive. A write always starts a clock of its own."""
    match profile.ttl.refresh:
        case TtlRefresh.NEVER:
            return KEEP_NOTHING
        case TtlRefresh.ON_READ | TtlRefresh.ON_READ_OR_WRITE | None:
            return _ON_READ[profile.ttl.refresh_scope]


def _ttl_in_key(rules: KeyRules) -> bool:
    """Say whether a mark finds entries of its own TTL only; a weak source does not decide it (decision 9)."""
    fact = rules.ttl_in_key
    return fact is not None and fact.value and fact.confidence is not Confidence.LOW


def dropped_reasoning(problem: Problem) -> tuple[I32, Mask]:
    """Return before which node each request sends no reasoning (0 nowhere), and which nodes hold any since the last
    message of a person.

    On models that drop the reasoning of earlier turns, that is all before the last message that is not only tool
    results. Two requests with one node on their paths send the same prefix there unless only one has dropped some.
    What the record contradicts is not followed, see the note in the profile and decision 9.
    """
    trace, rules = problem.trace, problem.profile.key.thinking_strip
    nodes, size = trace.nodes, len(trace.nodes.parent)
    followed = rules is not None and rules.confidence is not Confidence.LOW
    affected = problem.of_models(rules.models if rules is not None and followed else ())
    ends = (nodes.flags & SPLIT) == 0
    reasoning = ends & (nodes.kind == SegmentKind.THINKING)
    if not affected.any() or not reasoning.any():
        return np.zeros(len(trace), dtype=np.int32), np.zeros(size, dtype=np.bool_)
    content = (nodes.kind >= SegmentKind.TEXT) & (nodes.kind != SegmentKind.TOOL_RESULT)
    person = inherited(trace, ends & content & (nodes.role == Role.USER))
    thought = inherited(trace, reasoning) > person
    return np.where(affected, person[trace.requests["leaf"]], 0).astype(np.int32), thought
