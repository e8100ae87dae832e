"""The YAML head of a prompt file, and the prompt below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cachelens.model.template import Origin
from cachelens.templates.following import Follower
from cachelens.templates.nodes import Mapping, Node, NodeError, Scalar, get, items, location, pairs, word
from cachelens.templates.origins import Origins
from cachelens.templates.places import Text
from cachelens.templates.yaml_nodes import parse_yaml

_HEAD = re.compile(r"(?:[ \t]{0,20}(?:#[^\n]*)?\n)*+---[ \t]*\n")
_END = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
_MOST_SAMPLE = 200
"""Characters of a sample value that are shown as the origin of a variable."""


class Parts(NamedTuple):
    """A prompt file in two parts."""

    head: Node | None
    """None where there is no head, or one that cannot be read."""
    body: Text
    present: bool
    """True where the file has a head."""


def split(follower: Follower) -> Parts:
    """Cut off the head of the file being read, comment lines in front of it included."""
    text = follower.file.text
    start = _HEAD.match(text.value)
    end = _END.search(text.value, start.end()) if start else None
    if start is None or end is None:
        return Parts(None, text, present=False)
    try:
        head = parse_yaml(text.value[start.end() : end.start()], base=start.end())
    except NodeError as error:
        place = text.location(error.start, error.start)
        follower.problem(place, error.code, f"not valid YAML between the `---` lines: {error.why}; correct it")
        head = None
    return Parts(head, text.part(end.end(), len(text.value)), present=True)


def has_head(text: str) -> bool:
    """Say whether a text begins as a file with a head does."""
    return _HEAD.match(text) is not None


def first_word(head: Node | None, *paths: tuple[str, ...]) -> str:
    """Return the first of some settings that is given and is not left to the environment."""
    found = (word(head, *path) for path in paths)
    return next((value for value in found if value and "${" not in value), "")


def inputs(head: Node | None, text: Text, *paths: tuple[str, ...]) -> dict[str, Origins]:
    """Return the sample or default values of inputs, as the origins of the variables that they fill."""
    known: dict[str, Origins] = {}
    for path in paths:
        for name, value in _named(get(head, *path)):
            scalar = value if isinstance(value, Scalar) else _default(value)
            if scalar is not None and scalar.value:
                known.setdefault(name, (Origin(scalar.value[:_MOST_SAMPLE], location(scalar, text.places)),))
    return known


def _named(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Yield inputs that are given by name, or as a list of things that have a name."""
    for key, value in pairs(node):
        yield key.value, value
    for item in items(node):
        name = word(item, "name")
        if name:
            yield name, item


def _default(node: Node) -> Scalar | None:
    if not isinstance(node, Mapping):
        return None
    for key in ("default", "sample", "example", "value"):
        found = get(node, key)
        if isinstance(found, Scalar):
            return found
    return None
