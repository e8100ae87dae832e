"""The choices of a stack, checked, with what they name."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from cachelens.config.compiling import CompileOptions
from cachelens.errors import UsageError
from cachelens.layers.embedders.base import Embedder
from cachelens.layers.embedders.choosing import embedder
from cachelens.layers.gates import gate_of, paths_of
from cachelens.layers.normal import Normal, normal
from cachelens.layers.traffic import TENANT
from cachelens.model.call import CallPaths
from cachelens.model.stack import LAYERS, Scope, StackChoices
from cachelens.providers.book import PriceBook
from cachelens.providers.loading import load_pricing


class StackPlan(NamedTuple):
    """What to replay: choices that were checked, and what they name."""

    choices: StackChoices
    normal: Normal
    book: PriceBook
    embedder: Embedder
    """Compares questions, where the log has no vectors of its own, and answers."""


def plan(choices: StackChoices) -> StackPlan:
    """Check the choices and load what they name; `UsageError` for what is not known or contradicts itself."""
    for layer in choices.layers:
        if layer not in LAYERS:
            raise UsageError(f"there is no layer called {layer!r}", hint=f"choose from: {', '.join(LAYERS)}")
    if not choices.layers:
        raise UsageError("no layer is named", hint=f"choose from: {', '.join(LAYERS)}")
    _check_gates(choices)
    exact = choices.exact
    return StackPlan(
        choices=choices,
        normal=normal(exact.normalise, exact.keep),
        book=load_pricing(choices.pricing),
        embedder=embedder(choices.semantic.embedder),
    )


def _check_gates(choices: StackChoices) -> None:
    on, off = choices.semantic.gates, choices.semantic.no_gates
    for name in (*on, *off):
        gate_of(name)
        if name in on and name in off:
            raise UsageError(f"the gate {name!r} is switched on and off", hint="leave out --gate or --no-gate")
    if TENANT in off and choices.scope is Scope.TENANT:
        raise UsageError("the gate 'tenant' is what --scope tenant means", hint="say --scope public to leave it out")
    if TENANT in on and choices.scope is Scope.PUBLIC:
        raise UsageError("--scope public leaves the gate 'tenant' out", hint="say --scope tenant to switch it on")


def reading_of(choices: StackChoices) -> CallPaths:
    """Return what the readers of logs must look for; `UsageError` for a field that no gate has."""
    return CallPaths(fields=paths_of(choices.fields), question=choices.question, vector=choices.vectors)


def with_calls(options: CompileOptions, choices: StackChoices) -> CompileOptions:
    """Have text, parameters and answers kept for the response caches."""
    read = msgspec.structs.replace(options.read, calls=reading_of(choices))
    return msgspec.structs.replace(options, read=read, keep_text=True)
