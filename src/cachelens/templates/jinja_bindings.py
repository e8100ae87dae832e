"""Jinja statements that send nothing, but give names to values and macros."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast

from jinja2 import nodes

from cachelens.model.location import Location
from cachelens.model.template import Span
from cachelens.templates.following import Follower, Opened
from cachelens.templates.jinja_names import targets
from cachelens.templates.jinja_scope import Frame, Macro, Scope
from cachelens.templates.jinja_syntax import Syntax
from cachelens.templates.origins import Origins, origins_in
from cachelens.templates.places import Text


class Walker(Protocol):
    """What the handlers below need of the walk."""

    follower: Follower
    modules: dict[Path, Scope]
    """What the files imported so far export."""

    def parse(self, text: Text) -> Syntax | None:
        """Parse a file once."""

    def walk(self, body: Sequence[nodes.Node], frame: Frame) -> tuple[Span, ...]:
        """Turn statements into spans."""

    def nested(self, body: Sequence[nodes.Node], frame: Frame, location: Location) -> tuple[Span, ...]:
        """Do the same one level down."""

    def origins(self, node: nodes.Node, place: tuple[int, int], frame: Frame) -> Origins:
        """Trace an expression back."""

    def find(self, named: nodes.Node, frame: Frame, location: Location, *, quiet: bool) -> Opened | None:
        """Find the file that an expression names."""

    def at(self, node: nodes.Node, frame: Frame) -> Location:
        """Say where the tag of a node stands."""


def assign(walker: Walker, node: nodes.Assign, frame: Frame) -> None:
    """Bind what `{% set x = ... %}` names."""
    start, end = frame.syntax.head(node)
    equals = frame.syntax.text.value.find("=", start, end)
    value = frame.syntax.text.value
    start = equals + 1 if equals >= 0 else start
    while start < end and value[start].isspace():
        start += 1
    origins = walker.origins(node.node, (start, end), frame)
    for name in targets(node.target):
        frame.scope.bind(name, origins, maybe=frame.maybe)


def assign_block(walker: Walker, node: nodes.AssignBlock, frame: Frame) -> None:
    """Bind what `{% set x %}...{% endset %}` names to what its body sends."""
    body = walker.nested(node.body, frame._replace(scope=Scope(frame.scope)), walker.at(node, frame))
    for name in targets(node.target):
        frame.scope.bind(name, origins_in(body), maybe=frame.maybe)


def define_macro(_: Walker, node: nodes.Macro, frame: Frame) -> None:
    """Make a macro known; it is looked into when it is called."""
    frame.scope.define(node.name, Macro(node, frame))


def import_all(walker: Walker, node: nodes.Import, frame: Frame) -> None:
    """Bind the values and macros of `{% import "file" as x %}`."""
    values, macros = _module(walker, node, frame)
    for name, origins in values.items():
        frame.scope.bind(node.target, origins, maybe=True)
        frame.scope.bind(f"{node.target}.{name}", origins)
    for name, macro in macros.items():
        frame.scope.define(f"{node.target}.{name}", macro)


def import_some(walker: Walker, node: nodes.FromImport, frame: Frame) -> None:
    """Bind those that `{% from "file" import x %}` names."""
    values, macros = _module(walker, node, frame)
    for item in node.names:
        name, alias = item if isinstance(item, tuple) else (item, item)
        if name in values:
            frame.scope.bind(alias, values[name])
        if name in macros:
            frame.scope.define(alias, macros[name])


def _module(
    walker: Walker, node: nodes.Import | nodes.FromImport, frame: Frame
) -> tuple[dict[str, Origins], dict[str, Macro]]:
    location = walker.at(node, frame)
    opened = walker.find(node.template, frame, location, quiet=False)
    scope = Scope()
    if opened is not None and opened.path in walker.modules:
        scope = walker.modules[opened.path]
    elif opened is not None:
        with walker.follower.inside(opened, location) as allowed:
            syntax = walker.parse(opened.text) if allowed else None
            if syntax is not None:
                walker.walk(syntax.tree.body, Frame(syntax, opened.path, scope, {}))
                walker.modules[opened.path] = scope
    return scope.exported()


# Each takes the node type that it stands under.
BINDINGS = cast(
    "Mapping[type[nodes.Node], Callable[[Walker, nodes.Node, Frame], None]]",
    {
        nodes.Assign: assign,
        nodes.AssignBlock: assign_block,
        nodes.Macro: define_macro,
        nodes.Import: import_all,
        nodes.FromImport: import_some,
    },
)
