"""Python to the small tree: statements, functions, classes and imports."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from cachelens.templates.base import MOST_DEPTH
from cachelens.templates.code import tree
from cachelens.templates.code.python_tree import Expressions
from cachelens.templates.code.source import ByteOffsets, Source

BOM = "\ufeff"
_SUMMARY = 400
Body = tuple[tree.Statement, ...]


def lower_python(source: Source) -> tree.Module:
    """Parse and lower a file; raises what `ast.parse` raises, `RecursionError` and `MemoryError` among it."""
    skipped = len(BOM) if source.text.startswith(BOM) else 0
    lower = Expressions(source, ByteOffsets(source, skipped))
    with warnings.catch_warnings():
        # Odd escapes and literals are the author's own affair.
        warnings.simplefilter("ignore")
        body = block(lower, ast.parse(source.text[skipped:]).body)
    return tree.Module(body, lower.deep)


def block(lower: Expressions, nodes: Sequence[ast.stmt], depth: int = 0) -> Body:
    """Lower a run of statements."""
    found: list[tree.Statement] = []
    for node in nodes:
        if depth > MOST_DEPTH:
            lower.deep = lower.deep or lower.at(node)
            break
        step = _STEPS.get(type(node))
        if step is not None:
            found.extend(step(lower, node, depth + 1))
    return tuple(found)


def parameters(lower: Expressions, arguments: ast.arguments) -> tuple[tree.Parameter, ...]:
    """Lower the parameters of a function."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    found = [_parameter(lower, argument, default) for argument, default in zip(positional, defaults, strict=True)]
    if arguments.vararg:
        found.append(_rest(lower, arguments.vararg, "rest"))
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    found.extend(_parameter(lower, argument, default) for argument, default in named)
    if arguments.kwarg:
        found.append(_rest(lower, arguments.kwarg, "named-rest"))
    return tuple(found)


def _rest(lower: Expressions, argument: ast.arg, kind: str) -> tree.Parameter:
    start = lower.at(argument)[0]
    return tree.Parameter(argument.arg, (start, start + len(argument.arg)), kind=kind)


def _parameter(lower: Expressions, argument: ast.arg, default: ast.expr | None) -> tree.Parameter:
    start = lower.at(argument)[0]
    at = start, start + len(argument.arg)
    return tree.Parameter(argument.arg, at, None if default is None else lower.one(default))


def _function(lower: Expressions, node: ast.FunctionDef | ast.AsyncFunctionDef, depth: int) -> Body:
    decorators = {_tail(decorator) for decorator in node.decorator_list}
    function = tree.Function(
        lower.at(node),
        node.name,
        parameters(lower, node.args),
        block(lower, node.body, depth),
        (ast.get_docstring(node) or "")[:_SUMMARY],
        generator="yield" in lower.source.cut(lower.at(node)) and _yields(node.body),
        plain="staticmethod" not in decorators,
    )
    return (tree.Define(lower.at(node), function),)


