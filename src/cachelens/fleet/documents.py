"""Reading the fleet's YAML files: tables of hardware and descriptions of workloads.

A file is parsed without running anything in it; each error names the file, the line and the next step.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from cachelens.errors import UsageError

T = TypeVar("T")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[(\.{3})\]")
_UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")
_LARGEST = 4_000_000
"""Bytes; a larger file is not one that a person wrote."""


def read(path: Path, kind: type[T], *, hint: str) -> T:
    """Return what a file holds as a strict type; `UsageError` with file, line and `hint` for what does not fit."""
    root = _compose(path, hint)
    try:
        return msgspec.convert(_plain(root, path, hint), kind)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        steps = where.rstrip("`").removeprefix("$")
        if unknown := _UNKNOWN_FIELD.search(message):
            steps += f".{unknown[1]}"
        at = f" (at {steps.lstrip('.')})" if steps else ""
        raise UsageError(f"{path}:{_line(root, steps)}: {message[:1].lower()}{message[1:]}{at}", hint=hint) from None


def _compose(path: Path, hint: str) -> yaml.MappingNode:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a description", hint=hint)
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="check the path and its permissions") from None
    try:
        events = yaml.parse(text, Loader=yaml.SafeLoader)
        if any(isinstance(event, yaml.AliasEvent) for event in events):
            raise UsageError(f"{path}: aliases (*name) are not followed", hint="write the value out")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise UsageError(f"{path}{line}: not valid YAML: {problem}", hint="correct the file") from None
    if not isinstance(root, yaml.MappingNode):
        raise UsageError(f"{path}:1: expected names with values at the top", hint=hint)
    return root


def _plain(node: yaml.Node, path: Path, hint: str) -> object:
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path, hint) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, object] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                raise UsageError(f"{path}:{key.start_mark.line + 1}: {name!r} stands twice", hint="keep one of the two")
            found[name] = _plain(value, path, hint)
        return found
    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_object(node)
    except (yaml.YAMLError, ValueError):
        raise UsageError(f"{path}:{node.start_mark.line + 1}: a value that is no plain one", hint=hint) from None
    finally:
        loader.dispose()
    return value if isinstance(value, str | int | float | bool) or value is None else str(node.value)


def _line(root: yaml.Node, steps: str) -> int:
    """Return the line, from 1, of a place such as `.stages[2].rate`, or of its nearest parent."""
    node, line = root, root.start_mark.line
    for name, number, _ in _STEP.findall(steps):
        if isinstance(node, yaml.SequenceNode) and number and int(number) < len(node.value):
            node = node.value[int(number)]
            line = node.start_mark.line
        elif isinstance(node, yaml.MappingNode) and name:
            pairs = [(key, value) for key, value in node.value if key.value == name]
            if not pairs:
                break
            line, node = pairs[0][0].start_mark.line, pairs[0][1]
        else:
            break
    return line + 1
