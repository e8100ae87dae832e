"""Gates: what must hold for one request to be given the answer of another. The table is `gates.yaml`.

A request without a value for a gate that is on is neither served nor stored: a missing field fails closed.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources

import msgspec

from cachelens.errors import UsageError
from cachelens.layers.keys import Key, joined
from cachelens.layers.lengths import microseconds
from cachelens.layers.traffic import TENANT, Traffic


class Kind(enum.StrEnum):
    """How a gate compares."""

    EQUAL = "equal"
    AGE = "age"
    VETO = "veto"
    DERIVED = "derived"


class Gate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table."""

    id: str
    about: str
    kind: Kind
    fields: tuple[str, ...] = ()


_ALLOWED = frozenset({"allow", "allowed", "true", "yes", "1", "public", "default", "on", "store", "use"})
"""Words of a policy that allow answers from a cache; any other forbids them."""
_ANSWER_TYPES = ("response_format", "text", "output_config", "tool_choice", "generationConfig.responseSchema",
                 "generationConfig.responseMimeType", "toolConfig")  # fmt: skip


@cache
def gates() -> tuple[Gate, ...]:
    """Read the table."""
    import yaml

    text = resources.files("cachelens.layers").joinpath("gates.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[Gate, ...])


def gate_of(name: str) -> Gate:
    """Return a gate; `UsageError` for a name that is none."""
    found = next((gate for gate in gates() if gate.id == name), None)
    if found is None:
        raise UsageError(f"there is no gate called {name!r}", hint=f"choose from: {', '.join(g.id for g in gates())}")
    return found


def paths_of(fields: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return where each gate's value is looked for; `fields` are the user's own paths."""
    for name in fields:
        if gate_of(name).kind is Kind.DERIVED:
            raise UsageError(f"the gate {name!r} reads no field", hint="leave it out of --field")
    found = {gate.id: gate.fields for gate in gates() if gate.fields}
    return found | {name: (path,) for name, path in fields.items()}


def _conversation(traffic: Traffic, number: int) -> Key:
    question = traffic.questions[number]
    return question.conversation if question is not None else b""


def _answer_type(traffic: Traffic, number: int) -> Key:
    parameters = traffic.calls[number].parameters
    return joined(*(name.encode() + parameters[name] for name in _ANSWER_TYPES if name in parameters))


_DERIVED: Mapping[str, Callable[[Traffic, int], Key]] = {
    "model": lambda traffic, number: traffic.models[number].encode("utf-8", "surrogatepass"),
    "instructions": lambda traffic, number: traffic.instructions[number],
    "parameters": lambda traffic, number: traffic.parameters[number],
    "conversation": _conversation,
    "answer-type": _answer_type,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Values:
    """What one gate reads of each request."""

    gate: Gate
    equal: Sequence[Key | None]
    """What must be equal; `None` where the request has no value. Empty bytes for gates that compare nothing."""
    oldest_us: Sequence[int | None]
    """How old an answer may be; `None` for any age."""

    @property
    def missing(self) -> int:
        """Requests without a value."""
        return sum(value is None for value in self.equal)

    @property
    def is_known(self) -> bool:
        """Whether any request has a value."""
        return self.missing < len(self.equal)


def values_of(gate: Gate, traffic: Traffic) -> Values:
    """Read one gate's value of every request."""
    count = len(traffic)
    nothing: list[int | None] = [None] * count
    if gate.kind is Kind.DERIVED:
        reader = _DERIVED[gate.id]
        return Values(gate=gate, equal=[reader(traffic, number) for number in range(count)], oldest_us=nothing)
    words = [_word(gate, traffic, number) for number in range(count)]
    if gate.kind is Kind.EQUAL:
        return Values(
            gate=gate, equal=[w.encode("utf-8", "surrogatepass") if w else None for w in words], oldest_us=nothing
        )
    if gate.kind is Kind.VETO:
        return Values(
            gate=gate, equal=[b"" if w.strip().lower() in _ALLOWED else None for w in words], oldest_us=nothing
        )
    ages = [microseconds(w, bare="s") for w in words]
    return Values(gate=gate, equal=[None if age is None else b"" for age in ages], oldest_us=ages)


def _word(gate: Gate, traffic: Traffic, number: int) -> str:
    own = traffic.calls[number].fields.get(gate.id, "")
    return own or (traffic.tenants[number] if gate.id == TENANT else "")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lock:
    """Several gates together."""

    key: Sequence[int]
    """What must be equal of two requests, as a number; -1 for a request that is neither served nor stored."""
    oldest_us: Sequence[int | None]
    lacking: Sequence[str]
    """The first gate without a value; empty where all have one."""


def lock_of(values: Sequence[Values], count: int) -> Lock:
    """Join the gates that are on."""
    numbers: dict[tuple[Key, ...], int] = {}
    keys: list[int] = []
    oldest: list[int | None] = []
    lacking: list[str] = []
    for number in range(count):
        parts = [value.equal[number] for value in values]
        known = [part for part in parts if part is not None]
        keys.append(numbers.setdefault(tuple(known), len(numbers)) if len(known) == len(parts) else -1)
        lacking.append(next((value.gate.id for value in values if value.equal[number] is None), ""))
        ages = [age for value in values if (age := value.oldest_us[number]) is not None]
        oldest.append(min(ages) if ages else None)
    return Lock(key=keys, oldest_us=oldest, lacking=lacking)


def refuses(value: Values, request: int, source: int, age_us: int) -> bool:
    """Say whether one gate alone would not give the answer of `source`, so old, to `request`."""
    mine, other = value.equal[request], value.equal[source]
    oldest = value.oldest_us[request]
    return mine is None or other is None or mine != other or (oldest is not None and age_us > oldest)
