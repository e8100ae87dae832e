"""Reducing a model name as a log writes it to names that the price files know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cachelens.providers.documents import NameRule

_MOST_STEPS = 4
"""Rewriting steps that may be chained: gateway, cloud, version and date suffix."""


class Candidate(NamedTuple):
    """A form of the name, with what the rewriting gave away about where the model is served."""

    name: str
    provider: str = ""
    platform: str = ""


class NameRules:
    """The rules of `pricing/names.yaml`, compiled; `re.error` for a bad pattern."""

    def __init__(self, rules: tuple[NameRule, ...]) -> None:
        self._rules = [(re.compile(rule.pattern), rule) for rule in rules]

    def candidates(self, name: str) -> Iterator[Candidate]:
        """Yield the name in lower case, then its reductions, fewest steps first, in the rules' order."""
        level = [Candidate(name.strip().lower())]
        seen: set[str] = set()
        for _ in range(_MOST_STEPS + 1):
            following: list[Candidate] = []
            for candidate in level:
                if candidate.name not in seen:
                    seen.add(candidate.name)
                    yield candidate
                    following += self._reductions(candidate)
            level = following

    def _reductions(self, form: Candidate) -> Iterator[Candidate]:
        for pattern, rule in self._rules:
            reduced = pattern.sub(rule.replace, form.name, count=1)
            if reduced and reduced != form.name:
                yield Candidate(reduced, rule.provider or form.provider, rule.platform or form.platform)
