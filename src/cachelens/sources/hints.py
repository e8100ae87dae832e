"""What addresses, provider names and model names tell about a request, read from `hints.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources

import msgspec

from cachelens.catalog import load_yaml


class Hint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one pattern tells; empty fields tell nothing."""

    match: str = ""
    dialect: str = ""
    provider: str = ""
    platform: str = ""
    modifier: str = ""
    write_ttl: str = ""


class Hints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows of the file."""

    addresses: tuple[Hint, ...]
    paths: tuple[Hint, ...]
    other_calls: str
    providers: dict[str, Hint]
    models: tuple[Hint, ...]
    mark_ttls: dict[str, str]
    message_ids: tuple[Hint, ...]
    shared_ids: str
    anthropic_models: str
    modifiers: dict[str, dict[str, str]]


NO_HINT = Hint()
MOST_NAMES = 4_096
"""Answers that are kept. Names come from logs, and a log may have no end of them."""


@cache
def hints() -> Hints:
    """Read the table, once."""
    text = resources.files("cachelens.sources").joinpath("hints.yaml").read_text(encoding="utf-8")
    return msgspec.convert(load_yaml(text), Hints)


def _first(rows: Iterable[Hint], text: str) -> Hint:
    return next((row for row in rows if re.search(row.match, text)), NO_HINT)


@lru_cache(MOST_NAMES)
def of_address(address: str) -> Hint:
    """Return what a URL or path tells."""
    table = hints()
    host, path = _first(table.addresses, address), _first(table.paths, address)
    return Hint(
        dialect=path.dialect or host.dialect, provider=host.provider, platform=host.platform, modifier=host.modifier
    )


@lru_cache(MOST_NAMES)
def of_provider(name: str) -> Hint:
    """Return what a provider or platform field tells; an unknown name stands for itself."""
    known = hints().providers.get(name.lower().replace(" ", "_"))
    return known if known is not None else Hint(provider=name.lower())


@lru_cache(MOST_NAMES)
def is_other_call(address: str) -> bool:
    """Say whether the address is not that of a language model call."""
    if _first(hints().paths, address) is not NO_HINT:
        return False
    return re.search(hints().other_calls, address) is not None


@lru_cache(MOST_NAMES)
def of_model(name: str) -> Hint:
    """Return what a model name tells."""
    return _first(hints().models, name.lower())


def write_ttl(model: str) -> str:
    """Return the class of cache writes that a model reports without one."""
    return of_model(model).write_ttl


def mark_ttl(dialect: str) -> str:
    """Return the TTL of a cache mark that names none."""
    return hints().mark_ttls[dialect]


def of_message_id(identifier: str) -> Hint:
    """Return what the id of a message tells."""
    return _first(hints().message_ids, identifier)


@lru_cache(MOST_NAMES)
def shared_ids() -> re.Pattern[str]:
    """Return what ids begin with that several calls have in common."""
    return re.compile(hints().shared_ids)


@lru_cache(MOST_NAMES)
def speaks_anthropic(model: str) -> bool:
    """Say whether the model name tells that a body of messages is in the Anthropic dialect."""
    return re.search(hints().anthropic_models, model.lower()) is not None


@lru_cache(MOST_NAMES)
def modifiers_by(
    *, service_tier: str | None = "", speed: str | None = "", inference_geo: str | None = "", codex_tier: str = ""
) -> tuple[str, ...]:
    """Return the price modifiers that the values of these fields stand for."""
    fields = (
        ("service_tier", service_tier),
        ("speed", speed),
        ("inference_geo", inference_geo),
        ("codex_tier", codex_tier),
    )
    found = [hints().modifiers[field].get(value, "") for field, value in fields if value]
    return tuple(dict.fromkeys(name for name in found if name))
