"""What the shell offers for a value when the tab key is pressed; each list is read where it stands, when asked for."""

from __future__ import annotations

from collections.abc import Iterable

from cachelens.errors import CacheLensError


def _fitting(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def rules(incomplete: str) -> list[str]:
    """Return the ids of the audit's rules that begin so; the last one of several with commas between them."""
    from cachelens.catalog import load_catalog

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{word}" for word in _fitting(load_catalog("rules").ids, last)]


def formats(incomplete: str) -> list[str]:
    """Return the log formats that begin so."""
    from cachelens.catalog import load_catalog

    return _fitting(load_catalog("sources").ids, incomplete)


def boundaries(incomplete: str) -> list[str]:
    """Return the boundaries that begin so."""
    from cachelens.layouts.boundaries import BOUNDARIES, SEARCHED

    return _fitting((*BOUNDARIES, *SEARCHED), incomplete)


def layouts(incomplete: str) -> list[str]:
    """Return the layouts that begin so; a file is completed by the shell."""
    from cachelens.layouts.moves import LAYOUTS

    return _fitting(LAYOUTS, incomplete)


def models(incomplete: str) -> list[str]:
    """Return the models with a price that begin so; none if the price files cannot be read."""
    from cachelens.providers.loading import load_pricing

    try:
        return _fitting(sorted(load_pricing(()).models), incomplete)
    except CacheLensError:
        return []


def providers(incomplete: str) -> list[str]:
    """Return the providers that begin so; none if the price files cannot be read."""
    from cachelens.providers.loading import load_pricing

    try:
        return _fitting(sorted(load_pricing(()).providers), incomplete)
    except CacheLensError:
        return []
