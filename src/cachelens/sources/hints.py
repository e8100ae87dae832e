"""What addresses, provider names and model names tell about a request, read from `hints.yaml`."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import msgspec


class Hint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one pattern tells; empty fields tell nothing."""

    match: str = ""
    dialect: str = ""
    provider: str = ""
    platform: str = ""
    modifier: str = ""


class Hints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows of the file."""

    addresses: tuple[Hint, ...]
    paths: tuple[Hint, ...]
    other_calls: str
    providers: dict[str, Hint]
    five_minute_writes: str
    anthropic_models: str
    modifiers: dict[str, dict[str, str]]


NO_HINT = Hint()


@cache
def hints() -> Hints:
    """Read the table, once."""
    import yaml

    text = resources.files("cachelens.sources").joinpath("hints.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Hints)


@cache
def of_address(address: str) -> Hint:
    """Return what a URL or path tells."""
    table = hints()
    host = next((row for row in table.addresses if re.search(row.match, address)), NO_HINT)
    path = next((row for row in table.paths if re.search(row.match, address)), NO_HINT)
    return Hint(
        dialect=path.dialect or host.dialect, provider=host.provider, platform=host.platform, modifier=host.modifier
    )


@cache
def of_provider(name: str) -> Hint:
    """Return what a provider or platform field tells; an unknown name stands for itself."""
    known = hints().providers.get(name.lower().replace(" ", "_"))
    return known if known is not None else Hint(provider=name.lower())


@cache
def is_other_call(address: str) -> bool:
    """Say whether the address is not that of a language model call."""
    if any(re.search(row.match, address) for row in hints().paths):
        return False
    return re.search(hints().other_calls, address) is not None


@cache
def write_ttl(model: str) -> str:
    """Return the class of cache writes that a model reports without one."""
    return "5m" if re.search(hints().five_minute_writes, model.lower()) else "30m"


@cache
def speaks_anthropic(model: str) -> bool:
    """Say whether the model name tells that a body of messages is in the Anthropic dialect."""
    return re.search(hints().anthropic_models, model.lower()) is not None


def modifier(field: str, value: str) -> str:
    """Return the price modifier that a field value stands for; empty for none."""
    return hints().modifiers[field].get(value, "")
