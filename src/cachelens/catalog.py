"""Rows to objects: the one loader for every family (sources, layouts, reports, ...)."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from cachelens.errors import CacheLensError, UsageError

STATUSES = ("preview", "stable", "deprecated", "removed")
"""The life of a catalogue row, in order. A removed row keeps its id for ever."""
_IN_WORDS = {
    "fleet.engines": "engines",
    "fleet.routing": "routing policies",
    "layers.embedders": "embedders",
    "sources": "log formats",
}
"""What the members of a family are called where its folder does not say it."""


class CatalogRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One member of a family."""

    id: str
    """Permanent; never used again for something else."""
    object: str
    """`module:name` of what the row stands for."""
    status: str
    """One of `STATUSES`."""
    since: str
    """Version that brought it."""
    reference: str
    """Address or page that describes the thing itself."""


class Catalog:
    """The members of one family, in file order; each is imported when first asked for."""

    def __init__(self, family: str, rows: tuple[CatalogRow, ...]) -> None:
        self.family = family
        self.rows = tuple(row for row in rows if row.status != "removed")
        self._by_id = {row.id: row for row in self.rows}

    @property
    def ids(self) -> tuple[str, ...]:
        """All usable ids, in file order."""
        return tuple(self._by_id)

    def get(self, identifier: str) -> Any:
        """Import and return the object of a row; `UsageError` for an id that no row has."""
        row = self._by_id.get(identifier)
        if row is None:
            near = difflib.get_close_matches(identifier, self.ids, n=1)
            meant = f"Did you mean `{near[0]}`? " if near else ""
            raise UsageError(
                f"`{identifier}` is not one of the {_IN_WORDS.get(self.family, self.family)}",
                hint=f"{meant}Choose from: {', '.join(self.ids)}.",
            )
        return _object(row.object)

    def __iter__(self) -> Iterator[Any]:
        """Import and yield every object, in file order."""
        return (_object(row.object) for row in self.rows)


@cache
def load_catalog(family: str) -> Catalog:
    """Read `cachelens/<family>/catalog.yaml`; an id that appears twice is refused."""
    text = resources.files(f"cachelens.{family}").joinpath("catalog.yaml").read_text(encoding="utf-8")
    return parse_catalog(family, text)


def parse_catalog(family: str, text: str) -> Catalog:
    """Build a catalogue from YAML text: a list of rows with unique ids and known states."""
    try:
        rows = msgspec.convert(load_yaml(text), tuple[CatalogRow, ...])
    except msgspec.ValidationError as error:
        raise _broken(family, str(error)) from None
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise _broken(family, f"the id `{row.id}` appears twice")
        if row.status not in STATUSES:
            raise _broken(family, f"`{row.id}` has the status `{row.status}`")
        if row.object.count(":") != 1:
            raise _broken(family, f"`{row.id}` needs an object as `module:name`")
        seen.add(row.id)
    return Catalog(family, rows)


def load_yaml(text: str) -> object:
    """Read YAML as plain values, with the parser in C where there is one: it is ten times as fast."""
    import yaml

    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - one of the two safe loaders


def _object(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _broken(family: str, why: str) -> CacheLensError:
    return CacheLensError(f"{family}/catalog.yaml: {why}", hint="Correct the row; ids are never used twice.")
