"""TypeScript and JavaScript to the small tree: expressions, read from a `tree-sitter` tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from cachelens.templates.base import MOST_DEPTH
from cachelens.templates.code import tree
from cachelens.templates.code.source import ByteOffsets, Range, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r\n|[\s\S]))")
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r": "", "\r\n": ""}
_LAST_CHARACTER = 0x10FFFF
_CHOOSING = {"||", "??", "&&"}
_DEDENTS = {"dedent", "outdent", "stripIndent", "stripIndents", "endent"}


def unescape(text: str) -> str:
    """Return what the escapes of a string literal stand for."""
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        return chr(min(int(code, 16), _LAST_CHARACTER))
    return _SIMPLE.get(match[4], match[4])


class ScriptExpressions:
    """Lowers the expressions of one file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.deep: Range | None = None
        self.offsets = ByteOffsets(source)
        self._depth = 0

    def at(self, node: Node) -> Range:
        """Return where a node stands."""
        return self.offsets.whole(node.start_byte), self.offsets.whole(node.end_byte)

    def cut(self, node: Node) -> str:
        """Return the source of a node."""
        return self.source.cut(self.at(node))

    def all(self, nodes: list[Node]) -> tuple[tree.Node, ...]:
        """Lower several expressions."""
        return tuple(self.one(node) for node in nodes if node.type != "comment")

    def one(self, node: Node | None, fallback: Node | None = None) -> tree.Node:
        """Lower an expression; what is missing or nested too deep becomes an opaque one."""
        if node is None:
            return tree.Other(self.at(fallback) if fallback is not None else (0, 0))
        if self._depth >= MOST_DEPTH:
            self.deep = self.deep or self.at(node)
            return tree.Other(self.at(node))
        self._depth += 1
        try:
            lower = _LOWER.get(node.type)
            if lower is None:
                return tree.Other(self.at(node), self.all([c for c in node.named_children if not _is_type(c)]))
            return lower(self, node)
        finally:
            self._depth -= 1


def _is_type(node: Node) -> bool:
    return node.type.startswith("type_") or node.type in {"statement_block", "class_body"}


def _string(lower: ScriptExpressions, node: Node) -> tree.Node:
    start, end = lower.at(node)
    at = (start + 1, max(start + 1, end - 1))
    return tree.Literal(at, unescape(lower.source.cut(at)))


def _template(lower: ScriptExpressions, node: Node) -> tree.Node:
    start, end = lower.at(node)
    parts: list[tree.Node] = []
    position = start + 1
    holes = [child for child in node.named_children if child.type == "template_substitution"]
    for hole in holes:
        begin, finish = lower.at(hole)
        _piece(lower, (position, begin), parts)
        inner = [child for child in hole.named_children if child.type != "comment"]
        parts.append(lower.one(inner[0] if inner else None, hole))
        position = finish
    _piece(lower, (position, max(position, end - 1)), parts)
    return tree.Join((start, end), tuple(parts), text=True)


def _piece(lower: ScriptExpressions, at: Range, parts: list[tree.Node]) -> None:
    if at[1] > at[0]:
        parts.append(tree.Literal(at, unescape(lower.source.cut(at).replace("\r\n", "\n"))))


def _binary(lower: ScriptExpressions, node: Node) -> tree.Node:
    operator = _operator(node)
    if operator not in {"+", *_CHOOSING}:
        return tree.Other(lower.at(node), lower.all(node.named_children))
    # A long chain leans to the left; it is laid flat without recursion.
    parts: list[Node] = []
    left: Node | None = node
    while left is not None and left.type == "binary_expression" and _operator(left) == operator:
        right = left.child_by_field_name("right")
        if right is not None:
            parts.append(right)
        left = left.child_by_field_name("left")
    if left is not None:
        parts.append(left)
    lowered = lower.all(parts[::-1])
    if operator == "+":
        return tree.Join(lower.at(node), lowered, text=False)
    return tree.Either(lower.at(node), lowered[0], lowered)


def _operator(node: Node) -> str:
    found = node.child_by_field_name("operator")
    return found.type if found is not None else ""


def _member(lower: ScriptExpressions, node: Node) -> tree.Node:
    name = node.child_by_field_name("property")
    base = lower.one(node.child_by_field_name("object"), node)
    return tree.Member(lower.at(node), base, lower.cut(name) if name is not None else "")


def _subscript(lower: ScriptExpressions, node: Node) -> tree.Node:
    base = lower.one(node.child_by_field_name("object"), node)
    index = lower.one(node.child_by_field_name("index"), node)
    if isinstance(index, tree.Literal):
        return tree.Member(lower.at(node), base, index.value)
    return tree.Index(lower.at(node), base, index)


def _call(lower: ScriptExpressions, node: Node) -> tree.Node:
    function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    arguments = node.child_by_field_name("arguments")
    if arguments is not None and arguments.type == "template_string":
        return _tagged(lower, node, function, arguments)
    given = lower.all(arguments.named_children) if arguments is not None else ()
    return tree.Call(lower.at(node), lower.one(function, node), given, new=node.type == "new_expression")


