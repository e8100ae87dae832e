"""TypeScript and JavaScript to the small tree: statements, functions, classes and imports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cachelens.templates.base import MOST_DEPTH
from cachelens.templates.code import tree
from cachelens.templates.code.script_tree import ScriptExpressions, unescape

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
"""Kinds of nodes that are functions without a name of their own."""
Body = tuple[tree.Statement, ...]


def block(lower: ScriptExpressions, node: Node | None, depth: int = 0) -> Body:
    """Lower a statement, or those inside a block."""
    if node is None:
        return ()
    if depth > MOST_DEPTH:
        lower.deep = lower.deep or lower.at(node)
        return ()
    if node.type in {"program", "statement_block", "else_clause", "finally_clause"}:
        return tuple(step for child in node.named_children for step in block(lower, child, depth + 1))
    step = _STEPS.get(node.type)
    return step(lower, node, depth + 1) if step is not None else ()


def function(lower: ScriptExpressions, node: Node, name: str = "", depth: int = 0) -> tree.Function:
    """Lower a function of any kind."""
    body = node.child_by_field_name("body")
    named = node.child_by_field_name("name")
    parameters = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
    if body is not None and body.type != "statement_block":
        value = lower.one(body)
        steps: Body = (tree.Return(value.at, value),)
    else:
        steps = block(lower, body, depth)
    own = tuple(_own_field(lower, parameter) for parameter in _parameter_nodes(parameters) if _keeps(parameter))
    return tree.Function(
        lower.at(node),
        name or (lower.cut(named) if named is not None else ""),
        tuple(_parameter(lower, parameter) for parameter in _parameter_nodes(parameters)),
        (*own, *steps),
        generator=node.type.startswith("generator"),
    )


def _parameter_nodes(node: Node | None) -> list[Node]:
    if node is None:
        return []
    if node.type != "formal_parameters":
        return [node]
    return [child for child in node.named_children if child.type != "comment"]


def _keeps(node: Node) -> bool:
    """Tell whether a parameter of a constructor is a field too."""
    return any(child.type in {"accessibility_modifier", "readonly"} for child in node.children)


def _own_field(lower: ScriptExpressions, node: Node) -> tree.Statement:
    pattern = node.child_by_field_name("pattern") or node
    at, name = lower.at(pattern), lower.cut(pattern)
    return tree.Assign(at, (tree.Member(at, tree.Name(at, "this"), name),), tree.Name(at, name))


def _parameter(lower: ScriptExpressions, node: Node) -> tree.Parameter:
    pattern = node.child_by_field_name("pattern") or node.child_by_field_name("left") or node
    default = node.child_by_field_name("value") or node.child_by_field_name("right")
    value = lower.one(default) if default is not None else None
    match pattern.type:
        case "object_pattern":
            keys = tuple(_key(lower, child) for child in pattern.named_children if child.type != "comment")
            return tree.Parameter("", lower.at(pattern), value, keys=keys)
        case "rest_pattern":
            inner = pattern.named_children[0] if pattern.named_children else pattern
            return tree.Parameter(lower.cut(inner), lower.at(inner), kind="rest")
        case "array_pattern":
            keys = tuple(tree.Parameter(lower.cut(child), lower.at(child)) for child in pattern.named_children)
            return tree.Parameter("", lower.at(pattern), value, keys=keys)
        case _:
            return tree.Parameter(lower.cut(pattern), lower.at(pattern), value)


def _key(lower: ScriptExpressions, node: Node) -> tree.Parameter:
    match node.type:
        case "object_assignment_pattern" if len(node.named_children) > 1:
            left, right = node.named_children[0], node.named_children[-1]
            return tree.Parameter(lower.cut(left), lower.at(left), lower.one(right))
        case "pair_pattern":
            value = node.child_by_field_name("value") or node
            return tree.Parameter(lower.cut(value), lower.at(value))
        case "rest_pattern":
            inner = node.named_children[0] if node.named_children else node
            return tree.Parameter(lower.cut(inner), lower.at(inner), kind="named-rest")
        case _:
            return tree.Parameter(lower.cut(node), lower.at(node))


def _declared(lower: ScriptExpressions, node: Node, depth: int) -> Body:
    found: list[tree.Statement] = []
    for child in node.named_children:
        name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
        if child.type != "variable_declarator" or name is None:
            continue
        target = lower.one(name)
        if value is not None and value.type in FUNCTIONS:
            lowered: tree.Node = function(lower, value, lower.cut(name), depth)
        else:
            lowered = lower.one(value, name)
        found.append(tree.Assign(lower.at(child), (target,), lowered))
    return tuple(found)


def _expression(lower: ScriptExpressions, node: Node, _depth: int) -> Body:
    inner = [child for child in node.named_children if child.type != "comment"]
    if not inner:
        return ()
    at, first = lower.at(node), inner[0]
    left, right = first.child_by_field_name("left"), first.child_by_field_name("right")
    if first.type == "assignment_expression":
        return (tree.Assign(at, (lower.one(left, first),), lower.one(right, first)),)
    if first.type == "augmented_assignment_expression":
        target, value = lower.one(left, first), lower.one(right, first)
        operator = first.child_by_field_name("operator")
        if operator is not None and operator.type == "+=":
            return (tree.Augment(at, target, value),)
        return (tree.Assign(at, (target,), tree.Other(lower.at(first), (target, value))),)
    return (tree.Do(at, lower.one(first)),)


def _if(lower: ScriptExpressions, node: Node, depth: int) -> Body:
    test = lower.one(node.child_by_field_name("condition"), node)
    first = block(lower, node.child_by_field_name("consequence"), depth)
    second = block(lower, node.child_by_field_name("alternative"), depth)
    return (tree.Branch(lower.at(node), test, (first, second)),)


def _for_of(lower: ScriptExpressions, node: Node, depth: int) -> Body:
    target = lower.one(node.child_by_field_name("left"), node)
    iterable = lower.one(node.child_by_field_name("right"), node)
    body = block(lower, node.child_by_field_name("body"), depth)
    return (tree.Loop((target.at[0], iterable.at[1]), target, iterable, body),)


def _for(lower: ScriptExpressions, node: Node, depth: int) -> Body:
    first = block(lower, node.child_by_field_name("initializer"), depth)
    test = node.child_by_field_name("condition")
    head = lower.one(test, node)
    return (*first, tree.Loop(head.at, None, head, block(lower, node.child_by_field_name("body"), depth)))


def _try(lower: ScriptExpressions, node: Node, depth: int) -> Body:
    body = block(lower, node.child_by_field_name("body"), depth)
    handler, last = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
    rest = block(lower, last, depth)
    if handler is None:
        return (*body, *rest)
    at = lower.at(node)
    caught = block(lower, handler.child_by_field_name("body"), depth)
    return (tree.Branch(at, tree.Other((at[0], at[0] + len("try"))), (body, caught)), *rest)


def _switch(lower: ScriptExpressions, node: Node, depth: int) -> Body:
    test = lower.one(node.child_by_field_name("value"), node)
    inside = node.child_by_field_name("body")
    cases = [child for child in (inside.named_children if inside else []) if child.type.startswith("switch_")]
    bodies = tuple(
        tuple(
            step
            for child in case.children_by_field_name("body")
            if child.type != "break_statement"
            for step in block(lower, child, depth)
        )
        for case in cases
    )
    whole = any(case.type == "switch_default" for case in cases)
    return (tree.Branch(lower.at(node), test, bodies if whole else (*bodies, ())),)


def _return(lower: ScriptExpressions, node: Node, _depth: int) -> Body:
    inner = [child for child in node.named_children if child.type != "comment"]
    return (tree.Return(lower.at(node), lower.one(inner[0]) if inner else None),)


def _stop(lower: ScriptExpressions, node: Node, _depth: int) -> Body:
    return (tree.Stop(lower.at(node)),)


def _define(lower: ScriptExpressions, node: Node, depth: int) -> Body:
    return (tree.Define(lower.at(node), function(lower, node, depth=depth)),)


def _class(lower: ScriptExpressions, node: Node, depth: int) -> Body:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    heritage = [child for child in node.named_children if child.type == "class_heritage"]
    bases = [base for child in heritage for clause in child.named_children for base in clause.named_children[:1]]
    found: list[tree.Statement] = []
    for member in body.named_children if body is not None else []:
        key, value = member.child_by_field_name("name"), member.child_by_field_name("value")
        if member.type == "method_definition":
            found.extend(_define(lower, member, depth))
        elif member.type in {"public_field_definition", "field_definition"} and key is not None:
            target = tree.Name(lower.at(key), lower.cut(key))
            lowered = (
                function(lower, value, lower.cut(key))
                if value is not None and value.type in FUNCTIONS
                else lower.one(value, key)
            )
            found.append(tree.Assign(lower.at(member), (target,), lowered))
    return (tree.Class(lower.at(node), lower.cut(name) if name is not None else "", lower.all(bases), tuple(found)),)


def _export(lower: ScriptExpressions, node: Node, depth: int) -> Body:
    declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
    if declaration is not None:
        found = block(lower, declaration, depth)
        named = declaration.child_by_field_name("name")
        if named is None or not any(child.type == "default" for child in node.children):
            return found
        at = lower.at(named)
        return (*found, tree.Assign(at, (tree.Name(at, "default"),), tree.Name(at, lower.cut(named))))
    if value is not None:
        at = lower.at(value)
        return (tree.Assign(at, (tree.Name(at, "default"),), lower.one(value)),)
    return ()


def _import(lower: ScriptExpressions, node: Node, _depth: int) -> Body:
    source = node.child_by_field_name("source")
    if source is None:
        return ()
    module = unescape(lower.cut(source)[1:-1])
    at = lower.at(node)
    found: list[tree.Statement] = []
    for clause in node.named_children:
        for part in clause.named_children if clause.type == "import_clause" else []:
            if part.type == "identifier":
                found.append(tree.Import(at, lower.cut(part), module, "default"))
            elif part.type == "namespace_import" and part.named_children:
                found.append(tree.Import(at, lower.cut(part.named_children[0]), module))
            elif part.type == "named_imports":
                found.extend(
                    _specifier(lower, one, at, module) for one in part.named_children if one.type == "import_specifier"
                )
    return tuple(found)


def _specifier(lower: ScriptExpressions, node: Node, at: tuple[int, int], module: str) -> tree.Import:
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    symbol = lower.cut(name) if name is not None else ""
    return tree.Import(at, lower.cut(alias) if alias is not None else symbol, module, symbol)


_STEPS: dict[str, Callable[[ScriptExpressions, Node, int], Body]] = {
    "statement_block": block,
    "lexical_declaration": _declared,
    "variable_declaration": _declared,
    "expression_statement": _expression,
    "if_statement": _if,
    "for_in_statement": _for_of,
    "for_statement": _for,
    "while_statement": _for,
    "do_statement": _for,
    "try_statement": _try,
    "switch_statement": _switch,
    "return_statement": _return,
    "throw_statement": _stop,
    "break_statement": _stop,
    "continue_statement": _stop,
    "function_declaration": _define,
    "generator_function_declaration": _define,
    "class_declaration": _class,
    "abstract_class_declaration": _class,
    "export_statement": _export,
    "import_statement": _import,
    "labeled_statement": lambda lower, node, depth: block(lower, node.child_by_field_name("body"), depth),
}
