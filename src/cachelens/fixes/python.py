"""Python expressions in a source file, with offsets that count characters of the file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple, TypeGuard

from cachelens.fixes.base import Case

_MODULES = {"python"}


class Expression(NamedTuple):
    """A piece of source that parses as an expression."""

    tree: ast.expr
    start: int
    """Offset in the file."""
    source: str
    whole_file: str
    is_span: bool
    """Whether it stands in the prompt itself, and not where its value was made."""

    def stretch(self, node: ast.expr) -> tuple[int, int]:
        """Return the offsets of a node in the file."""
        first = self._offset(node.lineno, node.col_offset)
        return first, self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def text(self, node: ast.expr) -> str:
        """Return the source of a node."""
        start, end = self.stretch(node)
        return self.whole_file[start:end]

    def parents(self) -> dict[ast.AST, ast.AST]:
        """Return what each node stands in."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def _offset(self, line: int, column: int) -> int:
        lines = self.source.split("\n")
        before = sum(len(one) + 1 for one in lines[: line - 1])
        shift = 1 if line == 1 else 0  # of the bracket that lets it run over lines
        return self.start + before + len(lines[line - 1].encode()[: column - shift].decode(errors="ignore"))


def expressions(case: Case) -> Iterator[Expression]:
    """Yield the expressions that a finding leads to; none in other languages."""
    if case.template.language not in _MODULES:
        return
    for location in case.stretches():
        start, end = case.file.stretch(location)
        source = case.file.text[start:end]
        try:
            tree = ast.parse(f"({source}\n)", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        yield Expression(tree, start, source, case.file.text, location == case.location)


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for a name; of other expressions only the attributes, with a dot in front."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def is_call(node: ast.AST, *names: str) -> TypeGuard[ast.Call]:
    """Say whether a node calls one of some functions; a name that starts with a dot is a method of anything."""
    if not isinstance(node, ast.Call):
        return False
    called = dotted(node.func)
    return any(called.endswith(name) if name.startswith(".") else called == name for name in names)
