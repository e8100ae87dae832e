"""Rules by the words that people use for them: an id, the beginning of ids, or a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from itertools import zip_longest

from cachelens.catalog import load_catalog
from cachelens.errors import UsageError

_BEGINNING = re.compile(r"[A-Z][0-9]{0,3}")
_DIGITS = str.maketrans("OQILZSB", "0011258")
"""Letters that look like digits."""


def ids_of(word: str) -> tuple[str, ...]:
    """Return the rules that a word stands for; `UsageError` for one that stands for none."""
    ids = load_catalog("rules").ids
    if _BEGINNING.fullmatch(word.upper()):
        found = tuple(identifier for identifier in ids if identifier.startswith(word.upper()))
    else:
        found = tuple(identifier for identifier, names in _names().items() if word.lower() in names)
    if found:
        return found
    near = _nearest(word)
    meant = f"Did you mean `{near}`? " if near else ""
    raise UsageError(f"there is no rule `{word}`", hint=f"{meant}`cachelens rule` lists them.")


def all_of(words: Iterable[str]) -> frozenset[str]:
    """Return the rules that some words stand for together; `UsageError` for a word that stands for none."""
    return frozenset(identifier for word in words for identifier in ids_of(word))


def chosen(select: Iterable[str], ignore: Iterable[str]) -> tuple[str, ...]:
    """Return the rules that judge, in the order of the catalogue: the selected ones, all if there are none."""
    wanted, unwanted = all_of(select), all_of(ignore)
    ids = load_catalog("rules").ids
    return tuple(found for found in ids if (found in wanted or not wanted) and found not in unwanted)


def _nearest(word: str) -> str:
    """Return the id or name that was most likely meant; empty where none is near."""
    ids = load_catalog("rules").ids
    meant = word[:1].upper() + word[1:].upper().translate(_DIGITS)
    if meant in ids:
        return meant
    if _BEGINNING.fullmatch(meant):
        family = [identifier for identifier in ids if identifier[0] == meant[0]]
        return min(family, key=lambda one: (_other(one, meant), one), default="")
    near = get_close_matches(word.lower(), [name for names in _names().values() for name in names], 1)
    return near[0] if near else ""


def _other(one: str, other: str) -> int:
    """Count the places in which two ids differ."""
    return sum(first != second for first, second in zip_longest(one, other))


@cache
def _names() -> dict[str, tuple[str, str]]:
    """Return the name of each rule, and that of its file."""
    catalog = load_catalog("rules")
    files = {row.id: row.object.partition(":")[0].rpartition(".")[2] for row in catalog.rows}
    return {
        identifier: (catalog.get(identifier).name, files[identifier].replace("_", "-")) for identifier in catalog.ids
    }
