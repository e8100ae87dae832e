"""What a Jinja expression reads, calls and applies."""

from __future__ import annotations

from typing import NamedTuple

from jinja2 import nodes


class Uses(NamedTuple):
    """The names in one or more expressions, each once, in the order in which they are met."""

    names: tuple[str, ...]
    calls: tuple[str, ...]
    filters: tuple[str, ...]


def uses(*roots: nodes.Node | None) -> Uses:
    """Collect what expressions use. Without recursion: a sum of a thousand terms is a thousand levels deep."""
    names: dict[str, None] = {}
    calls: dict[str, None] = {}
    filters: list[str] = []
    stack: list[nodes.Node] = [root for root in reversed(roots) if root is not None]
    while stack:
        node = stack.pop()
        match node:
            case nodes.Name():
                names[node.name] = None
            case nodes.Getattr() | nodes.Getitem():
                name, rest = dotted(node)
                stack += reversed(rest)
                if name:
                    names[name] = None
            case nodes.Call():
                stack += reversed(_called(node, names, calls))
            case nodes.Filter():
                filters.append(node.name)
                stack += reversed(list(node.iter_child_nodes()))
            case _:
                stack += reversed(list(node.iter_child_nodes()))
    return Uses(tuple(names), tuple(calls), tuple(reversed(filters)))


def _called(node: nodes.Call, names: dict[str, None], calls: dict[str, None]) -> list[nodes.Node]:
    """Note a call and the object that it is made on; return the nodes still to look at."""
    name, rest = dotted(node.node)
    if name:
        calls[name] = None
        owner, _, _ = name.rpartition(".")
        if owner:
            names[owner] = None
    arguments = [child for child in node.iter_child_nodes() if child is not node.node]
    return [*rest, *arguments]


def dotted(node: nodes.Node) -> tuple[str, list[nodes.Node]]:
    """Write `a.b`, `a["b"]` and `a[0].b` as a dotted name; return it with the nodes that are no part of it."""
    parts: list[str] = []
    rest: list[nodes.Node] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getattr):
            parts.append(node.attr)
        elif isinstance(node.arg, nodes.Const):
            if isinstance(node.arg.value, str):
                parts.append(node.arg.value)
        else:
            rest.append(node.arg)
        node = node.node
    if isinstance(node, nodes.Name):
        return ".".join([node.name, *reversed(parts)]), rest
    attribute = ""
    return attribute, [node, *rest]


def targets(node: nodes.Node) -> tuple[str, ...]:
    """Return the names that a loop or assignment binds."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.NSRef):
        return (f"{node.name}.{node.attr}",)
    return tuple(name for child in node.iter_child_nodes() for name in targets(child))
