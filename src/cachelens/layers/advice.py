"""What each workload looks like to a response cache, and what that advises. The table is `kinds.yaml`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

import msgspec

from cachelens.model.stack import Shape

FEW_QUESTIONS = 0.5
"""Below this share of requests that end with a question, a workload is the work of an agent."""
RARE = 0.05
"""Below this share of questions that were asked before, hardly anything repeats."""
STEADY = 0.9
"""From this share of repeated questions with the same answer on, answers are stable."""
FEWEST = 5
"""Repeats with a verdict that are needed to call answers stable or not."""
REGULATED = ("permission", "document")
"""Gates whose values tell that answers may not be shared freely."""
_UNITS = ((86_400_000_000, "days"), (3_600_000_000, "hours"), (60_000_000, "minutes"), (1_000_000, "seconds"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Signs:
    """What the log shows of one workload."""

    workload: str
    requests: int
    questions: int
    comparable: int
    """Questions that have a value for every gate: only of these can be said whether they were asked before."""
    repeats: int
    """Questions that were asked before in the same words, behind all gates."""
    same: int
    different: int
    """Verdicts on the answers of repeats."""
    first_change_us: int | None
    regulated: bool
    """Whether requests name permissions or the version of a source."""
    personal: bool
    """Whether the same words had another answer where a gate was closed."""

    @property
    def repeated(self) -> float | None:
        """Repeats / comparable questions."""
        return self.repeats / self.comparable if self.comparable else None

    @property
    def stable(self) -> float | None:
        """Repeats with the same answer / repeats with a verdict."""
        judged = self.same + self.different
        return self.same / judged if judged else None


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table."""

    id: str
    test: str
    why: str
    advice: str


def _judged(signs: Signs) -> bool:
    return signs.same + signs.different >= FEWEST


_TESTS: Mapping[str, Callable[[Signs], bool]] = {
    "answers_tools": lambda signs: signs.questions < FEW_QUESTIONS * signs.requests,
    "is_regulated": lambda signs: signs.regulated,
    "is_closed": lambda signs: not signs.comparable,
    "is_changing": lambda signs: _judged(signs) and (signs.stable or 0) < STEADY,
    "is_unique": lambda signs: (signs.repeated or 0) < RARE,
    "is_personal": lambda signs: signs.personal,
    "is_repeated": _judged,
    "is_anything": lambda _signs: True,
}


@cache
def kinds() -> tuple[Kind, ...]:
    """Read the table."""
    import yaml

    text = resources.files("cachelens.layers").joinpath("kinds.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[Kind, ...])


def shape_of(signs: Signs) -> Shape:
    """Return what a workload looks like, and the advice."""
    kind = next(kind for kind in kinds() if _TESTS[kind.test](signs))
    asking = signs.questions / signs.requests if signs.requests else None
    words = {
        "asking": _share(asking),
        "repeated": _share(signs.repeated),
        "stable": _share(signs.stable),
        "changed": _length(signs.first_change_us),
    }
    return Shape(
        workload=signs.workload,
        requests=signs.requests,
        kind=kind.id,
        repeated=signs.repeated,
        stable=signs.stable,
        first_change_us=signs.first_change_us,
        why=kind.why.format(**words),
        advice=kind.advice,
    )


def _share(value: float | None) -> str:
    return "none" if not value else f"{value:.0%}"


def _length(span_us: int | None) -> str:
    if span_us is None:
        return "an unknown time"
    unit, name = next((row for row in _UNITS if span_us >= row[0]), _UNITS[-1])
    return f"{span_us / unit:.1f} {name}"
