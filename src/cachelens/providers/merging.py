"""Laying price files over one another, entry by entry: the built-in ones first, then the user's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec
from msgspec import UNSET

from cachelens.errors import PricingError
from cachelens.providers.documents import Derivation, ModelEntry, PriceEntry, ProviderDocument, ProviderHeader
from cachelens.providers.profile import CacheProfile, MinimumRow
from cachelens.providers.yamlfile import YamlFile


class Place(msgspec.Struct, frozen=True):
    """Where an entry stands: its file and its path in there."""

    file: YamlFile
    path: str

    @property
    def line(self) -> int:
        """Line from 1."""
        return self.file.line(self.path)

    def error(self, message: str, entry: str = "", *, hint: str = "") -> PricingError:
        """Build an error that names the file and the line."""
        return self.file.error(self.path, message, entry, hint=hint)


class MergedModel(msgspec.Struct, kw_only=True):
    """One model after all files."""

    provider: str
    entry: ModelEntry
    place: Place
    rows: list[tuple[PriceEntry, Place]]
    """Price rows ascending by start."""
    minimums: list[tuple[MinimumRow, Place]]


class MergedProvider(msgspec.Struct, kw_only=True):
    """One provider after all files."""

    header: ProviderHeader
    file: YamlFile
    sources: dict[str, str] = {}
    derive: list[tuple[Derivation, Place]] = []


class Merged(msgspec.Struct, kw_only=True):
    """All files, laid over one another."""

    providers: dict[str, MergedProvider] = {}
    models: dict[str, MergedModel] = {}
    profiles: dict[str, tuple[dict[str, object], Place]] = {}
    """Profiles as plain values, before inheritance."""


def merge_files(files: Iterable[YamlFile]) -> Merged:
    """Lay the files over one another in order; later ones add to and override earlier ones."""
    merged = Merged()
    for file in files:
        _add_file(merged, file)
    return merged


def _add_file(merged: Merged, file: YamlFile) -> None:
    sections = cast("Mapping[str, object]", file.data)
    data = {name: section for name, section in sections.items() if section is not None}
    profiles = data.pop("profiles", [])
    document = file.convert(data, ProviderDocument)
    provider = _add_provider(merged, document, file)
    for index, entry in enumerate(document.derive):
        provider.derive.append((entry, Place(file, f"$.derive[{index}]")))
    for index, model in enumerate(document.models):
        _add_model(merged, provider.header.id, model, Place(file, f"$.models[{index}]"))
    if not isinstance(profiles, list):
        raise file.error("$.profiles", "expected a list")
    for index, raw in enumerate(profiles):
        _add_profile(merged, provider.header.id, raw, Place(file, f"$.profiles[{index}]"))


def _add_provider(merged: Merged, document: ProviderDocument, file: YamlFile) -> MergedProvider:
    header = document.provider
    known = merged.providers.get(header.id)
    if known is None:
        known = MergedProvider(header=header, file=file)
        merged.providers[header.id] = known
    known.sources |= document.sources
    return known


def _add_profile(merged: Merged, provider: str, raw: object, place: Place) -> None:
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
        raise place.error("a profile needs an id")
    profile_id = raw["id"]
    if profile_id in merged.profiles:
        raw = deep_merge(merged.profiles[profile_id][0], raw)
    merged.profiles[profile_id] = ({"provider": provider, **raw}, place)


def deep_merge(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """Return `base` with the values of `over`; mappings are merged, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = deep_merge(cast("Any", old), cast("Any", value)) if both else value
    return result


def _add_model(merged: Merged, provider: str, entry: ModelEntry, place: Place) -> None:
    rows = [(row, Place(place.file, f"{place.path}.prices[{i}]")) for i, row in enumerate(entry.prices)]
    minimums = [(row, Place(place.file, f"{place.path}.min_tokens[{i}]")) for i, row in enumerate(entry.min_tokens)]
    old = merged.models.get(entry.id)
    if old is None:
        merged.models[entry.id] = MergedModel(provider=provider, entry=entry, place=place, rows=rows, minimums=minimums)
        return
    if old.provider != provider or old.place.file is place.file:
        raise place.error(f"the model id stands already at {old.place.file.name}:{old.place.line}", entry.id)
    old.rows = _merge_rows(old.rows, rows)
    old.minimums = _merge_rows(old.minimums, minimums)
    old.entry = _merge_entry(old.entry, entry)


def _merge_rows(old: list[tuple[Any, Place]], new: list[tuple[Any, Place]]) -> list[tuple[Any, Place]]:
    """Replace rows with the same start, add the others, keep the order by start."""
    by_start = {row.start: (row, place) for row, place in old}
    for row, place in new:
        by_start[row.start] = (row, place)
    return [by_start[start] for start in sorted(by_start)] if new else old


def _merge_entry(old: ModelEntry, new: ModelEntry) -> ModelEntry:
    changes: dict[str, Any] = {
        "aliases": (*old.aliases, *new.aliases),
        "modifiers": old.modifiers | new.modifiers,
        "min_tokens_by_platform": old.min_tokens_by_platform | new.min_tokens_by_platform,
    }
    for field in ("profile", "explicit_profile", "tokenizer", "confidence", "note"):
        if (value := getattr(new, field)) is not UNSET:
            changes[field] = value
    return msgspec.structs.replace(old, **changes)


def resolve_profiles(merged: Merged) -> dict[str, tuple[CacheProfile, Place]]:
    """Apply inheritance and turn the profiles into types."""
    return {key: (_profile(merged, key), place) for key, (_, place) in merged.profiles.items()}


def _profile(merged: Merged, profile_id: str) -> CacheProfile:
    place = merged.profiles[profile_id][1]
    raw = _inherited(merged, profile_id, ())
    return place.file.convert(raw, CacheProfile, place.path, profile_id)


def _inherited(merged: Merged, profile_id: str, seen: tuple[str, ...]) -> dict[str, object]:
    raw, place = merged.profiles[profile_id]
    parent = raw.get("inherits")
    if not parent:
        return raw
    if parent not in merged.profiles or parent in (*seen, profile_id):
        problem = (
            "inherits from itself" if parent in merged.profiles else f"inherits from an unknown profile {parent!r}"
        )
        raise place.error(problem, profile_id)
    base = dict(_inherited(merged, str(parent), (*seen, profile_id)))
    for own in ("applies_to", "status", "leaves_out", "note", "without", "checked", "sources"):
        base.pop(own, None)
    for path in cast("list[str]", raw.get("without") or []):
        base = _without(base, path.split("."))
    return deep_merge(base, raw)


def _without(base: dict[str, object], path: list[str]) -> dict[str, object]:
    result = dict(base)
    if len(path) == 1:
        result.pop(path[0], None)
    elif isinstance(inner := result.get(path[0]), dict):
        result[path[0]] = _without(inner, path[1:])
    return result
