"""The price book: every provider, cache profile and model, and finding one by the name in a log."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from cachelens.errors import UnknownModelError
from cachelens.providers.facts import CheckedEntry, ModelFacts, ProviderFacts
from cachelens.providers.names import NameRules
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import ProviderRole

_STAND_ALONE = (ProviderRole.HOST, ProviderRole.CLOUD)
"""Roles whose prices are their own: a model that they do not list is unknown there, whoever else sells it."""


class PriceBook:
    """Dated facts of all providers; immutable once built."""

    def __init__(
        self,
        providers: Mapping[str, ProviderFacts],
        profiles: Mapping[str, CacheProfile],
        models: Mapping[str, ModelFacts],
        names: NameRules,
        entries: tuple[CheckedEntry, ...] = (),
    ) -> None:
        """Index the models by id and alias."""
        self.providers = providers
        self.profiles = profiles
        self.models = models
        self.entries = entries
        self._names = names
        self._platforms = {platform: p.id for p in providers.values() for platform in p.platforms}
        self._index = _index(models.values())
        self._found: dict[tuple[str, str, str], ModelFacts | None] = {}

    def resolve(self, model: str, *, provider: str = "", platform: str = "") -> ModelFacts:
        """Return the facts of a model named as in a log; `UnknownModelError`, with near matches, if none."""
        found = self.try_resolve(model, provider=provider, platform=platform)
        if found is not None:
            return found
        where = f" at {platform or provider}" if platform or provider else ""
        near = self.near(model)
        meant = f" Did you mean {', '.join(near)}?" if near else ""
        raise UnknownModelError(
            f"no price is known for the model {model!r}{where}.{meant}",
            hint="`cachelens pricing list` names all; add one of your own, with a profile and a price row, to a YAML "
            "file and pass it with --pricing",
        )

    def try_resolve(self, model: str, *, provider: str = "", platform: str = "") -> ModelFacts | None:
        """Return the facts of a model, or `None` when no file names it."""
        key = (model, provider, platform)
        if key not in self._found:
            self._found[key] = self._search(model, provider, platform)
        return self._found[key]

    def near(self, model: str, count: int = 3) -> list[str]:
        """Return the ids of models whose names look most like this one."""
        known = list(self._index)
        names: list[str] = []
        for form in self._names.spellings(model):
            names += [form] if form in self._index else difflib.get_close_matches(form, known, n=count, cutoff=0.6)
        ids = [self._index[name][0].id for name in names]
        return list(dict.fromkeys(ids))[:count]

    def _search(self, model: str, provider: str, platform: str) -> ModelFacts | None:
        for form in self._names.candidates(model):
            served = self._platforms.get(platform) or self._platforms.get(form.platform)
            where = served or form.provider or provider
            if found := self._pick(self._index.get(form.name, ()), where):
                return found
        return None

    def _pick(self, entries: Iterable[ModelFacts], where: str) -> ModelFacts | None:
        """Choose among models of one name: the wanted provider's, else the vendor's, else the only one."""
        found = list(entries)
        for entry in found:
            if entry.provider == where:
                return entry
        wanted = self.providers.get(where)
        if wanted is not None and wanted.role in _STAND_ALONE:
            return None
        vendors = [entry for entry in found if self.providers[entry.provider].role is ProviderRole.VENDOR]
        if vendors:
            return vendors[0]
        return found[0] if found and wanted is None else None


def _index(models: Iterable[ModelFacts]) -> dict[str, tuple[ModelFacts, ...]]:
    index: dict[str, tuple[ModelFacts, ...]] = {}
    for model in models:
        for name in dict.fromkeys(text.lower() for text in (model.id, *model.aliases)):
            index[name] = (*index.get(name, ()), model)
    return index
