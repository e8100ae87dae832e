"""Reducing a model name as a log writes it to names that the price files know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cachelens.providers.documents import NameRule

_FINE_TUNED = re.compile("ft:([^:]+)(?::.*)?")
"""A fine-tuned model of OpenAI: it costs more than the one below it, so that only near matches are named."""
_SELLERS = re.compile(r"/|(?<=[a-z])\.(?=[a-z])")
"""What stands between sellers and models: `cloud/vendor.model`."""
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

    def spellings(self, name: str) -> list[str]:
        """Return the forms that a name may be meant by, most reduced first: also without what a fine-tune adds."""
        plain = name.strip().lower()
        tuned = _FINE_TUNED.fullmatch(plain)
        roots = (tuned.group(1) if tuned else _SELLERS.split(plain)[-1], plain)
        forms = (form.name for root in roots for form in reversed(list(self.candidates(root))))
        return list(dict.fromkeys(forms))

    def _reductions(self, form: Candidate) -> Iterator[Candidate]:
        for pattern, rule in self._rules:
            reduced = pattern.sub(rule.replace, form.name, count=1)
            if reduced and reduced != form.name:
                yield Candidate(reduced, rule.provider or form.provider, rule.platform or form.platform)
