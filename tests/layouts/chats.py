"""Conversations with text, compiled into traces, and what their requests hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from cachelens.layouts.slots import text_of
from cachelens.model.prompt import Level, Part, Role, SegmentDraft, SegmentKind
from cachelens.model.record import RequestRecord
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.prompts.trace import SPLIT, Trace
from cachelens.providers.dates import day_us
from tests.traffic.chat import words

SECOND = 1_000_000
SINCE = day_us("2026-11-10")
MODEL = "claude-sonnet-5"
_LEVELS = {SegmentKind.TOOL: Level.TOOLS, SegmentKind.SYSTEM: Level.SYSTEM}


class Block(NamedTuple):
    """A block of a prompt."""

    kind: SegmentKind
    role: Role
    text: str
    mark: str = ""
    end: bool = True


def tool(text: str, mark: str = "") -> Block:
    return Block(SegmentKind.TOOL, Role.SYSTEM, text, mark)


def system(text: str, mark: str = "") -> Block:
    return Block(SegmentKind.SYSTEM, Role.SYSTEM, text, mark)


def user(text: str, mark: str = "", *, end: bool = True) -> Block:
    return Block(SegmentKind.TEXT, Role.USER, text, mark, end)


def answer(text: str, mark: str = "") -> Block:
    return Block(SegmentKind.TEXT, Role.ASSISTANT, text, mark)


def call(text: str) -> Block:
    return Block(SegmentKind.TOOL_USE, Role.ASSISTANT, text)


def returned(text: str, mark: str = "") -> Block:
    return Block(SegmentKind.TOOL_RESULT, Role.USER, text, mark)


class Request(NamedTuple):
    """A request."""

    at: int
    """Seconds."""
    blocks: tuple[Block, ...]
    session: str = "s"
    workload: str = "w"
    model: str = MODEL
    tenant: str = ""


def _expand(part: Part) -> list[SegmentDraft]:
    kind, role, mark, end, data = bytes(part.raw).split(b"|", 4)
    return [SegmentDraft(SegmentKind(int(kind)), Role(int(role)), data, mark.decode(), end == b"1")]


def _part(block: Block) -> Part:
    head = f"{int(block.kind)}|{int(block.role)}|{block.mark}|{int(block.end)}|"
    return Part(_LEVELS.get(block.kind, Level.MESSAGES), head.encode() + block.text.encode("utf-8", "surrogatepass"))


def compiled(requests: Sequence[Request], *, keep_text: bool = True) -> Trace:
    """The trace of some requests, in the order of their time."""
    builder = TraceBuilder(keep_text=keep_text)
    for line, request in enumerate(requests, 1):
        at = SINCE + request.at * SECOND
        builder.add(
            RequestRecord(
                arrived_us=at,
                first_token_us=at + SECOND // 2,
                model=request.model,
                line=line,
                session=request.session,
                workload=request.workload,
                tenant=request.tenant,
                parts=[_part(block) for block in request.blocks],
                expand=_expand,
                output_tokens=0,
            ),
            0,
        )
    return finish(builder, ["chats"])


class Held(NamedTuple):
    """What one request holds at one place."""

    kind: SegmentKind
    role: Role
    text: str


def held(trace: Trace, request: int) -> list[Held]:
    """The blocks of a request in their order; without their text where the trace holds none."""
    nodes = trace.nodes
    return [
        Held(
            SegmentKind(int(nodes.kind[node])),
            Role(int(nodes.role[node])),
            text_of(trace, int(nodes.segment[node])) if len(trace.segments.text_start) else "",
        )
        for node in trace.path(int(trace.requests["leaf"][request]))
        if not nodes.flags[node] & SPLIT
    ]


_ADDED = re.compile(r"\[(see )?value \d+\]")


def said(blocks: Sequence[Held]) -> Counter[str]:
    """The words of some blocks, without the pointers and numbers that a layout adds."""
    return Counter(word for block in blocks for word in re.findall(r"\w+", _ADDED.sub(" ", block.text)))


def marks(trace: Trace, request: int) -> list[tuple[int, int]]:
    """Place from the front (blocks before and at the mark) and TTL number of each recorded mark."""
    rows = []
    for at in range(int(trace.mark_start[request]), int(trace.mark_start[request + 1])):
        path = [n for n in trace.path(int(trace.mark_node[at])) if not trace.nodes.flags[n] & SPLIT]
        rows.append((len(path), int(trace.mark_ttl[at])))
    return rows


NAMES = ("Ann", "Bo", "Carla", "Deniz")


@st.composite
def chats(draw: st.DrawFn) -> list[Request]:
    """Draw sessions of one or two workloads, with values of all kinds in their prompts, shuffled tools, and marks."""
    requests: list[Request] = []
    for workload in "AB"[: draw(st.integers(1, 2))]:
        prompt = draw(prompts(workload))
        for number in range(draw(st.integers(1, 4))):
            history: list[Block] = []
            for turn in range(draw(st.integers(1, 3))):
                key = f"{workload}{number}{turn}"
                history += draw(turns(key, first=not turn))
                requests.append(
                    Request(
                        at=number * 100 + turn * draw(st.sampled_from((5, 40, 400))),
                        blocks=draw(marked((*prompt(number, turn, draw), *history, *draw(prefills(key))))),
                        session=f"{workload}{number}",
                        workload=workload,
                        tenant=NAMES[number % 2],
                    )
                )
    return sorted(requests, key=lambda request: request.at)


Prompt = Callable[[int, int, st.DrawFn], tuple[Block, ...]]


@st.composite
def prompts(draw: st.DrawFn, name: str) -> Prompt:
    """A head with some of: shuffled tools, a clock, a name, a block that is one value, fixed text between them."""
    tools = [tool(f'{{"name": "{n}{name}", "description": "{words((name, n), 12)}"}}') for n in "zxy"]
    tools = tools[: draw(st.integers(0, 3))]
    pieces = draw(st.lists(st.sampled_from(("fixed", "clock", "name", "block", "break")), max_size=7))

    def prompt(session: int, turn: int, draw: st.DrawFn) -> tuple[Block, ...]:
        lines: list[list[str]] = [[f"You are {name}."]]
        for place, piece in enumerate(pieces):
            if piece == "fixed":
                lines[-1].append(words((name, place), 20))
            elif piece == "clock":
                lines[-1].append(f"Time: 09:{session:02}:{turn:02} sharp.")
            elif piece == "name":
                lines[-1].append(f"You talk to {NAMES[session]} now.")
            else:
                lines += [[f"request{session}{turn}"], []] if piece == "block" else [[]]
        texts = ["\n".join(one) for one in lines if one]
        order = draw(st.permutations(tools)) if tools else []
        return (*order, *(system(text) for text in texts))

    return prompt


@st.composite
def turns(draw: st.DrawFn, key: str, *, first: bool) -> list[Block]:
    """What a turn adds: a question, or the results of calls."""
    if first:
        return [user(f"Asked at 10:{key[1]}{key[2]}. {words('task', 25)} {words(key, 9)}")]
    if draw(st.booleans()):
        return [call(f"call {key}"), returned(f"result {words((key, 'r'), 8)}")]
    return [answer(words((key, "a"), 9)), user(words((key, "u"), 9))]


def prefills(key: str) -> st.SearchStrategy[list[Block]]:
    """The beginning of an answer behind the last message, in few requests."""
    return st.sampled_from(([], [], [], [answer(f"So {key}")]))


@st.composite
def marked(draw: st.DrawFn, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The same blocks with up to four marks, longer lifetimes first."""
    chosen = sorted(draw(st.sets(st.integers(0, len(blocks) - 1), max_size=4)))
    labels = sorted(draw(st.sampled_from(("1h", "5m"))) for _ in chosen)
    label_of = dict(zip(chosen, labels, strict=True))
    return tuple(block._replace(mark=label_of.get(place, "")) for place, block in enumerate(blocks))
