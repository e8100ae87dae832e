"""What tools write that watch, route or test model calls, read from `exports.yaml`."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec

from cachelens.catalog import load_yaml


class Container(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A path in a JSON object that leads to a list of rows."""

    key: str
    inherit: dict[str, tuple[str, ...]] = {}
    """Members that every row inside gets where it has none, with the paths where the container keeps them."""
    unless: frozenset[str] = frozenset()
    """Keys beside it that tell that the object is a row itself."""

    @property
    def first(self) -> str:
        """The first key of the path."""
        return self.key.partition(".")[0]


class Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the value at a path says about a row."""

    path: str
    values: frozenset[str]


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rows of one tool."""

    id: str
    all: frozenset[str] = frozenset()
    """Keys that its rows have, all of them."""
    any: tuple[str, ...] = ()
    """Paths of which its rows have at least one; none asks for nothing."""
    calls: tuple[Test, ...] = ()
    """The first path that is there decides whether the row is a call of a model."""
    failed: tuple[Test, ...] = ()
    """Values that tell of a call without an answer."""
    stored: tuple[Test, ...] = ()
    """Values that tell of an answer from the tool's own store, which no provider billed."""
    drop: frozenset[str] = frozenset()
    """Members that mean something else than their names say elsewhere."""
    own: tuple[str, ...] = ()
    """Where a row keeps its own id,"""
    parent: tuple[str, ...] = ()
    """and that of the step it belongs to."""
    fields: dict[str, tuple[str, ...]] = {}
    """Fields of a row in CacheLens's words, each with the paths where the export may keep it."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows of the file."""

    containers: tuple[Container, ...]
    exports: tuple[Export, ...]


@cache
def table() -> Table:
    """Read the table, once."""
    text = resources.files("cachelens.sources").joinpath("exports.yaml").read_text(encoding="utf-8")
    return msgspec.convert(load_yaml(text), Table)
