"""Python to the small tree: expressions."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cachelens.templates.base import MOST_DEPTH
from cachelens.templates.code import tree
from cachelens.templates.code.python_strings import Scanned, scan
from cachelens.templates.code.source import ByteOffsets, Range, Source


class _Apart(NamedTuple):
    """The expression of a field, in brackets, and where it starts in the file."""

    start: int
    source: Source


class Expressions:
    """Lowers the expressions of one file."""

    def __init__(self, source: Source, offsets: ByteOffsets) -> None:
        self.source = source
        self.deep: Range | None = None
        self._offsets = offsets
        self._depth = 0
        self._apart: _Apart | None = None
        """The field that is being lowered, which was parsed apart."""

    def at(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword) -> Range:
        """Return where a node stands."""
        line, last = node.lineno, node.end_lineno or node.lineno
        return self._offset(line, node.col_offset), self._offset(last, node.end_col_offset or node.col_offset)

    def _offset(self, line: int, column: int) -> int:
        if self._apart is None:
            return self._offsets.line(line, column)
        text, begin = self._apart.source.text, self._apart.source.starts[line - 1]
        ahead = len(text[begin:].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace"))
        # One bracket was put before the field.
        return self._apart.start + begin + ahead - 1

    def all(self, nodes: Sequence[ast.expr | None]) -> tuple[tree.Node, ...]:
        """Lower several expressions."""
        return tuple(self.one(node) for node in nodes if node is not None)

    def one(self, node: ast.expr) -> tree.Node:
        """Lower an expression; what is nested too deep becomes an opaque one."""
        if self._depth >= MOST_DEPTH:
            self.deep = self.deep or self.at(node)
            return tree.Other(self.at(node))
        self._depth += 1
        try:
            lower = _LOWER.get(type(node))
            if lower is None:
                return tree.Other(
                    self.at(node), self.all([c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)])
                )
            return lower(self, node)
        finally:
            self._depth -= 1

    def constant(self, node: ast.Constant) -> tree.Node:
        """Lower a constant; a string stands where its content does."""
        at = self.at(node)
        if not isinstance(node.value, str):
            return tree.Constant(at, str(node.value))
        scanned = scan(self.source.text, at)
        if scanned is not None:
            at = scanned.contents[0][0], scanned.contents[-1][1]
        return tree.Literal(at, node.value)

    def f_string(self, node: ast.JoinedStr) -> tree.Node:
        """Lower an f-string. Its places are found here: Python before 3.12 does not tell them."""
        at = self.at(node)
        scanned = scan(self.source.text, at)
        count = sum(isinstance(part, ast.FormattedValue) for part in node.values)
        if scanned is None or len(scanned.fields) != count:
            return tree.Join(at, self._unplaced(node), text=True)
        parts: list[tree.Node] = []
        index = 0
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                field = scanned.fields[index].expression
                parts.append(self._field(part, field))
                index += 1
            elif isinstance(part, ast.Constant):
                parts.append(tree.Literal(_between(scanned, index), str(part.value)))
        return tree.Join(at, tuple(parts), text=True)

    def _unplaced(self, node: ast.JoinedStr) -> tuple[tree.Node, ...]:
        """Lower an f-string whose parts can only be placed as a whole."""
        at = self.at(node)
        return tuple(
            tree.Literal(at, str(part.value))
            if isinstance(part, ast.Constant)
            else tree.Other(at, self.all([part.value if isinstance(part, ast.FormattedValue) else part]))
            for part in node.values
        )

    def _field(self, part: ast.FormattedValue, at: Range) -> tree.Node:
        text = self.source.cut(at)
        begin = at[0] + len(text) - len(text.lstrip())
        text = text.strip()
        filters = _conversions(part)
        if text.isidentifier() and not keyword.iskeyword(text):
            name = tree.Name((begin, begin + len(text)), text)
            return tree.Formatted(name.at, name, filters) if filters else name
        try:
            parsed = ast.parse(f"({text}\n)", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return tree.Formatted(at, tree.Other(at), filters)
        outside, self._apart = self._apart, _Apart(begin, Source("", f"({text}\n)"))
        try:
            value = self.one(parsed)
        finally:
            self._apart = outside
        return tree.Formatted((begin, begin + len(text)), value, filters) if filters else value

    def arguments(self, keywords: Sequence[ast.keyword]) -> tuple[tuple[str | None, tree.Node], ...]:
        """Lower named arguments."""
        return tuple((keyword.arg, self.one(keyword.value)) for keyword in keywords)


def _conversions(part: ast.FormattedValue) -> tuple[str, ...]:
    found = [f"!{chr(part.conversion)}"] if part.conversion > 0 else []
    if isinstance(part.format_spec, ast.JoinedStr):
        text = "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in part.format_spec.values)
        found.append(f":{text}")
    return tuple(found)


def _between(scanned: Scanned, index: int) -> Range:
    """Return where the text before a field stands, without the quotes that it may begin or end with."""
    start = scanned.fields[index - 1].whole[1] if index else scanned.contents[0][0]
    end = scanned.fields[index].whole[0] if index < len(scanned.fields) else scanned.contents[-1][1]
    pieces = [(max(start, a), min(end, b)) for a, b in scanned.contents if max(start, a) < min(end, b)]
    return (pieces[0][0], pieces[-1][1]) if pieces else (start, end)


def _binary(lower: Expressions, node: ast.BinOp) -> tree.Node:
    at = lower.at(node)
    if isinstance(node.op, ast.Mod):
        return tree.Percent(at, lower.one(node.left), lower.one(node.right))
    if not isinstance(node.op, ast.Add | ast.BitOr):
        return tree.Other(at, lower.all([node.left, node.right]))
    # A long chain leans to the left; it is laid flat without recursion.
    kind = type(node.op)
    parts: list[ast.expr] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, kind):
        parts.append(left.right)
        left = left.left
    parts.append(left)
    lowered = lower.all(parts[::-1])
    return tree.Pipe(at, lowered) if kind is ast.BitOr else tree.Join(at, lowered, text=False)


def _subscript(lower: Expressions, node: ast.Subscript) -> tree.Node:
    at, base = lower.at(node), lower.one(node.value)
    if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return tree.Member(at, base, node.slice.value)
    if isinstance(node.slice, ast.Slice):
        return tree.Index(at, base, None, lower.source.cut(lower.at(node.slice)))
    return tree.Index(at, base, lower.one(node.slice))


def _call(lower: Expressions, node: ast.Call) -> tree.Node:
    return tree.Call(lower.at(node), lower.one(node.func), lower.all(node.args), lower.arguments(node.keywords))


def _each(kind: str) -> Callable[[Expressions, ast.ListComp | ast.SetComp | ast.GeneratorExp], tree.Node]:
    def lower_each(lower: Expressions, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> tree.Node:
        return _comprehension(lower, node, node.elt, kind)

    return lower_each


def _comprehension(
    lower: Expressions, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, element: ast.expr, kind: str
) -> tree.Node:
    first, last = node.generators[0], node.generators[-1]
    end = lower.at(last.ifs[-1] if last.ifs else last.iter)[1]
    return tree.Each(
        lower.at(node),
        lower.all([generator.target for generator in node.generators]),
        lower.all([generator.iter for generator in node.generators]),
        lower.one(element),
        kind,
        (lower.at(first.target)[0], end),
    )


def _dict(lower: Expressions, node: ast.Dict) -> tree.Node:
    pairs = zip(node.keys, node.values, strict=True)
    return tree.Table(lower.at(node), tuple((None if k is None else lower.one(k), lower.one(v)) for k, v in pairs))


def _either(lower: Expressions, node: ast.BoolOp) -> tree.Node:
    branches = lower.all(node.values)
    return tree.Either(lower.at(node), branches[0], branches)


def _lambda(lower: Expressions, node: ast.Lambda) -> tree.Node:
    from cachelens.templates.code.python_steps import parameters

    body = lower.one(node.body)
    return tree.Function(lower.at(node), "", parameters(lower, node.args), (tree.Return(body.at, body),))


def _listing(kind: str) -> Callable[[Expressions, ast.List | ast.Tuple | ast.Set], tree.Node]:
    return lambda lower, node: tree.Listing(lower.at(node), lower.all(node.elts), kind)


_LOWER: dict[type[ast.expr], Callable[[Expressions, Any], tree.Node]] = {
    ast.Constant: Expressions.constant,
    ast.JoinedStr: Expressions.f_string,
    ast.BinOp: _binary,
    ast.Name: lambda lower, node: tree.Name(lower.at(node), node.id),
    ast.Attribute: lambda lower, node: tree.Member(lower.at(node), lower.one(node.value), node.attr),
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.IfExp: lambda lower, node: tree.Either(
        lower.at(node), lower.one(node.test), lower.all([node.body, node.orelse])
    ),
    ast.BoolOp: _either,
    ast.List: _listing("list"),
    ast.Tuple: _listing("tuple"),
    ast.Set: _listing("set"),
    ast.Dict: _dict,
    ast.ListComp: _each("list"),
    ast.GeneratorExp: _each("list"),
    ast.SetComp: _each("set"),
    ast.DictComp: lambda lower, node: _comprehension(lower, node, node.value, "dict"),
    ast.Starred: lambda lower, node: tree.Spread(lower.at(node), lower.one(node.value)),
    ast.Await: lambda lower, node: lower.one(node.value),
    ast.Lambda: _lambda,
    ast.NamedExpr: lambda lower, node: tree.Bind(lower.at(node), lower.one(node.target), lower.one(node.value)),
}
