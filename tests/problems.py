"""Turns the oracle's traffic into what a mechanism is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.model.record import RequestRecord
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.trace import Trace
from cachelens.providers.mechanisms.base import Outcome, Problem
from cachelens.providers.profile import CacheProfile
from tests.oracles.traffic import OReq, OSeg, OUse

# Keyword arguments are fields of a record, of any type.
# ruff: noqa: ANN401

_KINDS = {
    "tool": (Level.TOOLS, SegmentKind.TOOL),
    "system": (Level.SYSTEM, SegmentKind.SYSTEM),
    "text": (Level.MESSAGES, SegmentKind.TEXT),
    "tool_use": (Level.MESSAGES, SegmentKind.TOOL_USE),
    "tool_result": (Level.MESSAGES, SegmentKind.TOOL_RESULT),
    "thinking": (Level.MESSAGES, SegmentKind.THINKING),
    "params": (Level.ROOT, SegmentKind.PARAMS),
}


def trace_of(
    requests: Sequence[OReq],
    *,
    by_token: bool = False,
    since_us: int = 0,
    model: str | Callable[[OReq], str] = "",
    **fields: Any,
) -> Trace:
    """Compile traffic; with `by_token` every token is a segment, so that prefixes are exact to the token.

    Starts are counted from `since_us`; `model` may differ by request; other `fields` are the same for all.
    """
    builder = TraceBuilder()
    ordered = sorted(range(len(requests)), key=lambda i: (requests[i].at_us, i))
    drafts: dict[bytes, list[SegmentDraft]] = {}
    for line, index in enumerate(ordered):
        request = requests[index]
        marks = dict(request.marks)
        parts = []
        for place, segment in enumerate(request.segments):
            raw = repr((segment, marks.get(place, ""))).encode()
            drafts[raw] = _drafts(segment, marks.get(place, ""), by_token=by_token)
            parts.append(Part(_KINDS[segment.kind][0], raw))
        builder.add(
            RequestRecord(
                arrived_us=since_us + request.at_us,
                first_token_us=None if request.visible_us is None else since_us + request.visible_us,
                model=model(request) if callable(model) else model,
                line=line + 1,
                input_tokens=request.total,
                session=f"session {line}",
                workload="workload",
                cache_key=request.scope,
                parts=parts,
                expand=lambda part: drafts[bytes(part.raw)],
                auto_mark=request.auto_ttl,
                mark_mode=request.mode,
                **fields,
            ),
            0,
        )
    return finish(builder, ["traffic"])


def _drafts(segment: OSeg, mark: str, *, by_token: bool) -> list[SegmentDraft]:
    kind = _KINDS[segment.kind][1]
    assistant = segment.assistant or segment.kind in ("tool_use", "thinking")
    role = Role.ASSISTANT if assistant else Role.TOOL if segment.kind == "tool_result" else Role.USER
    role = Role.SYSTEM if segment.kind in ("system", "tool") else role
    if by_token and segment.tokens:
        return [
            SegmentDraft(kind, role, letter.encode(), known_tokens=1, message_end=last and segment.message_end)
            for letter, last in ((c, i == segment.tokens - 1) for i, c in enumerate(segment.content))
        ]
    return [
        SegmentDraft(
            kind,
            role,
            segment.content.encode(),
            mark=mark,
            message_end=segment.message_end,
            markable=segment.kind != "thinking",
            known_tokens=segment.tokens,
        )
    ]


def problem_of(
    requests: Sequence[OReq], trace: Trace, profile: CacheProfile, *, minimum: int, plan: MarkPlan | None = None
) -> Problem:
    """Put the traffic before a mechanism."""
    ordered = sorted(range(len(requests)), key=lambda i: (requests[i].at_us, i))
    scope = np.array([int(requests[i].scope[-1] or 0) for i in ordered], dtype=np.int32)
    size = len(trace)
    nobody = np.full(size, -1, dtype=np.int64)
    return Problem(
        trace=trace,
        profile=profile,
        order=np.argsort(scope, kind="stable"),
        scope=scope,
        basis=np.zeros(size, dtype=np.int32),
        ends=np.asarray(trace.nodes.end)[None, :].copy(),
        minimum=np.full(size, minimum, dtype=np.int64),
        outside=np.zeros(size, dtype=np.int64),
        previous=nobody,
        neighbour=nobody,
        marks=plan or recorded_plan(trace),
        ttl="",
        enabled=np.ones(size, dtype=np.bool_),
    )


def recorded_plan(trace: Trace) -> MarkPlan:
    """Return the marks as recorded, as a caller's own policy (no mark of the service is added)."""
    return MarkPlan(
        recorded=True,
        start=trace.mark_start,
        node=trace.mark_node,
        ttl=trace.mark_ttl,
        follows_end=True,
    )


def uses(requests: Sequence[OReq], trace: Trace, outcome: Outcome) -> list[OUse]:
    """Return an outcome as the oracle writes it, in the order of the traffic."""
    ordered = sorted(range(len(requests)), key=lambda i: (requests[i].at_us, i))
    total = np.asarray(trace.nodes.end)[trace.requests["leaf"]]
    result: dict[int, OUse] = {}
    for place, index in enumerate(ordered):
        writes = {label: int(tokens[place]) for label, tokens in outcome.write.items() if tokens[place]}
        read = int(outcome.read[place])
        result[index] = OUse(int(total[place]) - read - sum(writes.values()), read, writes)
    return [result[index] for index in range(len(requests))]
