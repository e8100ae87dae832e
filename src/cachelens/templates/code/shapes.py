"""The table of calls that carry prompts, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec

from cachelens.model.prompt import Role


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one part of a request stands among the arguments of a call."""

    reads: str
    """`tools`, `system`, `messages`, `input`, `schema` or `template`."""
    paths: tuple[str, ...]


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One family of calls; the fields are described in `shapes.yaml`."""

    id: str
    calls: tuple[str, ...]
    rank: int
    sections: tuple[Section, ...]
    languages: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    made_by: frozenset[str] = frozenset()
    model: tuple[str, ...] = ()
    bare: bool = False


class Shapes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table."""

    shapes: tuple[Shape, ...]
    messages: dict[str, str]
    roles: dict[str, str]
    marks: frozenset[str]
    asks: frozenset[str]
    contents: tuple[str, ...]
    aside: frozenset[str]
    blocks: frozenset[str]

    def role(self, text: str) -> Role:
        """Return what a written role means; `NONE` when it is not known."""
        return Role[self.roles.get(text, "NONE")]


@cache
def load_shapes() -> Shapes:
    """Read the table."""
    import yaml

    text = resources.files("cachelens.templates.code").joinpath("shapes.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Shapes)


@cache
def _by_call(language: str) -> dict[str, tuple[Shape, ...]]:
    found: dict[str, tuple[Shape, ...]] = {}
    for shape in load_shapes().shapes:
        if not shape.languages or language in shape.languages:
            for call in shape.calls:
                found[call] = (*found.get(call, ()), shape)
    return found


@cache
def call_words() -> frozenset[str]:
    """Return the last words of all calls: what a file must contain to hold one."""
    return frozenset(call.rpartition(".")[2] for shape in load_shapes().shapes for call in shape.calls)


def shapes_of(name: str, language: str) -> tuple[Shape, ...]:
    """Return the shapes that a dotted name may have, those that say most about it first."""
    table = _by_call(language)
    found: tuple[Shape, ...] = ()
    rest = name
    while rest:
        found = (*found, *table.get(rest, ()))
        rest = rest.partition(".")[2]
    return found
