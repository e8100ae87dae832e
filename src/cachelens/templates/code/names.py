"""Names as they are written, with their imports undone, and put under something unknown."""

from __future__ import annotations

from cachelens.templates.code import tree
from cachelens.templates.code.machine import Frame, Machine
from cachelens.templates.code.values import Imported, Reads


def dotted(node: tree.Node) -> str:
    """Return the name of a variable with its attributes, as written; calls in between leave their name. Else empty."""
    names: list[str] = []
    while True:
        if isinstance(node, tree.Member):
            names.append(node.name)
            node = node.base
        elif isinstance(node, tree.Call):
            node = node.function
        elif isinstance(node, tree.Name):
            names.append(node.id)
            return ".".join(reversed(names))
        else:
            return ""


def canonical(node: tree.Node, frame: Frame) -> str:
    """Return a dotted name with its import undone: `np.random.rand` is `numpy.random.rand`."""
    name = dotted(node)
    root, dot, rest = name.partition(".")
    found = frame.find(root) if root else None
    return found.name + dot + rest if isinstance(found, Imported) else name


def has_call(node: tree.Node) -> bool:
    """Tell whether a call stands before the attributes."""
    while isinstance(node, tree.Member):
        node = node.base
    return isinstance(node, tree.Call)


def own_names(node: tree.Node) -> tuple[str, ...]:
    """Return the name that an expression is, if it is no more than a name."""
    plain = isinstance(node, tree.Name) or (isinstance(node, tree.Member) and not has_call(node))
    return (dotted(node),) if plain and dotted(node) else ()


def bind_opaque(machine: Machine, target: tree.Node, frame: Frame, found: Reads) -> None:
    """Put something unknown under the names of a target."""
    if isinstance(target, tree.Listing):
        for item in target.items:
            bind_opaque(machine, item, frame, found)
    elif isinstance(target, tree.Spread):
        bind_opaque(machine, target.value, frame, found)
    elif name := dotted(target):
        origins = found.origins
        frame.variables[name] = machine.opaque(target, frame, Reads(found.names, found.calls, found.filters, origins))
