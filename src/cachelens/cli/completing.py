"""What the shell offers for a value when the tab key is pressed; each list is read where it stands, when asked for."""

from __future__ import annotations

from collections.abc import Iterable

from cachelens.errors import CacheLensError


def _fitting(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def _listed(words: Iterable[str], incomplete: str) -> list[str]:
    """Complete the last one of several with commas between them."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{word}" for word in _fitting(words, last)]


def rules(incomplete: str) -> list[str]:
    """Return the ids of the audit's rules that begin so; the last one of several with commas between them."""
    from cachelens.catalog import load_catalog

    return _listed(load_catalog("rules").ids, incomplete)


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


def policies(incomplete: str) -> list[str]:
    """Return the routing policies that begin so; the last one of several with commas between them."""
    from cachelens.catalog import load_catalog
    from cachelens.model.fleet import ALL

    return _listed((ALL, *load_catalog("fleet.routing").ids), incomplete)


def engines(incomplete: str) -> list[str]:
    """Return the engines of replicas that begin so."""
    from cachelens.catalog import load_catalog

    return _fitting(load_catalog("fleet.engines").ids, incomplete)


def gpus(incomplete: str) -> list[str]:
    """Return the GPUs of the table that begin so; none if it cannot be read."""
    from cachelens.fleet import tables

    try:
        return _fitting((row.id for row in tables.gpus()), incomplete)
    except CacheLensError:
        return []


def llms(incomplete: str) -> list[str]:
    """Return the language models of the table that begin so; none if it cannot be read."""
    from cachelens.fleet import tables

    try:
        return _fitting((row.id for row in tables.llms()), incomplete)
    except CacheLensError:
        return []
