"""From the files in `pricing/` to a price book."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from cachelens.errors import PricingError
from cachelens.providers import checks
from cachelens.providers.book import PriceBook
from cachelens.providers.building import Profiles, build_model, build_provider, checked_entries
from cachelens.providers.deriving import derived_models
from cachelens.providers.documents import NamesDocument
from cachelens.providers.facts import ModelFacts
from cachelens.providers.merging import Merged, merge_files, resolve_profiles
from cachelens.providers.names import NameRules
from cachelens.providers.yamlfile import YamlFile

_Stamp = tuple[str, int, int]
"""Path, time of the last change and size of a file: a changed file is read again."""


def pricing_root() -> Path:
    """Return the folder with the price files: inside the installed package, else the repository's own."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "pricing", package.parents[1] / "pricing"):
        if (folder / "providers").is_dir():
            return folder
    raise PricingError("the price files are missing from this installation", hint="install CacheLens again")


def load_pricing(extra: Sequence[Path] = ()) -> PriceBook:
    """Return the price book, with the user's own files laid over the built-in ones in the order given.

    Raises `PricingError`, naming file and line, for a file that breaks the schema or contradicts itself.
    """
    root = pricing_root()
    built_in = sorted((root / "providers").glob("*.yaml"))
    stamps = tuple(dict.fromkeys(_stamp(path) for path in (*built_in, *extra)))
    return _load(root, len(built_in), stamps)


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError as error:
        raise PricingError(f"{path}: cannot be read ({error.strerror})", hint="check the path") from None
    return str(path), found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)
def _load(root: Path, built_in: int, stamps: tuple[_Stamp, ...]) -> PriceBook:
    merged = merge_files(_read(stamp, built_in=index < built_in) for index, stamp in enumerate(stamps))
    profiles = resolve_profiles(merged)
    for profile, place in profiles.values():
        checks.check_profile(profile, place, merged.providers[profile.provider])
    return PriceBook(
        {key: build_provider(provider) for key, provider in merged.providers.items()},
        {key: profile for key, (profile, _) in profiles.items()},
        _models(merged, profiles),
        _name_rules(root),
        tuple(checked_entries(merged, profiles)),
    )


@lru_cache(maxsize=64)
def _read(stamp: _Stamp, *, built_in: bool) -> YamlFile:
    path = Path(stamp[0])
    return YamlFile(path, f"pricing/providers/{path.name}" if built_in else str(path))


def _models(merged: Merged, profiles: Profiles) -> dict[str, ModelFacts]:
    models = {key: build_model(model, merged, profiles) for key, model in merged.models.items()}
    own = list(models.values())
    for provider in merged.providers.values():
        for rule, place in provider.derive:
            checks.check_sources(rule.sources, rule.checked, place, rule.prefix, provider)
            vendor = [model for model in own if model.provider == rule.provider]
            for model in derived_models(rule, place, provider.header.id, vendor, profiles):
                models.setdefault(model.id, model)
    return models


def _name_rules(root: Path) -> NameRules:
    file = YamlFile(root / "names.yaml", "pricing/names.yaml")
    document = file.convert(file.data, NamesDocument)
    return NameRules(document.rules)
