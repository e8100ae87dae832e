"""Two versions of a folder of templates, each template beside its counterpart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from cachelens.model.location import Location
from cachelens.model.template import MessageTemplate, Origin, PromptTemplate, Span
from cachelens.templates.reading import discover, parse_file


class Pair(NamedTuple):
    """A template before and after a change of its text."""

    before: PromptTemplate
    after: PromptTemplate


class Base(NamedTuple):
    """An older version of templates on disk."""

    name: str
    """What it is called."""
    paths: tuple[str, ...]
    """Files and folders that hold it."""
    named: Callable[[str], str]
    """Gives the name by which the user calls a file in them."""


class Compared(NamedTuple):
    """What two versions have in common, and what not."""

    changed: tuple[Pair, ...]
    same: tuple[PromptTemplate, ...]
    """Templates whose text did not change."""
    added: tuple[PromptTemplate, ...]
    removed: tuple[PromptTemplate, ...]


def templates_in(
    paths: Sequence[str], wanted: Callable[[list[str]], list[str]], named: Callable[[str], str] = str
) -> list[PromptTemplate]:
    """Read the templates in files and folders.

    `named` gives the names by which files are called, `wanted` those of some names that are looked at.
    """
    roots = [Path(path) if Path(path).is_dir() else Path(path).parent for path in paths]
    files = {named(file.name): file for file in discover(paths)}
    found: list[PromptTemplate] = []
    for name in wanted(list(files)):
        parsed = parse_file(files[name].path, roots, name=name, language=files[name].language)
        found += parsed.templates
    return found


def compare(before: Sequence[PromptTemplate], after: Sequence[PromptTemplate]) -> Compared:
    """Put templates of the same file and name side by side.

    Where a file has one left over on both sides, they are taken for each other: it has another name now.
    """
    old, new = _by_name(before), _by_name(after)
    pairs = [(old.pop(key), new.pop(key)) for key in [key for key in old if key in new]]
    for path in dict.fromkeys(key[0] for key in old):
        left = [key for key in old if key[0] == path]
        right = [key for key in new if key[0] == path]
        if len(left) == len(right) == 1:
            pairs.append((old.pop(left[0]), new.pop(right[0])))
    changed = [Pair(*pair) for pair in pairs if _sent(pair[0]) != _sent(pair[1])]
    same = [pair[1] for pair in pairs if _sent(pair[0]) == _sent(pair[1])]
    return Compared(tuple(changed), tuple(same), tuple(new.values()), tuple(old.values()))


def _by_name(templates: Sequence[PromptTemplate]) -> dict[tuple[str, str, int], PromptTemplate]:
    """Key templates by file, name, and their number among those of the same name."""
    found: dict[tuple[str, str, int], PromptTemplate] = {}
    for template in templates:
        number = 0
        while (key := (template.location.path, template.name, number)) in found:
            number += 1
        found[key] = template
    return found


_NOWHERE = Location("", 1, 1, 1, 1)


def _sent(template: PromptTemplate) -> tuple[MessageTemplate, ...]:
    """Return what a template sends, wherever it is written."""
    return tuple(
        msgspec.structs.replace(message, spans=tuple(map(_bare, message.spans)), location=_NOWHERE)
        for message in template.messages
    )


def _bare(span: Span) -> Span:
    return Span(
        kind=span.kind,
        location=_NOWHERE,
        text=span.text,
        origins=tuple(Origin(origin.expression, _NOWHERE) for origin in span.origins),
        branches=tuple(tuple(map(_bare, branch)) for branch in span.branches),
    )


def counterpart(message: int, of: PromptTemplate, other: PromptTemplate) -> int | None:
    """Return the message of another version that stands where a message stands: the same role, the same number."""
    said = of.messages[message]
    key = said.role, said.section
    before = sum((one.role, one.section) == key for one in of.messages[:message])
    alike = [number for number, one in enumerate(other.messages) if (one.role, one.section) == key]
    return alike[before] if before < len(alike) else None