def _tagged(lower: ScriptExpressions, node: Node, tag: Node | None, template: Node) -> tree.Node:
    name = lower.cut(tag) if tag is not None else ""
    if name in _DEDENTS:
        return tree.Call(lower.at(node), tree.Name(lower.at(node), "textwrap.dedent"), (_template(lower, template),))
    return _template(lower, template)


def _object(lower: ScriptExpressions, node: Node) -> tree.Node:
    pairs: list[tuple[tree.Node | None, tree.Node]] = []
    for child in node.named_children:
        match child.type:
            case "pair" | "pair_pattern":
                key = _key(lower, child.child_by_field_name("key"), child)
                pairs.append((key, _named(lower, child.child_by_field_name("value"), key, child)))
            case "shorthand_property_identifier" | "shorthand_property_identifier_pattern":
                at, name = lower.at(child), lower.cut(child)
                pairs.append((tree.Literal(at, name), tree.Name(at, name)))
            case "object_assignment_pattern" if child.named_children:
                at, name = lower.at(child.named_children[0]), lower.cut(child.named_children[0])
                pairs.append((tree.Literal(at, name), tree.Name(at, name)))
            case "spread_element" | "rest_pattern" if child.named_children:
                pairs.append((None, lower.one(child.named_children[0])))
            case "method_definition":
                from cachelens.templates.code.script_steps import function

                key = _key(lower, child.child_by_field_name("name"), child)
                pairs.append((key, function(lower, child)))
    return tree.Table(lower.at(node), tuple(pairs))


def _key(lower: ScriptExpressions, node: Node | None, fallback: Node) -> tree.Node:
    if node is None:
        return tree.Other(lower.at(fallback))
    if node.type in {"property_identifier", "private_property_identifier"}:
        return tree.Literal(lower.at(node), lower.cut(node))
    return lower.one(node)


def _named(lower: ScriptExpressions, node: Node | None, key: tree.Node, fallback: Node) -> tree.Node:
    """Lower a value; a function is called what it is put under."""
    from cachelens.templates.code.script_steps import FUNCTIONS, function

    if node is not None and node.type in FUNCTIONS and isinstance(key, tree.Literal):
        return function(lower, node, key.value)
    return lower.one(node, fallback)


def _function(lower: ScriptExpressions, node: Node) -> tree.Node:
    from cachelens.templates.code.script_steps import function

    return function(lower, node)


def _ternary(lower: ScriptExpressions, node: Node) -> tree.Node:
    fields = [node.child_by_field_name(name) for name in ("condition", "consequence", "alternative")]
    test, first, second = (lower.one(field, node) for field in fields)
    return tree.Either(lower.at(node), test, (first, second))


def _inner(lower: ScriptExpressions, node: Node) -> tree.Node:
    """Lower what changes nothing: brackets, `await`, type assertions."""
    inner = [child for child in node.named_children if child.type != "comment"]
    index = -1 if node.type == "type_assertion" else 0
    return lower.one(inner[index] if inner else None, node)


def _spread(lower: ScriptExpressions, node: Node) -> tree.Node:
    return tree.Spread(lower.at(node), _inner(lower, node))


def _listing(lower: ScriptExpressions, node: Node) -> tree.Node:
    return tree.Listing(lower.at(node), lower.all(node.named_children), "list")


def _assigned(lower: ScriptExpressions, node: Node) -> tree.Node:
    target = lower.one(node.child_by_field_name("left"), node)
    return tree.Bind(lower.at(node), target, lower.one(node.child_by_field_name("right"), node))


def _name(lower: ScriptExpressions, node: Node) -> tree.Node:
    return tree.Name(lower.at(node), lower.cut(node))


def _constant(lower: ScriptExpressions, node: Node) -> tree.Node:
    return tree.Constant(lower.at(node), lower.cut(node))


_LOWER: dict[str, Callable[[ScriptExpressions, Node], tree.Node]] = {
    "string": _string,
    "template_string": _template,
    "binary_expression": _binary,
    "member_expression": _member,
    "subscript_expression": _subscript,
    "call_expression": _call,
    "new_expression": _call,
    "object": _object,
    "object_pattern": _object,
    "array": _listing,
    "array_pattern": _listing,
    "ternary_expression": _ternary,
    "spread_element": _spread,
    "rest_pattern": _spread,
    "assignment_expression": _assigned,
    **dict.fromkeys(("arrow_function", "function_expression", "generator_function"), _function),
    **dict.fromkeys(("identifier", "this", "super"), _name),
    **dict.fromkeys(("number", "true", "false", "null", "undefined"), _constant),
    **dict.fromkeys(
        (
            "parenthesized_expression",
            "await_expression",
            "as_expression",
            "satisfies_expression",
            "non_null_expression",
            "type_assertion",
            "sequence_expression",
            "computed_property_name",
        ),
        _inner,
    ),
}
