"""What `--policy` and `--engine` name: a row of a catalogue, and other values for some of its parameters.

`dynamo:overlap_score_credit=2,prefill_load_scale=1` is the policy `dynamo` with two parameters of the user's own. It
is shown under that name, so that a policy can be compared with itself.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from cachelens.catalog import load_catalog
from cachelens.errors import UsageError
from cachelens.fleet.engines.base import Engine
from cachelens.fleet.routing.base import Policy
from cachelens.model.fleet import ALL

ROUTING: Final = "fleet.routing"
ENGINES: Final = "fleet.engines"
_WORDS: Final = {ROUTING: ("routing policy", "policies"), ENGINES: ("engine", "engines")}
_SEED: Final = "seed"
"""A parameter of policies that has an option of its own."""
_MOST_REAL, _MOST_WHOLE = 1e12, 2**31 - 1
"""Largest values; whole numbers stand in a cell of an engine's memory."""


def policies_of(named: Sequence[str]) -> Iterator[Policy]:
    """Load policies in the order of the catalogue, each before its variants; `UsageError` for what is not known."""
    known = load_catalog(ROUTING).ids
    wanted = dict.fromkeys((*(known if ALL in named else ()), *(name for name in named if name != ALL)))
    factories = {name: _factory(name, ROUTING) for name in wanted}
    for name in sorted(wanted, key=lambda name: (known.index(_split(name)[0]), ":" in name)):
        made: Policy = factories[name]()
        own = parameters_of(made)
        given = {key: _real(name, key, value, own[key]) for key, value in _assignments(name, own)}
        yield dataclasses.replace(made.having(**given), id=_label(name, given))


def engine_of(name: str) -> Engine:
    """Load an engine; `UsageError` for one that no row has, and for a parameter that it does not have."""
    factory = _factory(name, ENGINES)
    own = settings_of(factory)
    given: dict[str, float] = {}
    for key, value in _assignments(name, own):
        given[key] = (_whole if isinstance(own[key], int) else _real)(name, key, value, own[key])
    made: Engine = factory(**given)
    return dataclasses.replace(made, id=_label(name, given))


def parameters_of(policy: Policy) -> Mapping[str, float]:
    """Return the parameters of a policy that can be given, with their values."""
    return {name: value for name, value in policy.parameters.items() if name != _SEED}


def settings_of(factory: Callable[..., Any]) -> Mapping[str, float]:
    """Return the numbers that an engine can be made with, and their defaults."""
    found = inspect.signature(factory).parameters.values()
    return {each.name: each.default for each in found if isinstance(each.default, int | float)}


def listed(parameters: Mapping[str, float]) -> str:
    """Write parameters as they are given."""
    return ",".join(f"{name}={value:.12g}" for name, value in parameters.items())


def _factory(name: str, family: str) -> Callable[..., Any]:
    """Return what makes the policy or engine; `UsageError`, with the nearest names, where there is none."""
    catalogue, identifier = load_catalog(family), _split(name)[0]
    if identifier in catalogue.ids:
        found: Callable[..., Any] = catalogue.get(identifier)
        return found
    near = get_close_matches(identifier.lower(), catalogue.ids, n=3)
    near = near or [known for known in catalogue.ids if identifier and identifier.lower() in known]
    nearest = f"nearest: {', '.join(near)}; " if near else ""
    what, kind = _WORDS[family]
    raise UsageError(f"no {what} is called `{identifier}`", hint=f"{nearest}`cachelens fleet --list {kind}` shows all")


def _split(name: str) -> tuple[str, str]:
    identifier, _, parameters = name.partition(":")
    return identifier.strip(), parameters


def _label(name: str, given: Mapping[str, float]) -> str:
    identifier, _ = _split(name)
    return f"{identifier}:{listed(given)}" if given else identifier


def _assignments(name: str, own: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Yield parameters and what is given for them, both as text."""
    identifier, parameters = _split(name)
    for part in parameters.split(",") if ":" in name else ():
        key, _, value = map(str.strip, part.partition("="))
        if key not in own:
            known = f"its parameters: {listed(own)}" if own else f"write `{identifier}` alone"
            raise UsageError(f"`{identifier}` has no parameter `{key}`", hint=known)
        yield key, value


def _real(name: str, key: str, text: str, default: float) -> float:
    """Read a number from 0; a parameter that has no bound by default may have none."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (0 <= value <= _MOST_REAL or (value == default == math.inf)):
        raise UsageError(f"`{name}`: {key} needs a number from 0", hint=f"its default is {default:g}")
    return value


def _whole(name: str, key: str, text: str, default: float) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_WHOLE)) and int(text) <= _MOST_WHOLE):
        raise UsageError(f"`{name}`: {key} needs a whole number from 0", hint=f"its default is {default:g}")
    return int(text)
