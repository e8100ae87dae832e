"""JSON text to nodes. YAML cannot stand in: it refuses surrogate pairs and tabs."""

from __future__ import annotations

import json
import re

from cachelens.templates.nodes import MOST_LEVELS, Items, Mapping, Node, NodeError, Scalar

_TOKEN = re.compile(r'(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*+")|(?P<mark>[\[\]{}:,])|(?P<plain>[-+.\w]+)', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")


def parse_json(text: str) -> Node | None:
    """Return the value of a text, None if it is empty; raises `NodeError`."""
    builder = _Builder()
    position = _behind_space(text, 0)
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise NodeError(position, "an unexpected character")
        builder.take(token)
        position = _behind_space(text, token.end())
    return builder.result(len(text))


def _behind_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


class _Builder:
    """Builds the tree of one value, token by token."""

    def __init__(self) -> None:
        self._stack: list[Items | Mapping] = []
        self._keys: list[Scalar | None] = []
        self._root: Node | None = None
        self._ready = True
        """True where a value or key may come."""

    def take(self, token: re.Match[str]) -> None:
        start = token.start()
        match token[0]:
            case "{" | "[":
                self._open(Mapping([], start, start) if token[0] == "{" else Items([], start, start))
            case "}" | "]":
                self._close(token)
            case ",":
                self._expect(not self._ready and bool(self._stack), start)
                self._ready = True
            case ":":
                top = self._stack[-1] if self._stack else None
                self._expect(isinstance(top, Mapping) and not self._ready and self._keys[-1] is not None, start)
                self._ready = True
            case _:
                self._value(_scalar(token))

    def result(self, end: int) -> Node | None:
        if self._stack:
            raise NodeError(end, "it ends inside a list or object")
        return self._root

    def _open(self, node: Items | Mapping) -> None:
        if len(self._stack) >= MOST_LEVELS:
            raise NodeError(node.start, f"more than {MOST_LEVELS} levels of nesting", "too-deep")
        self._expect(self._ready and not self._wants_key(), node.start)
        self._stack.append(node)
        self._keys.append(None)
        self._ready = True

    def _close(self, token: re.Match[str]) -> None:
        fits = bool(self._stack) and isinstance(self._stack[-1], Mapping) == (token[0] == "}")
        self._expect(fits and (self._keys[-1] is None), token.start())
        node = self._stack.pop()._replace(end=token.end())
        self._keys.pop()
        self._ready = True
        self._value(node)

    def _value(self, node: Node) -> None:
        self._expect(self._ready, node.start)
        self._ready = False
        if not self._stack:
            self._expect(self._root is None, node.start)
            self._root = node
            return
        parent = self._stack[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._expect(isinstance(node, Scalar), node.start)
            self._keys[-1] = node if isinstance(node, Scalar) else None
        else:
            parent.pairs.append((key, node))
            self._keys[-1] = None

    def _wants_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1], Mapping) and self._keys[-1] is None

    def _expect(self, right: bool, start: int) -> None:  # noqa: FBT001  # reads like an assertion
        if not right:
            raise NodeError(start, "an unexpected token")


def _scalar(token: re.Match[str]) -> Scalar:
    if token["string"] is None:
        return Scalar(token[0], token.start(), token.end(), "")
    try:
        return Scalar(json.loads(token[0]), token.start(), token.end(), "j")
    except ValueError:
        raise NodeError(token.start(), "a string with a wrong escape") from None
