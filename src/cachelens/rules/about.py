"""What is said of a rule: its class, its docstring, and the family that its letter names."""

from __future__ import annotations

import inspect
from typing import Final, NamedTuple

from cachelens.model.finding import Confidence
from cachelens.model.rule import RuleAbout
from cachelens.rules.base import Rule


class Family(NamedTuple):
    """Rules whose ids start with the same letter."""

    name: str
    precision: Confidence
    """Medium where names and few samples have to speak, high where recorded bytes and counts do."""


FAMILIES: Final = {
    "V": Family("volatile content", Confidence.MEDIUM),
    "F": Family("unstable form", Confidence.HIGH),
    "S": Family("structure", Confidence.HIGH),
    "M": Family("marks and lifetimes", Confidence.HIGH),
    "K": Family("keys and routing", Confidence.MEDIUM),
    "A": Family("accounting", Confidence.HIGH),
    "B": Family("budgets", Confidence.HIGH),
}
"""Families by letter."""


def about(rule: Rule) -> RuleAbout:
    """Describe a rule."""
    page = inspect.cleandoc(rule.__doc__ or "")
    family = FAMILIES[rule.id[0]]
    return RuleAbout(
        id=rule.id,
        name=rule.name,
        family=family.name,
        severity=rule.severity,
        precision=family.precision,
        summary=" ".join(page.partition("\n\n")[0].split()),
        page=page,
    )
