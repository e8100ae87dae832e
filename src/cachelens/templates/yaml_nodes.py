"""YAML text to nodes, from the events of the parser: nothing is constructed, and depth cannot exhaust the stack."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from cachelens.templates.nodes import MOST_LEVELS, Items, Mapping, Node, NodeError, Scalar

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)+")


class _Open(NamedTuple):
    """A list or mapping that is still being read."""

    node: Items | Mapping
    anchor: str | None
    keys: list[Node]
    """The key that waits for its value, if there is one."""


def parse_yaml(text: str, *, base: int = 0) -> Node | None:
    """Return the first document of a text, None if it is empty; raises `NodeError`.

    `base` is the offset in the file at which the text begins. An alias is the very node that it stands for.
    """
    try:
        return _Builder(text, base).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NodeError(base + (mark.index if mark else 0), error.problem or "it cannot be parsed") from None
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        raise NodeError(base + position, "a character that YAML does not allow") from None
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        raise NodeError(base, type(error).__name__) from None


class _Builder:
    def __init__(self, text: str, base: int) -> None:
        self._text = text
        self._base = base
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._root: Node | None = None

    def build(self) -> Node | None:
        for event in yaml.parse(self._text, Loader=_LOADER):
            if isinstance(event, DocumentEndEvent):
                break
            self._take(event)
        return self._root

    def _take(self, event: Event) -> None:
        match event:
            case ScalarEvent():
                self._add(self._scalar(event), event.anchor)
            case MappingStartEvent() | SequenceStartEvent():
                start = self._base + _index(event.start_mark)
                if len(self._stack) >= MOST_LEVELS:
                    raise NodeError(start, f"more than {MOST_LEVELS} levels of nesting", "too-deep")
                node = Mapping([], start, start) if isinstance(event, MappingStartEvent) else Items([], start, start)
                self._stack.append(_Open(node, event.anchor, []))
            case MappingEndEvent() | SequenceEndEvent():
                opened = self._stack.pop()
                node = opened.node._replace(end=self._base + _index(event.end_mark))
                self._add(node, opened.anchor)
            case AliasEvent():
                self._add(self._anchors.get(event.anchor or "", Scalar("", 0, 0, "")), None)
            case _:
                pass

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._stack:
            self._root = node
            return
        parent, _, keys = self._stack[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
        elif not keys:
            keys.append(node)
        else:
            key = keys.pop()
            parent.pairs.append((key if isinstance(key, Scalar) else Scalar("", key.start, key.start, ""), node))

    def _scalar(self, event: ScalarEvent) -> Scalar:
        start = _index(event.start_mark)
        if event.anchor or event.tag or self._text[start : start + 1] in {"&", "!"}:
            properties = _PROPERTIES.match(self._text, start)
            start = properties.end() if properties else start
        style = event.style if event.style in {'"', "'", "|", ">"} else ""
        return Scalar(event.value, self._base + start, self._base + _index(event.end_mark), style)


class _Mark(Protocol):
    """What the two parsers' marks have in common."""

    index: int


def _index(mark: _Mark | None) -> int:
    return mark.index if mark is not None else 0
