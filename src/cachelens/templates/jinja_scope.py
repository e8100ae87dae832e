"""Where the variables of a Jinja template come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from jinja2 import nodes

from cachelens.model.template import Origin
from cachelens.templates.jinja_syntax import Syntax
from cachelens.templates.origins import MOST_ORIGINS, Origins, merged


class Macro:
    """A macro where it is defined. Its origins are found when it is first called."""

    def __init__(self, node: nodes.Macro, frame: Frame) -> None:
        self.node = node
        self.frame = frame
        self.origins: Origins | None = None
        self.active = False


class Scope:
    """The names that a block sees: its own, then those around it."""

    def __init__(self, around: Scope | None = None) -> None:
        self._around = around
        self._values: dict[str, Origins] = {}
        self._macros: dict[str, Macro] = {}

    def bind(self, name: str, origins: Origins, *, maybe: bool = False) -> None:
        """Give a name its origins; a value that is only `maybe` set keeps its earlier ones too."""
        if maybe or "." in name:  # an attribute of a namespace belongs to where the namespace was made
            self.add(name, origins)
        else:
            self._values[name] = origins

    def define(self, name: str, macro: Macro) -> None:
        """Make a macro known."""
        self._macros[name] = macro

    def macro(self, name: str) -> Macro | None:
        """Find a macro by the name that it is called by."""
        found = self._macros.get(name)
        return self._around.macro(name) if found is None and self._around is not None else found

    def exported(self) -> tuple[dict[str, Origins], dict[str, Macro]]:
        """Return what another file can import."""
        return self._values, self._macros

    def trace(self, names: Iterable[str]) -> Origins:
        """Return what the values behind some dotted names were traced back to."""
        found: dict[Origin, None] = {}
        for name in names:
            for origin in self.lookup(name):
                if len(found) < MOST_ORIGINS:
                    found[origin] = None
        return tuple(found)

    def lookup(self, name: str) -> Origins:
        """Return the origins of a dotted name, or of what it is a part of."""
        for prefix in _prefixes(name):
            if prefix in self._values:
                return self._values[prefix]
        return self._around.lookup(name) if self._around is not None else ()

    def add(self, name: str, origins: Origins) -> None:
        """Give a name more origins, in the scope that made it."""
        first = name.partition(".")[0]
        if first not in self._values and self._around is not None and "." in name:
            self._around.add(name, origins)
        else:
            self._values[name] = merged(self._values.get(name, ()), origins)


def _prefixes(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


class Frame(NamedTuple):
    """Where the walk is: in which file, with which names, and with what in place of its blocks."""

    syntax: Syntax
    path: Path
    scope: Scope
    blocks: dict[str, list[tuple[nodes.Block, Frame]]]
    """What files that extend this one put in place of its blocks, outermost first."""
    supers: tuple[tuple[nodes.Block, Frame], ...] = ()
    """What `super()` stands for here, nearest first."""
    maybe: bool = False
    """Inside a condition or loop: an assignment may not happen."""
