"""Request parameters that are part of a cache key, as zero-token parts at the level that they void."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

import msgspec
from msgspec import Raw

from cachelens.catalog import load_yaml
from cachelens.model.prompt import Level, Part
from cachelens.sources.dialect import param_part
from cachelens.sources.rawjson import members_of
from cachelens.sources.wire import NONE, Body

_NULL = Raw(b"null")
_NOTHING: Mapping[str, bytes] = {}
_WEB = b'"web_'
_WEB_TOOL = re.compile(rb'"type"\s*:\s*"(web_search|web_fetch)_\d+"')


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of `parameters.yaml`."""

    level: str
    """Name of the `Level` that a change voids."""
    defaults: tuple[str, ...] = ()
    """Compact JSON of the values that equal leaving it out."""
    member: str = ""
    """The one member that counts, where the parameter is an object with more in it."""


@cache
def parameter_table(dialect: str) -> dict[str, Parameter]:
    """Read the parameters of one dialect."""
    text = resources.files("cachelens.sources").joinpath("parameters.yaml").read_text(encoding="utf-8")
    table = msgspec.convert(load_yaml(text), dict[str, dict[str, Parameter]])
    return table[dialect]


def parameters(
    dialect: str, body: Body, names: Iterable[str], level: Level, more: Mapping[str, bytes] = _NOTHING
) -> list[Part]:
    """Return at most one part: the parameters that are present and not at their default, and `more`."""
    pairs: dict[str, bytes] = {}
    for name in names:
        raw = getattr(body, name)
        if raw is NONE:
            continue
        row = parameter_table(dialect)[name]
        value = members_of(raw).get(row.member, _NULL) if row.member else raw
        compact = msgspec.json.format(bytes(value), indent=-1)
        if compact.decode("utf-8", "replace") not in row.defaults:
            pairs[name] = compact
    pairs.update(more)
    return [param_part(level, pairs)] if pairs else []


def web_tools(tools: Sequence[Raw]) -> Mapping[str, bytes]:
    """Return the switch that server tools flip for the system level: web search and web fetch, on or off."""
    found = [_WEB_TOOL.search(tool) for tool in tools if _WEB in bytes(tool)]
    names = sorted({match.group(1) for match in found if match is not None})
    return {"web_tools": b",".join(names)} if names else _NOTHING
