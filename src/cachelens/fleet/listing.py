"""What `cachelens fleet --list` shows: every name that an option takes."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Final

from cachelens.catalog import CatalogRow, load_catalog
from cachelens.fleet.engines.base import Engine
from cachelens.fleet.hardware import WINDOWED_CONTEXT, kv_bytes
from cachelens.fleet.named import ENGINES, ROUTING, listed, parameters_of, settings_of
from cachelens.fleet.routing.base import Policy
from cachelens.fleet.tables import Gpu, Llm, Number, Row, gpus, llms
from cachelens.model.fleet import ListedName, NameList

_KIB: Final = 1024
_PARAMETERS: Final = "Below a name stand its parameters, as NAME:PARAMETER=VALUE,PARAMETER=VALUE changes them."
_RATIO: Final = "`ratio` is the size of the host's memory over that of the GPU's cache."
_ALIASES: Final = "Other names of a row stand below it."


def policies() -> NameList:
    """Return the routing policies."""
    rows = load_catalog(ROUTING)
    found = []
    for made in (factory() for factory in rows):
        policy: Policy = made
        found.append(ListedName(id=policy.id, summary=policy.summary, details=_given(listed(parameters_of(policy)))))
    return NameList(title="Routing policies, for --policy", rows=tuple(found), reading=_PARAMETERS)


def engines() -> NameList:
    """Return the engines."""
    catalogue = load_catalog(ENGINES)
    rows = [_engine(row, catalogue.get(row.id)) for row in catalogue.rows]
    return NameList(title="Engines, for --engine", rows=tuple(rows), reading=f"{_PARAMETERS} {_RATIO}")


def _engine(row: CatalogRow, factory: Callable[..., Engine]) -> ListedName:
    """Describe an engine by the first sentence of its file, without making it, and by what its row sets."""
    page = importlib.import_module(row.object.partition(":")[0]).__doc__ or ""
    summary = " ".join(page.split("\n\n")[0].split()).rstrip(".")
    fixed = factory.args if isinstance(factory, functools.partial) else ()
    named = f"{summary}; {', '.join(map(str, fixed))}" if fixed else summary
    return ListedName(id=row.id, summary=named, details=_given(listed(settings_of(factory))))


def _given(parameters: str) -> tuple[str, ...]:
    return (parameters.replace(",", ", "),) if parameters else ()


def graphics() -> NameList:
    """Return the GPUs."""
    return NameList(title="GPUs, for --gpu", rows=tuple(map(_gpu, gpus())), reading=_ALIASES)


def _gpu(row: Gpu) -> ListedName:
    peak = f"{row.tflops[Number.BF16]:,.0f} TFLOPS in bf16"
    return _named(row, f"{row.name}: {row.memory_gib:g} GiB, {row.bandwidth_gb_s:,.0f} GB/s, {peak}")


def models() -> NameList:
    """Return the language models."""
    return NameList(title="Language models, for --llm", rows=tuple(map(_llm, llms())), reading=_ALIASES)


def _llm(row: Llm) -> ListedName:
    size = f"{row.parameters_b:.4g}B parameters in {row.weights.value}"
    kib = kv_bytes(row, WINDOWED_CONTEXT) / WINDOWED_CONTEXT / _KIB
    return _named(row, f"{row.name}: {size}, {kib:,.0f} KiB of KV a token")


def _named(row: Row, summary: str) -> ListedName:
    return ListedName(id=row.id, summary=summary, details=row.aliases)


LISTS: Final[dict[str, Callable[[], NameList]]] = {
    "policies": policies,
    "engines": engines,
    "gpus": graphics,
    "llms": models,
}
