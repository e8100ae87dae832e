"""Sorted keys where JSON goes into a prompt."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cachelens.fixes.base import Case, Fix
from cachelens.fixes.python import Expression, expressions, is_call
from cachelens.model.fix import Edit, Keeps, Proposal

_DUMPS = ("json.dumps", "simplejson.dumps", "ujson.dumps", "dumps")


class SortKeys(Fix):
    """Adds `sort_keys=True` to `json.dumps`."""

    id = "sort-keys"
    rules = frozenset({"F203", "F204", "F205", "V107"})

    def propose(self, case: Case) -> Iterator[Proposal]:
        """Yield one proposal for each call."""
        for expression in expressions(case):
            for node in ast.walk(expression.tree):
                edit = _edit(expression, node)
                if edit is not None:
                    yield Proposal(
                        fix=self.id,
                        rule=case.finding.rule,
                        line=case.location.line,
                        what="write the keys of JSON in sorted order",
                        safe=True,
                        behaviour=False,
                        keeps=Keeps.TEXT,
                        edits=(edit,),
                    )


def _edit(expression: Expression, node: ast.AST) -> Edit | None:
    if not is_call(node, *_DUMPS) or any(keyword.arg in {"sort_keys", None} for keyword in node.keywords):
        return None
    start, end = expression.stretch(node)
    inner = expression.whole_file[start : end - 1]
    bare = inner.rstrip()
    if "#" in bare.rpartition("\n")[2]:
        return None  # it may be in a comment
    at = start + len(bare)
    return Edit(at, at, " sort_keys=True" if bare.endswith(",") else ", sort_keys=True")
