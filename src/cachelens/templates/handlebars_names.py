"""What a Handlebars tag reads, which helpers it applies, and what it binds."""

from __future__ import annotations

import re
from typing import NamedTuple

_WORD = re.compile(r"\"[^\"\n]*+\"|'[^'\n]*+'|[()|]|[\w$-]+=|[^\s()|\"'=]+")
_LITERAL = re.compile(r"[\"']|[-+]?\d+(?:\.\d+)?\Z|(?:true|false|null|undefined)\Z")
_UP = re.compile(r"\A(?:\.\./)+")


class Uses(NamedTuple):
    """What one tag uses."""

    names: tuple[str, ...]
    """As written: `../user.name`, `this`, `@index`."""
    helpers: tuple[str, ...]
    """First applied to last."""
    bound: tuple[str, ...]
    """Names behind `as |...|`."""


def uses(source: str, *, helper: bool = False) -> Uses:
    """Read the inside of a tag; `helper` says that the first word is a helper even if nothing follows it."""
    words = [match[0] for match in _WORD.finditer(source)]
    words, bound = _bound(words)
    names: dict[str, None] = {}
    helpers: list[str] = []
    first, inner = True, False
    for number, word in enumerate(words):
        if word == "(":
            first, inner = True, True
        elif word == ")" or word.endswith("="):
            first = False
        elif first:
            following = words[number + 1] if number + 1 < len(words) else ")"
            applied = inner or helper or following != ")"
            first = helper = False
            if applied:
                helpers.append(word)
            elif not _LITERAL.match(word):
                names[word] = None
        elif not _LITERAL.match(word):
            names[word] = None
    return Uses(tuple(names), tuple(reversed(helpers)), bound)


def _bound(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    for number in range(len(words) - 1):
        if words[number] == "as" and words[number + 1] == "|":
            return words[:number], tuple(word for word in words[number + 2 :] if word != "|")
    return words, ()


def plain(name: str) -> str:
    """Write a path as a dotted name: `../user/name` and `this.user.name` are `user.name`."""
    name = _UP.sub("", name).removeprefix("@root.").removeprefix("./")
    name = name.removeprefix("this.").removeprefix("this/")
    name = re.sub(r"\.?\[(\w+)\]", lambda found: "" if found[1].isdigit() else f".{found[1]}", name)
    return "this" if name in {".", ""} else name.replace("/", ".").strip(".") or "this"


def levels_up(name: str) -> int:
    """Say from how far outside a path is read; a path from the root from very far."""
    if name.startswith("@root"):
        return 1000
    return name.count("../") if name.startswith("../") else 0
