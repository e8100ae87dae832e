"""Reads results that CacheLens wrote as JSON back into their published shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from cachelens import __version__
from cachelens.errors import InputError
from cachelens.reports.document.results import KINDS, Results, Source, Unread

_SCHEMA = re.compile(r"cachelens\.([a-z-]+)/v(\d+)")
_AGAIN = "make it anew: {}"


class _Named(msgspec.Struct, frozen=True):
    """What every result says of itself."""

    schema: str
    version: str = "unknown"


def read_results(paths: Sequence[str]) -> Results:
    """Read results, each from one file; what cannot be read is told and stops nothing.

    Raises `InputError` where none can be read.
    """
    sources: dict[str, list[Source[object]]] = {}
    unread: list[Unread] = []
    for path in paths:
        found = _read(path)
        if isinstance(found, Unread):
            unread.append(found)
        else:
            name, result = found
            sources.setdefault(name, []).append(Source(path=path, result=result))
    if not sources:
        first = unread[0]
        raise InputError(f"{first.path}: {first.why}", hint=first.hint)
    return Results(
        version=__version__,
        sources={name: tuple(sources[name]) for name in KINDS if name in sources},
        unread=tuple(unread),
    )


def _read(path: str) -> tuple[str, object] | Unread:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        return Unread(path=path, kind="", why=f"cannot be read: {error.strerror}", hint="check the path")
    try:
        named = msgspec.json.decode(data, type=_Named)
    except msgspec.ValidationError:
        return _foreign(path)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _broken(path, data, str(error))
    match = _SCHEMA.fullmatch(named.schema)
    if match is None or match[1] not in KINDS:
        return _foreign(path)
    kind = KINDS[match[1]]
    if named.schema != kind.schema:
        return Unread(
            path=path,
            kind=kind.name,
            why=f"is a result in the shape {named.schema}, written by CacheLens {named.version}; "
            f"CacheLens {__version__} reads {kind.schema}",
            hint=f"use the same version for both, or {_AGAIN.format(kind.make)}",
        )
    try:
        return kind.name, msgspec.json.decode(data, type=kind.shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        why = f"says it is {kind.schema}, written by CacheLens {named.version}, and does not fit that: {error}"
        return Unread(path=path, kind=kind.name, why=why, hint=_AGAIN.format(kind.make))


def _foreign(path: str) -> Unread:
    known = ", ".join(f"`cachelens {name} --format json`" for name in KINDS)
    return Unread(path=path, kind="", why="is no result that a report can be made of", hint=f"give what {known} wrote")


def _broken(path: str, data: bytes, error: str) -> Unread:
    """Say where a file ends, or stops being JSON; its head may still tell what it was to be."""
    match = _SCHEMA.search(data[:200].decode("utf-8", "replace"))
    kind = match[1] if match is not None and match[1] in KINDS else ""
    make = KINDS[kind].make if kind else "cachelens simulate LOGS --format json -o FILE"
    if not data.strip():
        return Unread(path=path, kind=kind, why="is empty", hint=_AGAIN.format(make))
    lines = data.count(b"\n") + 1
    if "truncated" in error:
        return Unread(
            path=path, kind=kind, why=f"ends in line {lines:,}, before its last bracket", hint=_AGAIN.format(make)
        )
    place = re.search(r"\(byte (\d+)\)", error)
    line = data.count(b"\n", 0, int(place[1])) + 1 if place else lines
    return Unread(path=path, kind=kind, why=f"is no JSON from line {line:,} on", hint=_AGAIN.format(make))