def _tail(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _yields(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a body itself yields, not a function inside it."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _class(lower: Expressions, node: ast.ClassDef, depth: int) -> Body:
    has_constructor = any(isinstance(step, ast.FunctionDef) and step.name == "__init__" for step in node.body)
    return (
        tree.Class(
            lower.at(node),
            node.name,
            lower.all(node.bases),
            block(lower, node.body, depth),
            fields=not has_constructor,
        ),
    )


def _assign(lower: Expressions, node: ast.Assign, _depth: int) -> Body:
    return (tree.Assign(lower.at(node), lower.all(node.targets), lower.one(node.value)),)


def _annotated(lower: Expressions, node: ast.AnnAssign, _depth: int) -> Body:
    target = lower.one(node.target)
    if node.value is None:
        return (tree.Assign(lower.at(node), (target,), tree.Other(lower.at(node.target))),)
    return (tree.Assign(lower.at(node), (target,), lower.one(node.value)),)


def _augment(lower: Expressions, node: ast.AugAssign, _depth: int) -> Body:
    target, value = lower.one(node.target), lower.one(node.value)
    if isinstance(node.op, ast.Add):
        return (tree.Augment(lower.at(node), target, value),)
    return (tree.Assign(lower.at(node), (target,), tree.Other(lower.at(node), (target, value))),)


def _if(lower: Expressions, node: ast.If, depth: int) -> Body:
    # A chain of `elif` nests to the right; it is walked, and built from its end.
    chain = [node]
    while len(chain[-1].orelse) == 1 and isinstance(nested := chain[-1].orelse[0], ast.If):
        chain.append(nested)
    last: Body = block(lower, chain[-1].orelse, depth)
    for link in chain[:0:-1][-MOST_DEPTH:]:
        last = (tree.Branch(lower.at(link), lower.one(link.test), (block(lower, link.body, depth), last)),)
    return (tree.Branch(lower.at(node), lower.one(node.test), (block(lower, node.body, depth), last)),)


def _for(lower: Expressions, node: ast.For | ast.AsyncFor, depth: int) -> Body:
    iterable = lower.one(node.iter)
    target = lower.one(node.target)
    head = target.at[0], iterable.at[1]
    return (tree.Loop(head, target, iterable, block(lower, node.body, depth)), *block(lower, node.orelse, depth))


def _while(lower: Expressions, node: ast.While, depth: int) -> Body:
    test = lower.one(node.test)
    return (tree.Loop(test.at, None, test, block(lower, node.body, depth)), *block(lower, node.orelse, depth))


def _with(lower: Expressions, node: ast.With | ast.AsyncWith, depth: int) -> Body:
    found: list[tree.Statement] = []
    for item in node.items:
        value = lower.one(item.context_expr)
        if item.optional_vars is None:
            found.append(tree.Do(value.at, value))
        else:
            found.append(tree.Assign(value.at, (lower.one(item.optional_vars),), value))
    return (*found, *block(lower, node.body, depth))


def _try(lower: Expressions, node: ast.Try, depth: int) -> Body:
    body = block(lower, [*node.body, *node.orelse], depth)
    handlers = tuple(block(lower, handler.body, depth) for handler in node.handlers)
    rest = block(lower, node.finalbody, depth)
    if not handlers:
        return (*body, *rest)
    at = lower.at(node)
    return (tree.Branch(at, tree.Other((at[0], at[0] + len("try"))), (body, *handlers)), *rest)


def _match(lower: Expressions, node: ast.Match, depth: int) -> Body:
    bodies = tuple(block(lower, case.body, depth) for case in node.cases)
    whole = any(isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None for case in node.cases)
    return (tree.Branch(lower.at(node), lower.one(node.subject), bodies if whole else (*bodies, ())),)


def _return(lower: Expressions, node: ast.Return, _depth: int) -> Body:
    return (tree.Return(lower.at(node), None if node.value is None else lower.one(node.value)),)


def _stop(lower: Expressions, node: ast.stmt, _depth: int) -> Body:
    return (tree.Stop(lower.at(node)),)


def _do(lower: Expressions, node: ast.Expr, _depth: int) -> Body:
    return (tree.Do(lower.at(node), lower.one(node.value)),)


def _import(lower: Expressions, node: ast.Import, _depth: int) -> Body:
    return tuple(
        tree.Import(
            lower.at(node),
            name.asname or name.name.partition(".")[0],
            name.name if name.asname else name.name.partition(".")[0],
        )
        for name in node.names
    )


def _import_from(lower: Expressions, node: ast.ImportFrom, _depth: int) -> Body:
    module = node.module or ""
    return tuple(
        tree.Import(lower.at(node), name.asname or name.name, module, name.name, node.level) for name in node.names
    )


_STEPS: dict[type[ast.stmt], Callable[[Expressions, Any, int], Body]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augment,
    ast.Expr: _do,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
    ast.Return: _return,
    ast.Raise: _stop,
    ast.Continue: _stop,
    ast.Break: _stop,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
}
