"""Reducing a model name as a log writes it to names that the price files know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cachelens.providers.documents import NameRule

_MOST_STEPS = 4
"""Rewriting steps that may be chained: gateway, cloud, version and date suffix."""


class Hinted(str):
    """A candidate name, with what the rewriting gave away about where it is served."""

    provider: str
    platform: str

    __slots__ = ("platform", "provider")

    def __new__(cls, name: str, provider: str = "", platform: str = "") -> Hinted:
        """Attach the hints to the name."""
        made = super().__new__(cls, name)
        made.provider = provider
        made.platform = platform
        return made


class NameRules:
    """The rules of `pricing/names.yaml`, compiled."""

    def __init__(self, rules: tuple[NameRule, ...]) -> None:
        """Compile the patterns; `re.error` for a bad one."""
        self._rules = [(re.compile(rule.pattern), rule) for rule in rules]

    def candidates(self, name: str) -> Iterator[Hinted]:
        """Yield the name in lower case, then every reduction of it, fewest steps first, in the rules' order."""
        level = [Hinted(name.strip().lower())]
        seen: set[str] = set()
        for _ in range(_MOST_STEPS + 1):
            following: list[Hinted] = []
            for candidate in level:
                if candidate in seen:
                    continue
                seen.add(candidate)
                yield candidate
                following += self._reductions(candidate)
            level = following

    def _reductions(self, name: Hinted) -> Iterator[Hinted]:
        for pattern, rule in self._rules:
            reduced = pattern.sub(rule.replace, name, count=1)
            if reduced and reduced != name:
                yield Hinted(reduced, rule.provider or name.provider, rule.platform or name.platform)
