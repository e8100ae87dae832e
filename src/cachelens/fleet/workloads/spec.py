"""What a workload file says; `docs/fleet.md` shows one."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import msgspec

from cachelens.errors import UsageError
from cachelens.fleet import documents

Positive = Annotated[float, msgspec.Meta(gt=0)]
Least0 = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]

MOST_REQUESTS = 50_000_000
"""More are refused: a slip of the pen, or a job for another machine."""


class _Spread(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="shape"):
    """A number that varies; what is drawn below `least` or above `most` is moved there."""

    least: Least0 = 0
    most: Positive = 1e12


class Uniform(_Spread, frozen=True, kw_only=True, tag="uniform"):
    """Any number between `least` and `most`, all as likely."""


class Normal(_Spread, frozen=True, kw_only=True, tag="normal"):
    """A bell curve."""

    mean: Least0
    deviation: Least0


class Lognormal(_Spread, frozen=True, kw_only=True, tag="lognormal"):
    """Many small and few large: its logarithm is a bell curve. `mean` and `deviation` are the number's own."""

    mean: Positive
    deviation: Least0


class Exponential(_Spread, frozen=True, kw_only=True, tag="exponential"):
    """Waiting times without memory."""

    mean: Positive


class Quantiles(_Spread, frozen=True, kw_only=True, tag="quantiles"):
    """Measured numbers: the least, then evenly spaced quantiles, then the largest; straight lines between them."""

    values: Annotated[tuple[Least0, ...], msgspec.Meta(min_length=2)]


class Weights(_Spread, frozen=True, kw_only=True, tag="weights"):
    """One of some values, the first as often as the first weight says, and so on."""

    values: Annotated[tuple[Least0, ...], msgspec.Meta(min_length=1)]
    weights: Annotated[tuple[Least0, ...], msgspec.Meta(min_length=1)]


Spread = Uniform | Normal | Lognormal | Exponential | Quantiles | Weights
Number = Annotated[int, msgspec.Meta(ge=0)] | Least0 | Spread
"""A plain number, or one that varies."""


class Popularity(enum.StrEnum):
    """How conversations are spread over groups."""

    EVEN = "even"
    """Each in turn, in one shuffled order."""
    UNIFORM = "uniform"
    """Drawn, all as likely."""
    ZIPF = "zipf"
    """Drawn, the k-th as often as k to the power of minus `skew`."""


class Population(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Traffic of one kind: groups that share a system prompt, and the conversations in them. Lengths are tokens."""

    name: str
    share: Positive = 1
    """Part of all conversations, as a weight among the populations."""
    groups: Annotated[int, msgspec.Meta(ge=0)] = 1
    """Different system prompts; 0 = each conversation has its own."""
    popularity: Popularity = Popularity.EVEN
    skew: Least0 = 1
    system: Number = 0
    """Of each group's system prompt, behind what the whole workload has in common."""
    prompts: Count | None = None
    """Different prompts of each group, sent over and over in one shuffled order; left out = all are new."""
    turns: Number = 1
    """Requests of a conversation."""
    question: Number
    """What each request adds at its end."""
    first_question: Number | None = None
    """The same of the first request, where it differs."""
    answer: Number
    remembered: bool = True
    """Whether the next request of the conversation holds the answer."""
    think_s: Number = 0
    """Seconds from one request of a conversation to the next."""


class Stage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of time with a steady rate."""

    rate: Least0
    """New conversations a second."""
    seconds: Positive
    pause_s: Least0 = 0
    """Silence behind it, in which a load generator waits for all answers."""


class Process(enum.StrEnum):
    """How arrivals are spread in time."""

    POISSON = "poisson"
    CONSTANT = "constant"


class Arrivals(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When conversations begin."""

    process: Process = Process.POISSON
    burst: Count = 1
    """How many begin at the same instant; the rate stays what it is."""
    tick_s: Least0 = 0
    """Arrivals fall on multiples of it, as in traces with coarse clocks."""
    stages: Annotated[tuple[Stage, ...], msgspec.Meta(min_length=1)]


class Workload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One workload."""

    name: str
    source: str = ""
    note: str = ""
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    common: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Tokens with which every prompt begins."""
    arrivals: Arrivals
    populations: Annotated[tuple[Population, ...], msgspec.Meta(min_length=1)]


_HINT = "docs/fleet.md describes workload files; fixtures/workloads/ holds some"


def load(path: Path) -> Workload:
    """Read a workload file; `UsageError` with file, line and field for what it cannot mean."""
    found = documents.read(path, Workload, hint=_HINT)
    for problem in problems(found):
        raise UsageError(f"{path}: {problem}", hint=_HINT)
    return found


def problems(workload: Workload) -> list[str]:
    """Return what the types alone do not forbid."""
    found = []
    for population in workload.populations:
        where = f"population `{population.name}`"
        if population.prompts is not None and population.turns != 1:
            found.append(f"{where}: `prompts` are single requests, so `turns` cannot be given as well")
        if population.prompts is not None and not population.groups:
            found.append(f"{where}: `prompts` need `groups` of 1 or more")
        found += [f"{where}: {field}: {fault}" for field, fault in _faults(population)]
    if len({population.name for population in workload.populations}) < len(workload.populations):
        found.append("two populations have the same name")
    expected = sum(stage.rate * stage.seconds for stage in workload.arrivals.stages)
    if expected > MOST_REQUESTS:
        found.append(f"its stages make {expected:,.0f} conversations; {MOST_REQUESTS:,} are the most")
    return found


def _faults(population: Population) -> list[tuple[str, str]]:
    found = []
    for field in ("system", "turns", "question", "first_question", "answer", "think_s"):
        value = getattr(population, field)
        if isinstance(value, Weights) and (len(value.values) != len(value.weights) or not sum(value.weights)):
            found.append((field, "as many `weights` as `values` are needed, not all of them 0"))
        if isinstance(value, Quantiles) and list(value.values) != sorted(value.values):
            found.append((field, "`values` of quantiles must not fall"))
        if isinstance(value, Uniform) and value.most >= 1e12:  # noqa: PLR2004  its default
            found.append((field, "`uniform` needs `most`"))
        if isinstance(value, _Spread) and value.least > value.most:
            found.append((field, "`least` is above `most`"))
    return found


def dumped(workload: Workload) -> str:
    """Return the text of a workload file that means the same."""
    import yaml

    return yaml.safe_dump(msgspec.to_builtins(workload), sort_keys=False, allow_unicode=True, width=120)
