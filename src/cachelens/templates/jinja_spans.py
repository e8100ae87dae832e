"""Jinja syntax trees to spans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from jinja2 import nodes

from cachelens.model.location import Location
from cachelens.model.template import Origin, Span, SpanKind, TemplateProblem
from cachelens.templates import jinja_syntax
from cachelens.templates.following import Follower, Opened
from cachelens.templates.jinja_bindings import BINDINGS
from cachelens.templates.jinja_names import dotted, targets, uses
from cachelens.templates.jinja_scope import Frame, Macro, Scope
from cachelens.templates.jinja_syntax import Syntax
from cachelens.templates.origins import Origins, merged, origins_in
from cachelens.templates.places import Text
from cachelens.templates.roles import cut_at_role_lines


class JinjaWalker:
    """Walks trees, follows the files they name, and makes spans."""

    def __init__(self, follower: Follower, *, chat: bool, trim_blocks: bool) -> None:
        self.follower = follower
        self._chat = chat
        self._trim_blocks = trim_blocks
        self._trees: dict[int, Syntax | TemplateProblem] = {}
        self._kept: list[Text] = []
        self.modules: dict[Path, Scope] = {}
        # Each takes the node type that it stands under.
        self._handlers = cast(
            "Mapping[type[nodes.Node], Callable[[nodes.Node, Frame, list[Span]], None]]",
            {
                nodes.Output: self._output,
                nodes.If: self._if,
                nodes.For: self._for,
                nodes.Block: self._block,
                nodes.With: self._with,
                nodes.FilterBlock: self._filter,
                nodes.CallBlock: self._call,
                nodes.Scope: self._scoped,
                nodes.ScopedEvalContextModifier: self._scoped,
                nodes.Include: self._included,
            },
        )

    def read(self, text: Text, path: Path, scope: Scope) -> tuple[Span, ...]:
        """Parse a text and return its spans; a text that cannot be parsed has none, and a problem."""
        syntax = self.parse(text)
        return () if syntax is None else self._template(Frame(syntax, path, scope, {}))

    def parse(self, text: Text) -> Syntax | None:
        """Parse a text once; None, with a problem, where that fails."""
        if id(text) not in self._trees:
            self._kept.append(text)
            self._trees[id(text)] = jinja_syntax.parse(text, trim_blocks=self._trim_blocks)
        found = self._trees[id(text)]
        if isinstance(found, TemplateProblem):
            self.follower.problem(found.location, found.code, found.message)
            return None
        return found

    def _template(self, frame: Frame) -> tuple[Span, ...]:
        body = frame.syntax.tree.body
        extends = next((node for node in body if isinstance(node, nodes.Extends)), None)
        if extends is None:
            return self.walk(body, frame)
        own = self.walk(body, frame)  # binds the names that the blocks see; shown only if the parent is not found
        blocks = dict(frame.blocks)
        for block in frame.syntax.tree.find_all(nodes.Block):
            blocks[block.name] = [*blocks.get(block.name, ()), (block, frame)]
        return (self._follow(extends, extends.template, frame, blocks) or self._include(extends, frame, own),)

    def walk(self, body: Sequence[nodes.Node], frame: Frame) -> tuple[Span, ...]:
        """Turn statements into spans, in order."""
        spans: list[Span] = []
        for node in body:
            if self.follower.exhausted:
                break
            handler = self._handlers.get(type(node))
            binding = BINDINGS.get(type(node))
            if handler is not None:
                handler(node, frame, spans)
            elif binding is not None:
                binding(self, node, frame)
        return tuple(spans)

    def nested(self, body: Sequence[nodes.Node], frame: Frame, location: Location) -> tuple[Span, ...]:
        """Turn statements into spans one level down; nothing where that is too deep."""
        with self.follower.deeper(location) as allowed:
            return self.walk(body, frame) if allowed else ()

    # --- What is sent -------------------------------------------------------------------------------

    def _output(self, node: nodes.Output, frame: Frame, spans: list[Span]) -> None:
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                self._data(child, frame, spans)
            elif isinstance(child, nodes.Const):
                spans.append(frame.syntax.text.literal(*frame.syntax.expression(child), sent=str(child.value)))
            elif _is_super(child) and frame.supers:
                (block, inner), *rest = frame.supers
                spans += self.nested(block.body, inner._replace(supers=tuple(rest)), self.at(child, frame))
            else:
                self._value(child, frame.syntax.expression(child), frame, spans)

    def _data(self, node: nodes.TemplateData, frame: Frame, spans: list[Span]) -> None:
        text, start = frame.syntax.text, node.lineno
        end = start + len(node.data)
        pieces = cut_at_role_lines(text, start, end) if self._chat else [(start, end)]
        for first, last in pieces:
            span = text.literal(first, last)
            if self.follower.spend(span.location):
                spans.append(span)

    def _value(self, node: nodes.Node, place: tuple[int, int], frame: Frame, spans: list[Span]) -> None:
        span = self._span(SpanKind.VARIABLE, place, frame, [node])
        if self.follower.spend(span.location):
            spans.append(span)

    def _span(
        self,
        kind: SpanKind,
        place: tuple[int, int],
        frame: Frame,
        read: Sequence[nodes.Node | None],
        branches: tuple[tuple[Span, ...], ...] = (),
    ) -> Span:
        used = uses(*read)
        origins = frame.scope.trace(used.names)
        for call in used.calls:
            origins = merged(origins, self._macro_origins(frame.scope.macro(call)))
        return Span(
            kind=kind,
            location=frame.syntax.text.location(*place),
            text=frame.syntax.text.value[slice(*place)],
            names=used.names,
            calls=used.calls,
            filters=used.filters,
            origins=origins,
            branches=branches,
        )

    # --- Blocks -------------------------------------------------------------------------------------

    def _if(self, node: nodes.If, frame: Frame, spans: list[Span]) -> None:
        place = frame.syntax.head(node)
        location = frame.syntax.text.location(*place)
        inner = frame._replace(maybe=True)
        bodies = [node.body, *(branch.body for branch in node.elif_), *([node.else_] if node.else_ else [])]
        branches = tuple(self.nested(body, inner, location) for body in bodies)
        tests = [node.test, *(branch.test for branch in node.elif_)]
        if self.follower.spend(location):
            spans.append(self._span(SpanKind.CONDITION, place, frame, tests, branches))

    def _for(self, node: nodes.For, frame: Frame, spans: list[Span]) -> None:
        place = frame.syntax.head(node)
        location = frame.syntax.text.location(*place)
        inner = frame._replace(scope=Scope(frame.scope), maybe=True)
        item = self.origins(node.iter, self._iterated(place, frame), frame)
        for name in targets(node.target):
            inner.scope.bind(name, item)
        bodies = [node.body, *([node.else_] if node.else_ else [])]
        branches = tuple(self.nested(body, inner, location) for body in bodies)
        if self.follower.spend(location):
            spans.append(self._span(SpanKind.LOOP, place, frame, [node.iter, node.test], branches))

    def _iterated(self, place: tuple[int, int], frame: Frame) -> tuple[int, int]:
        """Return where the collection of a loop head `item in items` stands."""
        at = frame.syntax.text.value.find(" in ", *place)
        return (at + len(" in "), place[1]) if at >= 0 else place

    def _block(self, node: nodes.Block, frame: Frame, spans: list[Span]) -> None:
        chain = [*frame.blocks.get(node.name, []), (node, frame)]
        (block, owner), rest = chain[0], chain[1:]
        inner = owner._replace(blocks=frame.blocks, supers=tuple(rest))
        if owner is frame:
            inner = frame
        spans += self.nested(block.body, inner, self.at(node, frame))

    def _with(self, node: nodes.With, frame: Frame, spans: list[Span]) -> None:
        inner = frame._replace(scope=Scope(frame.scope))
        for target, value in zip(node.targets, node.values, strict=False):
            origins = self.origins(value, frame.syntax.head(node), frame)
            for name in targets(target):
                inner.scope.bind(name, origins)
        spans += self.nested(node.body, inner, self.at(node, frame))

    def _filter(self, node: nodes.FilterBlock, frame: Frame, spans: list[Span]) -> None:
        spans += self.nested(node.body, frame, self.at(node, frame))

    def _call(self, node: nodes.CallBlock, frame: Frame, spans: list[Span]) -> None:
        self._value(node.call, frame.syntax.head(node), frame, spans)
        inner = frame._replace(scope=Scope(frame.scope))
        spans += self.nested(node.body, inner, self.at(node, frame))

    def _scoped(self, node: nodes.Node, frame: Frame, spans: list[Span]) -> None:
        body = cast("list[nodes.Node]", getattr(node, "body", []))
        spans += self.nested(body, frame, frame.syntax.text.location(node.lineno, node.lineno))

    # --- Origins ------------------------------------------------------------------------------------

    def _macro_origins(self, macro: Macro | None) -> Origins:
        """Return what makes the output of a macro vary, apart from its arguments."""
        if macro is None or macro.active:
            return ()
        if macro.origins is None:
            macro.active = True
            frame = macro.frame
            inner = frame._replace(scope=Scope(frame.scope))
            defaults = macro.node.defaults
            for name, value in zip(macro.node.args[len(macro.node.args) - len(defaults) :], defaults, strict=True):
                inner.scope.bind(name.name, self.origins(value, frame.syntax.default(macro.node, name.name), frame))
            macro.origins = origins_in(self.nested(macro.node.body, inner, self.at(macro.node, frame)))
            macro.active = False
        return macro.origins

    def origins(self, node: nodes.Node, place: tuple[int, int], frame: Frame) -> Origins:
        """Return an expression with what it was traced back to."""
        span = self._span(SpanKind.VARIABLE, place, frame, [node])
        return merged([Origin(span.text, span.location, span.calls)], span.origins)

    # --- Other files --------------------------------------------------------------------------------

    def _included(self, node: nodes.Include, frame: Frame, spans: list[Span]) -> None:
        span = self._follow(node, node.template, frame, None) or self._include(node, frame, None)
        if self.follower.spend(span.location):
            spans.append(span)

    def _follow(
        self,
        node: nodes.Extends | nodes.Include,
        named: nodes.Node,
        frame: Frame,
        blocks: dict[str, list[tuple[nodes.Block, Frame]]] | None,
    ) -> Span | None:
        """Return the span of a file that is put in here, or None where it cannot be followed."""
        location = self.at(node, frame)
        opened = self.find(named, frame, location, quiet=bool(getattr(node, "ignore_missing", False)))
        if opened is None:
            return None
        with self.follower.inside(opened, location) as allowed:
            syntax = self.parse(opened.text) if allowed else None
            if syntax is None:
                return None
            scope = frame.scope if blocks is not None else Scope(frame.scope)
            body = self._template(Frame(syntax, opened.path, scope, blocks or {}))
        return self._include(node, frame, body)

    def _include(self, node: nodes.Extends | nodes.Include, frame: Frame, body: tuple[Span, ...] | None) -> Span:
        start, end = frame.syntax.head(node)
        value = frame.syntax.text.value
        if isinstance(node.template, nodes.Const):
            name = str(node.template.value)
            at = value.find(name, start, end)
            start, end = (at, at + len(name)) if at >= 0 else (start, end)
        branches = () if body is None else (body,)
        return self._span(SpanKind.INCLUDE, (start, end), frame, [node.template], branches)

    def find(self, named: nodes.Node, frame: Frame, location: Location, *, quiet: bool) -> Opened | None:
        """Find the file that an expression names; None for one that is computed or not there."""
        names = _constants(named)
        return self.follower.find(names, frame.path, location, quiet=quiet) if names else None

    def at(self, node: nodes.Node, frame: Frame) -> Location:
        """Return where the inside of a node's tag stands."""
        return frame.syntax.text.location(*frame.syntax.expression(node))


def _is_super(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Call) and dotted(node.node)[0] == "super"


def _constants(node: nodes.Node) -> list[str]:
    """Return the file names that an include states; none for one that is computed."""
    items = node.items if isinstance(node, nodes.List | nodes.Tuple) else [node]
    return [item.value for item in items if isinstance(item, nodes.Const) and isinstance(item.value, str)]
