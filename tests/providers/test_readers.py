"""Every field and word of the rule files is read by some code, or stands here with the reason why none has to."""

from __future__ import annotations

import ast
import enum
import functools
import importlib
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from cachelens.providers import vocabulary
from cachelens.providers.loading import load_pricing
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import BatchCaching, ProfileStatus, RoutingKind, TtlKind
from tests.providers.readers import DOCUMENTATION_ONLY, LEFT_OUT, READERS, WORDS

PACKAGE = Path(importlib.import_module("cachelens").__file__ or "").parent
BOOK = load_pricing()


def structs(kind: object, seen: dict[str, type[msgspec.Struct]]) -> dict[str, type[msgspec.Struct]]:
    """Collect a structure and all that stand within it, by name."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__name__ not in seen:
        seen[kind.__name__] = kind
        for hint in typing.get_type_hints(kind).values():
            structs(hint, seen)
    for argument in typing.get_args(kind):
        structs(argument, seen)
    return seen


FIELDS = {
    f"{name}.{field}" for name, kind in structs(CacheProfile, {}).items() for field in typing.get_type_hints(kind)
}
ENUMS = [
    kind
    for kind in vars(vocabulary).values()
    if isinstance(kind, type) and issubclass(kind, enum.Enum) and kind.__module__ == vocabulary.__name__
]


@functools.cache
def names_in(module: str) -> frozenset[str]:
    """Return the attributes that a module reads, `Class.WORD` for words, and the strings that it holds."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / module).read_bytes())):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
            if isinstance(node.value, ast.Name):
                found.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return frozenset(found)


def test_every_field_has_a_reader_or_a_reason() -> None:
    assert set(READERS) | set(DOCUMENTATION_ONLY) == FIELDS
    assert set(READERS) & set(DOCUMENTATION_ONLY) == set()


@pytest.mark.parametrize(("field", "module"), sorted(READERS.items()))
def test_the_reader_reads_it(field: str, module: str) -> None:
    assert field.rpartition(".")[2] in names_in(module)


def test_every_word_is_followed_or_stands_for_the_rest() -> None:
    modules = [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]
    read = frozenset[str]().union(*(names_in(m) for m in modules if m != "providers/vocabulary.py"))
    words = {f"{kind.__name__}.{word.name}" for kind in ENUMS for word in kind}
    assert words - read == set(WORDS)


def test_every_reason_is_given() -> None:
    assert all((DOCUMENTATION_ONLY | WORDS).values())


def values(item: object, path: str) -> Iterator[object]:
    """Yield what stands at a dotted path; `*` goes through the values of a mapping."""
    head, _, rest = path.partition(".")
    if not head:
        yield item
    elif item is not None:
        parts = list(item.values()) if isinstance(item, Mapping) and head == "*" else [_within(item, head)]
        for part in parts:
            yield from values(part, rest)


def _within(item: object, name: str) -> object:
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name)


HARMLESS: tuple[object, ...] = (None, (), True, BatchCaching.FULL, BatchCaching.NONE, TtlKind.MINIMUM, TtlKind.EXACT)
"""Values under which there is nothing to leave out."""


@pytest.mark.parametrize(
    "profile", [p for p in BOOK.profiles.values() if p.status is ProfileStatus.STABLE], ids=lambda p: p.id
)
def test_a_stable_profile_says_what_it_sets_but_nobody_replays(profile: CacheProfile) -> None:
    for path, words in LEFT_OUT.items():
        if any(value not in HARMLESS for value in values(profile, path)):
            assert words in profile.leaves_out, path


def test_a_preview_says_what_it_leaves_out() -> None:
    for profile in BOOK.profiles.values():
        assert profile.leaves_out or profile.status is ProfileStatus.STABLE, profile.id


def test_what_only_previews_hold_is_in_no_stable_profile() -> None:
    for profile in BOOK.profiles.values():
        if profile.status is ProfileStatus.STABLE:
            assert profile.read.guaranteed, profile.id
            assert profile.write.unit_ends == (), profile.id
            assert profile.isolation_field == "", profile.id
            assert profile.routing is None or profile.routing.kind is RoutingKind.PREFIX_HASH, profile.id
