"""Requests of a generated workload whose skeleton and slots are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.prompts.trace import Trace
from tests.prompts.records import chat

NAMES = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath")
REQUEST, SESSION = "request", "session"


class Field(NamedTuple):
    """A slot: the words around it, and how often its value changes."""

    name: str
    scope: str
    rules: int
    """Fixed lines that follow it."""

    @property
    def before(self) -> str:
        return f"The {self.name} value of this one is: "

    @property
    def behind(self) -> str:
        return "\n" + "".join(f"Rule {'i' * (k + 1)} of {self.name}: be kind and brief.\n" for k in range(self.rules))

    def value(self, session: int, turn: int) -> str:
        place = NAMES.index(self.name) + 1
        return f"{place}{session:04}{turn:03}" if self.scope == REQUEST else f"{place}{session:04}"


class Turn(NamedTuple):
    """One request: the number of its session, and how many the session has had before."""

    session: int
    turn: int


class Workload(NamedTuple):
    """A template and the order in which sessions send their requests."""

    fields: tuple[Field, ...]
    order: tuple[Turn, ...]

    @property
    def literals(self) -> tuple[str, ...]:
        """The skeleton that is to be found."""
        result = ["You answer questions about trees.\n"]
        for field in self.fields:
            result[-1] += field.before
            result.append(field.behind)
        return tuple(result)

    def text(self, at: Turn) -> str:
        pairs = zip([field.value(*at) for field in self.fields], self.literals[1:], strict=True)
        return self.literals[0] + "".join(value + literal for value, literal in pairs)


def trace_of(texts: Sequence[tuple[Turn, str]], *, tools: Sequence[str] = ()) -> Trace:
    """The trace of requests with these system prompts, a second apart; every session asks its own questions."""
    builder = TraceBuilder(keep_text=True)
    for line, (at, text) in enumerate(texts):
        questions = [f"Question {at.session} {turn}?" for turn in range(at.turn + 1)]
        request = chat(
            line, text, *questions, tools=tools, session=f"s{at.session}", request_id=f"r{line}", workload="w"
        )
        builder.add(request, 0)
    return finish(builder, ["log"])


@st.composite
def orders(draw: st.DrawFn, sessions: int, turns: int) -> tuple[Turn, ...]:
    """Sessions mixed in any way, each in its own order."""
    whose = draw(st.permutations([session for session in range(sessions) for _ in range(turns)]))
    seen: dict[int, int] = {}
    result = []
    for session in whose:
        result.append(Turn(session, seen.get(session, 0)))
        seen[session] = seen.get(session, 0) + 1
    return tuple(result)


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    fields = tuple(Field(name, draw(st.sampled_from((REQUEST, SESSION))), draw(st.integers(0, 3))) for name in names)
    return Workload(fields, draw(orders(draw(st.integers(3, 5)), draw(st.integers(2, 4)))))
