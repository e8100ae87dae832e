"""Sorted sets and directory listings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from cachelens.fixes.base import Case, Fix
from cachelens.fixes.python import Expression, expressions, is_call
from cachelens.model.fix import Edit, Keeps, Proposal

_LISTINGS = ("os.listdir", "glob.glob", "glob.iglob", "listdir", "iglob", ".iterdir", ".glob", ".rglob")
_SETS = ("set", "frozenset")
_SET_METHODS = (".union", ".intersection", ".difference", ".symmetric_difference")
_TEXT_METHODS = (".lower", ".upper", ".casefold", ".title", ".strip", ".join", ".format", ".isoformat")
_TAKES_ITEMS = ("list", "tuple", "enumerate", ".join", "map")
_ORDERLESS = re.compile(r"\b(?:sorted|len|min|max|sum|any|all|set|frozenset)\($")
_FOR = re.compile(r"\bfor\s[^:\n]*\bin\s+$")


class SortItems(Fix):
    """Puts `sorted(...)` around a set or a directory listing that is gone through.

    Names of files sort; so do the texts that are joined. Of other sets nobody knows: values of several kinds cannot
    be compared, and the program would stop. Then it is unsafe.
    """

    id = "sort-items"
    rules = frozenset({"V107", "V108", "F201", "F205"})

    def propose(self, case: Case) -> Iterator[Proposal]:
        """Yield one proposal for each set or listing."""
        for expression in expressions(case):
            parents = expression.parents()
            for node in ast.walk(expression.tree):
                whole = _whole(node, parents)
                if whole is None or not _gone_through(whole, parents, expression, listing=_is_listing(node)):
                    continue
                start, end = expression.stretch(whole)
                safe = _is_listing(node) or _of_texts(node) or is_call(parents.get(whole, node), ".join")
                yield Proposal(
                    fix=self.id,
                    rule=case.finding.rule,
                    line=case.location.line,
                    what=f"go through a {'directory listing' if _is_listing(node) else 'set'} in sorted order",
                    safe=safe,
                    behaviour=False,
                    keeps=Keeps.TEXT,
                    edits=(Edit(start, start, "sorted("), Edit(end, end, ")")),
                )


def _is_listing(node: ast.AST) -> bool:
    return is_call(node, *_LISTINGS)


def _whole(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> ast.expr | None:
    """Return the whole of an expression on sets that a node begins."""
    if _is_listing(node):
        return node if isinstance(node, ast.expr) else None
    if not (is_call(node, *_SETS) or isinstance(node, ast.Set | ast.SetComp)):
        return None
    whole: ast.AST = node
    while True:
        parent = parents.get(whole)
        grandparent = parents.get(parent) if parent is not None else None
        if isinstance(parent, ast.BinOp):
            whole = parent
        elif isinstance(parent, ast.Attribute) and grandparent is not None and is_call(grandparent, *_SET_METHODS):
            whole = grandparent
        else:
            return whole if isinstance(whole, ast.expr) else None


def _gone_through(node: ast.expr, parents: Mapping[ast.AST, ast.AST], expression: Expression, *, listing: bool) -> bool:
    """Say whether the order of a value shows, and a list is as good there."""
    parent = parents.get(node)
    if parent is None:
        before = expression.whole_file[: expression.start].rpartition("\n")[2]
        return _FOR.search(before) is not None or (listing and not _ORDERLESS.search(before))
    return is_call(parent, *_TAKES_ITEMS) or (isinstance(parent, ast.comprehension) and parent.iter is node)


def _of_texts(node: ast.AST) -> bool:
    """Say whether a set holds nothing but texts."""
    items = node.elts if isinstance(node, ast.Set) else [node.elt] if isinstance(node, ast.SetComp) else []
    return bool(items) and all(
        isinstance(item, ast.JoinedStr)
        or (isinstance(item, ast.Constant) and isinstance(item.value, str))
        or is_call(item, "str", "repr", *_TEXT_METHODS)
        for item in items
    )
