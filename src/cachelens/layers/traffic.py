"""The requests of a trace as response caches see them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cachelens.layers.keys import Key, PromptKeys, joined, text_of
from cachelens.layers.normal import Normal
from cachelens.model.call import RecordedCall
from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.columns import BLOCK_TRACE, NO_TIME, OPAQUE
from cachelens.prompts.trace import SPLIT, START, Trace

I64 = npt.NDArray[np.int64]
TENANT = "tenant"
TEMPERATURES = ("temperature", "generationConfig.temperature", "generation_config.temperature",
                "inferenceConfig.temperature", "config.temperature")  # fmt: skip
SEEDS = ("seed", "generationConfig.seed", "generation_config.seed", "config.seed")
_NO_CALL = RecordedCall()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a request asks, told from what stands before it."""

    text: str
    """As sent."""
    conversation: Key
    """Everything before it: instructions and earlier messages."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Traffic:
    """One row a request, in order of arrival."""

    trace: Trace
    calls: Sequence[RecordedCall]
    has_call: Sequence[bool]
    """Whether the format has parameters and answers at all."""
    arrived: Sequence[int]
    answered: Sequence[int]
    """When the answer can be stored, microseconds: the recorded end where its start is known too, else the arrival."""
    prompt: Sequence[Key | None]
    """Identity of the prompt; `None` where the log has only its length or its block hashes."""
    parameters: Sequence[Key]
    instructions: Sequence[Key]
    """Identity of tools and system prompt."""
    models: Sequence[str]
    tenants: Sequence[str]
    """Empty where the log names none."""
    deterministic: Sequence[bool]
    questions: Sequence[Question | None]
    """`None` where the last message is no question of a user."""

    def __len__(self) -> int:
        return len(self.calls)

    @functools.cached_property
    def answer_bytes(self) -> Sequence[int | None]:
        """Bytes of each answer with its calls; `None` where the log does not hold it."""
        return [
            None if call.answer is None else len(_utf8(call.answer)) + len(_utf8(call.tool_calls))
            for call in self.calls
        ]


def traffic_of(trace: Trace, normal: Normal) -> Traffic:
    """Return the requests of a trace that has kept text and recorded calls."""
    keys = PromptKeys(trace, normal)
    leaves = trace.requests["leaf"].tolist()
    opaque = ((trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)) != 0).tolist()
    calls = [call or _NO_CALL for call in trace.recorded] if trace.recorded else [_NO_CALL] * len(trace)
    arrived, end = trace.column("arrived"), trace.column("end")
    timed = (trace.requests["flags"] & NO_TIME) == 0
    asking = _Questions(trace, keys)
    heads = trace.head.tolist()
    return Traffic(
        trace=trace,
        calls=calls,
        has_call=[call is not None for call in trace.recorded] or [False] * len(trace),
        arrived=arrived.tolist(),
        answered=np.where(timed & (end >= arrived), end, arrived).tolist(),
        prompt=[None if hidden else keys.of_node[leaf] for leaf, hidden in zip(leaves, opaque, strict=True)],
        parameters=[keys.parameters(call.parameters) for call in calls],
        instructions=[keys.of_node[heads[leaf]] for leaf in leaves],
        models=_names(trace, "model"),
        tenants=_names(trace, TENANT),
        deterministic=[is_deterministic(call.parameters) for call in calls],
        questions=[
            None if hidden else asking.of(leaf, call) for leaf, hidden, call in zip(leaves, opaque, calls, strict=True)
        ],
    )


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def is_deterministic(parameters: Mapping[str, bytes]) -> bool:
    """Say whether a request asks for the same answer each time: temperature 0, or a seed."""
    if any(parameters.get(name, b"null") != b"null" for name in SEEDS):
        return True
    found = next((parameters[name] for name in TEMPERATURES if name in parameters), None)
    try:
        return found is not None and float(found) == 0
    except ValueError:
        return False


def _names(trace: Trace, column: str) -> list[str]:
    table = trace.strings[column]
    return [table[number] if number >= 0 else "" for number in trace.column(column).tolist()]


class _Questions:
    """Finds the last user message of prompts."""

    def __init__(self, trace: Trace, keys: PromptKeys) -> None:
        nodes = trace.nodes
        self._trace = trace
        self._keys = keys
        self._parent, self._segment = nodes.parent.tolist(), nodes.segment.tolist()
        self._kind, self._role, self._flags = nodes.kind.tolist(), nodes.role.tolist(), nodes.flags.tolist()
        self._known: dict[int, Question | None] = {}

    def of(self, leaf: int, call: RecordedCall) -> Question | None:
        """Return the question of a request; a field that was named for it wins over the prompt."""
        if call.question is not None:
            return Question(text=call.question, conversation=b"") if call.question.strip() else None
        if leaf not in self._known:
            self._known[leaf] = self._found(leaf)
        return self._known[leaf]

    def _found(self, leaf: int) -> Question | None:
        """Walk up from the end of a prompt to where its last message begins."""
        node, texts = leaf, []
        while node:
            if not self._flags[node] & SPLIT:
                if self._role[node] != Role.USER or self._kind[node] != SegmentKind.TEXT:
                    return None
                texts.append(text_of(self._trace, self._segment[node]).decode("utf-8", "replace"))
                if self._flags[node] & START:
                    break
            node = self._parent[node]
        text = "\n".join(reversed(texts))
        if not text.strip():
            return None
        return Question(text=text, conversation=joined(self._keys.of_node[self._parent[node]]))
