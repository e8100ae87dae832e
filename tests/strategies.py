"""Small random traffic for Hypothesis, shared by differential tests and laws.

Every segment's content has one character for each token and ends in a full stop that occurs nowhere else, so
that no content is a leading part of another one, yet versions of a text share their first tokens.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tests.oracles.traffic import US, OReq, OSeg

MIXED_TTLS = ("1h", "5m")
"""Labels by falling TTL, as marks must stand."""

GAPS_US = tuple(
    edge + off for edge in (0, US, 300 * US, 600 * US, 1800 * US, 3600 * US) for off in (-1, 0, 1) if edge + off >= 0
)
"""Pauses between requests: none, and just around the TTLs in use."""

FIRST_TOKENS_US = (None, 0, 1, 900_000, 40 * US)
"""From start to first token; `None` is unknown."""


def content(name: str, tokens: int, version: str = "") -> str:
    """A text of so many tokens; versions of one name share the first half."""
    half = (name * tokens)[: tokens // 2]
    return (half + (version + name) * tokens)[: tokens - 1] + "."


def segment(name: str, tokens: int, kind: str, version: str = "", *, end: bool = True) -> OSeg:
    """A segment whose name, kind and version tell it from all others of one workload."""
    assistant = kind in ("tool_use", "thinking") or name.startswith("m")
    return OSeg(content(name, tokens, version), tokens, kind, message_end=end, assistant=assistant)


@st.composite
def preambles(draw: st.DrawFn, name: str) -> tuple[OSeg, ...]:
    """Tools, parameters and system prompt, which all sessions of a workload share."""
    parts: list[OSeg] = []
    tools = draw(st.integers(0, 2))
    parts += [segment(f"T{name}{n}", draw(st.integers(4, 40)), "tool", end=n == tools - 1) for n in range(tools)]
    if draw(st.booleans()):
        parts.append(OSeg(f"{name}-effort", 0, "params"))
    systems = draw(st.integers(0 if tools else 1, 2))
    parts += [segment(f"S{name}{n}", draw(st.integers(4, 90)), "system", end=n == systems - 1) for n in range(systems)]
    return tuple(parts)


@st.composite
def turns(draw: st.DrawFn, name: str) -> tuple[OSeg, ...]:
    """What one step adds to a session: a question, an answer and a question, or calls and their results."""
    size = draw(st.integers(3, 40))
    shape = draw(st.sampled_from(("ask", "answer", "calls", "think")))
    if shape == "ask":
        return (segment(f"u{name}", size, "text"),)
    if shape == "answer":
        return (segment(f"m{name}", size, "text"), segment(f"u{name}", size, "text"))
    count = draw(st.integers(1, 4))
    used = [segment(f"c{name}{n}", size, "tool_use", end=n == count - 1) for n in range(count)]
    back = [segment(f"r{name}{n}", size, "tool_result", end=n == count - 1) for n in range(count)]
    thought = [segment(f"h{name}", size, "thinking", end=False)] if shape == "think" else []
    return (*thought, *used, *back)


def edited(segments: tuple[OSeg, ...], place: int) -> tuple[OSeg, ...]:
    """The same prompt with one segment changed in its second half."""
    old = segments[place]
    changed = old.content[: old.tokens // 2] + "E" * (old.tokens - 1 - old.tokens // 2) + "."
    return (*segments[:place], replace(old, content=changed), *segments[place + 1 :])


@st.composite
def marked(
    draw: st.DrawFn, segments: tuple[OSeg, ...], ttls: tuple[str, ...], most: int
) -> tuple[tuple[int, str], ...]:
    """Marks at any segments that may carry one, the last one more often than not, longer TTLs first."""
    places = [i for i, s in enumerate(segments) if s.kind not in ("params", "thinking")]
    chosen = draw(st.sets(st.sampled_from(places), max_size=most))
    if draw(st.booleans()) and len(chosen) < most:
        chosen.add(places[-1])
    labels = sorted((draw(st.sampled_from(ttls)) for _ in chosen), key=ttls.index)
    return tuple(zip(sorted(chosen), labels, strict=True))


@st.composite
def sessions(draw: st.DrawFn, name: str, preamble: tuple[OSeg, ...]) -> list[tuple[OSeg, ...]]:
    """The prompts of one session: append-only, at times with a clock at the top or an edit of the history."""
    clock = draw(st.sampled_from((False, False, False, True)))
    history: tuple[OSeg, ...] = (segment(f"u{name}q", draw(st.integers(3, 40)), "text"),)
    prompts = []
    for step in range(draw(st.integers(1, 4))):
        if step:
            history = (*history, *draw(turns(f"{name}{step}")))
        if draw(st.integers(0, 7)) == 0:
            history = edited(history, draw(st.integers(0, len(history) - 1)))
        top = (segment("clock", 12, "system", f"{name}{step}", end=False),) if clock else ()
        prompts.append((*top, *preamble, *history))
    return prompts


@st.composite
def traffic(draw: st.DrawFn, *, ttls: tuple[str, ...] = ("5m",), most_marks: int = 5, scopes: int = 2) -> list[OReq]:
    """Draw a few workloads with shared beginnings, sessions that interleave, gaps around TTLs and twins.

    `ttls` are the mark labels by falling TTL; `most_marks` 0 gives unmarked traffic. Tokens: about 10 to 800
    a request, so minimums and grids of 8 to 128 are worth testing. Not sorted by time where starts are equal.
    """
    queues: list[list[tuple[OSeg, ...]]] = []
    for workload in "AB"[: draw(st.integers(1, 2))]:
        preamble = draw(preambles(workload))
        queues += [draw(sessions(f"{workload}{n}", preamble)) for n in "xyz"[: draw(st.integers(1, 3))]]
    requests: list[OReq] = []
    now = 0
    while any(queues):
        waiting = [q for q in queues if q]
        segments = draw(st.sampled_from(waiting)).pop(0)
        now += draw(st.sampled_from(GAPS_US))
        first = draw(st.sampled_from(FIRST_TOKENS_US))
        request = OReq(
            at_us=now,
            visible_us=None if first is None else now + first,
            segments=segments,
            marks=draw(marked(segments, ttls, most_marks)) if most_marks else (),
            scope=draw(st.sampled_from([f"scope{n}" for n in range(scopes)])),
        )
        requests += [request] * draw(st.sampled_from((1, 1, 1, 2, 3)))
    return requests


@st.composite
def asked_for(draw: st.DrawFn, drawn: st.SearchStrategy[list[OReq]]) -> list[OReq]:
    """The same traffic with what a caller may ask of an automatic cache: its mode, and one TTL for all marks."""
    modes, ttls = st.sampled_from(("", "", "implicit", "explicit")), st.sampled_from(("", "12h"))
    return [
        replace(
            request,
            marks=tuple((place, "default") for place, _ in request.marks),
            mode=draw(modes),
            auto_ttl=draw(ttls),
        )
        for request in draw(drawn)
    ]


def heavier(requests: list[OReq], times: int) -> list[OReq]:
    """The same traffic with so many times the tokens in each segment, to reach the minimums of real models."""
    return [replace(r, segments=tuple(replace(s, tokens=s.tokens * times) for s in r.segments)) for r in requests]
