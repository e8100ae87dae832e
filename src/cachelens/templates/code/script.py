"""TypeScript and JavaScript read with `tree-sitter`, which is an extra."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import TYPE_CHECKING

from cachelens.templates.code import tree
from cachelens.templates.code.script_steps import block
from cachelens.templates.code.script_tree import ScriptExpressions
from cachelens.templates.code.source import Range, Source

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_TYPED = (".ts", ".mts", ".cts")
"""Names of files in which `<T>x` is a type assertion; elsewhere it is an element."""


def is_installed() -> bool:
    """Tell whether the grammar is there."""
    return all(importlib.util.find_spec(name) is not None for name in ("tree_sitter", "tree_sitter_typescript"))


@cache
def _parser(*, elements: bool) -> Parser:
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    grammar = tree_sitter_typescript.language_tsx() if elements else tree_sitter_typescript.language_typescript()
    return Parser(Language(grammar))


def syntax_tree(data: bytes, name: str) -> Node:
    """Parse a file of this name into the grammar's own tree."""
    return _parser(elements=not name.lower().endswith(_TYPED)).parse(data).root_node


def lower_script(source: Source) -> tuple[tree.Module, Range | None]:
    """Parse and lower a file; returns where its syntax is first wrong, too. What is right is lowered all the same."""
    root = syntax_tree(source.text.encode("utf-8", "surrogatepass"), source.name)
    lower = ScriptExpressions(source)
    module = tree.Module(block(lower, root), lower.deep)
    wrong = _first_error(root)
    return module, lower.at(wrong) if wrong is not None else None


def _first_error(root: Node) -> Node | None:
    """Return the first node that does not fit the grammar."""
    node: Node | None = root if root.has_error else None
    while node is not None and not node.is_error and not node.is_missing:
        node = next((child for child in node.children if child.has_error or child.is_error or child.is_missing), None)
    return node
