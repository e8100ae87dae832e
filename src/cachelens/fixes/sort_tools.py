"""Tools sorted by name, where they are written out in the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cachelens.fixes.base import Case, Fix
from cachelens.fixes.python import Expression, expressions
from cachelens.model.fix import Edit, Keeps, Proposal


class SortTools(Fix):
    """Sorts a list of tools by name where every tool is a literal, so that nothing but the order can differ."""

    id = "sort-tools"
    rules = frozenset({"F201"})

    def propose(self, case: Case) -> Iterator[Proposal]:
        """Yield one proposal for each list."""
        for expression in expressions(case):
            for node in ast.walk(expression.tree):
                edits = _edits(expression, node.elts) if isinstance(node, ast.List) else ()
                if edits:
                    yield Proposal(
                        fix=self.id,
                        rule=case.finding.rule,
                        line=case.location.line,
                        what="sort the tools by name",
                        safe=True,
                        behaviour=False,
                        keeps=Keeps.NAMES,
                        edits=edits,
                        lessens=False,
                    )


def _edits(expression: Expression, items: Sequence[ast.expr]) -> tuple[Edit, ...]:
    named = [(_name(item), item) for item in items]
    names = [name for name, _ in named]
    if len(set(names)) < len(names) or "" in names or names == sorted(names) or _remarks(expression, items):
        return ()
    ordered = sorted(named, key=lambda pair: pair[0])
    return tuple(
        Edit(*expression.stretch(old), expression.text(new)) for old, (_, new) in zip(items, ordered, strict=True)
    )


def _remarks(expression: Expression, items: Sequence[ast.expr]) -> bool:
    """Say whether a comment stands between two tools: nobody knows which one it is on."""
    stretches = [expression.stretch(item) for item in items]
    return any("#" in expression.whole_file[end:start] for (_, end), (start, _) in pairwise(stretches))


def _name(item: ast.expr) -> str:
    try:
        tool = ast.literal_eval(item)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ""
    if not isinstance(tool, dict):
        return ""
    function = tool.get("function")
    name = tool.get("name") or (function.get("name") if isinstance(function, dict) else None)
    return name if isinstance(name, str) else ""
