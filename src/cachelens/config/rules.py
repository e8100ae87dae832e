"""Rules by the words that people use for them: an id, the beginning of ids, or a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from cachelens.catalog import load_catalog
from cachelens.errors import UsageError

_BEGINNING = re.compile(r"[A-Z][0-9]{0,3}")


def ids_of(word: str) -> tuple[str, ...]:
    """Return the rules that a word stands for; `UsageError` for one that stands for none."""
    ids = load_catalog("rules").ids
    if _BEGINNING.fullmatch(word.upper()):
        found = tuple(identifier for identifier in ids if identifier.startswith(word.upper()))
    else:
        found = tuple(identifier for identifier, name in _names().items() if name == word)
    if found:
        return found
    near = get_close_matches(word, [*ids, *_names().values()], 1)
    meant = f"Did you mean `{near[0]}`? " if near else ""
    raise UsageError(f"there is no rule `{word}`", hint=f"{meant}`cachelens rule` lists them.")


def all_of(words: Iterable[str]) -> frozenset[str]:
    """Return the rules that some words stand for together; `UsageError` for a word that stands for none."""
    return frozenset(identifier for word in words for identifier in ids_of(word))


def chosen(select: Iterable[str], ignore: Iterable[str]) -> tuple[str, ...]:
    """Return the rules that judge, in the order of the catalogue: the selected ones, all if there are none."""
    wanted, unwanted = all_of(select), all_of(ignore)
    ids = load_catalog("rules").ids
    return tuple(found for found in ids if (found in wanted or not wanted) and found not in unwanted)


@cache
def _names() -> dict[str, str]:
    catalog = load_catalog("rules")
    return {identifier: catalog.get(identifier).name for identifier in catalog.ids}
