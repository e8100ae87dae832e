"""Reading YAML so that numbers keep their text and every value knows its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from cachelens.errors import PricingError

T = TypeVar("T")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")
_QUOTED = ("'", '"', "|", ">")
_NULL = ("~", "null", "")
_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_BOOL = {"true": True, "false": False}
_BaseLoader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_BaseLoader):
    """Leaves values without types, which `_scalar` gives them: asking for each would take half of the time."""

    def resolve(self, _kind: type[yaml.Node], _value: str | None, _implicit: object) -> str:
        return ""

    def descend_resolver(self, _parent: yaml.Node | None, _index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


class YamlFile:
    """One parsed file: plain values, and the line of each."""

    def __init__(self, path: Path, name: str) -> None:
        """Parse `path`; `name` stands for it in messages. Raises `PricingError`."""
        self.name = name
        self._root = _compose(path, name)
        self.data = self._plain(self._root)

    def line(self, path: str) -> int:
        """Return the line, from 1, of a value given as `$.models[2].prices[0]`, or of its nearest parent."""
        node: yaml.Node = self._root
        line = node.start_mark.line
        for key, index in _STEP.findall(path):
            found = _child(node, key, index)
            if found is None:
                break
            node, line = found
        return line + 1

    def convert(self, value: object, kind: type[T], path: str = "$", entry: str = "") -> T:
        """Turn a plain value into a type; raises `PricingError` with file, line and entry."""
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            message, _, where = str(error).partition(" - at `")
            inner = path + where.rstrip("`").removeprefix("$")
            if unknown := _UNKNOWN_FIELD.search(message):
                inner += f".{unknown[1]}"
            raise self.error(inner, message[:1].lower() + message[1:], entry) from None

    def error(self, path: str, message: str, entry: str = "", *, hint: str = "") -> PricingError:
        """Build the error for a value of this file."""
        where = f"{self.name}:{self.line(path)}"
        what = f"{entry}: " if entry else ""
        field = path.removeprefix("$").lstrip(".")
        at = f" (at {field})" if field else ""
        return PricingError(
            f"{where}: {what}{message}{at}", hint=hint or "correct the file; pricing/schema.json describes it"
        )

    def _plain(self, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item) for item in node.value]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                raise PricingError(
                    f"{self.name}:{key.start_mark.line + 1}: the key {name!r} stands twice",
                    hint="keep one of the two",
                )
            found[name] = self._plain(value)
        return found


def _compose(path: Path, name: str) -> yaml.MappingNode:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise PricingError(
            f"{name}: cannot be read ({error.strerror})", hint="check the path and its permissions"
        ) from None
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise PricingError(f"{name}{line}: not valid YAML: {problem}", hint="correct the file") from None
    if not isinstance(root, yaml.MappingNode):
        raise PricingError(f"{name}:1: expected a mapping at the top", hint="start the file with `provider:`")
    return root


def _scalar(node: yaml.Node) -> object:
    """Return null, booleans and whole numbers as such and everything else as its text, prices among them."""
    text = str(node.value)
    quoted = isinstance(node, yaml.ScalarNode) and node.style in _QUOTED
    if quoted:
        return text
    if text.lower() in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    return int(text) if _INT.fullmatch(text) else text


def _child(node: yaml.Node, key: str, index: str) -> tuple[yaml.Node, int] | None:
    """Return the node one step down and the line on which it begins (for a key, the key's own line)."""
    if isinstance(node, yaml.SequenceNode) and index and int(index) < len(node.value):
        item = node.value[int(index)]
        return item, item.start_mark.line
    if isinstance(node, yaml.MappingNode) and key:
        for name, value in node.value:
            if name.value == key:
                return value, name.start_mark.line
    return None
