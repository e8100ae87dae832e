"""JSON documents over many lines, and the rows that lie deep inside a document."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Raw

from cachelens.sources.export_table import Container, table
from cachelens.sources.rawjson import array_of, members_of
from cachelens.sources.views import View

_OPEN_ENDS = (b"[", b"{", b",", b":")
_DEEPEST = 8
"""Containers inside containers that are opened: a page of traces of spans is three deep."""


def joined(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Make one line of a JSON document that was written over many; other lines pass as they are."""
    rest = iter(lines)
    head = list(itertools.islice(rest, 3))
    if head and head[0][0] == 1 and is_document([line for _, line in head]):
        return iter([(1, b"\n".join(line for _, line in itertools.chain(head, rest)))])
    return itertools.chain(head, rest)


def is_document(head: Sequence[bytes]) -> bool:
    """Say whether the first lines open one JSON document, and are not rows behind a damaged first one."""
    first, *others = [line.strip() for line in head[:3]] or [b""]
    if not others or first[:1] not in (b"[", b"{") or not first.endswith(_OPEN_ENDS):
        return False
    if first == b"{":
        return others[0].startswith(b'"')
    row_by_itself = others[0].startswith(b"{") and others[0].endswith(b"}")
    return not row_by_itself or others[-1][:1] == b"]"


def rows_in(line: bytes, depth: int = _DEEPEST) -> Iterator[bytes]:
    """Yield the rows of an array, or of an object that is known to hold rows; any other line is its own row."""
    items = array_of(line) if line[:1] == b"[" else None
    if items is not None:
        for item in items:
            yield from rows_in(bytes(item), depth - 1) if depth else (bytes(item),)
        return
    view = View(members_of(line))
    for container in table().containers if depth else ():
        inside = _inside(container, view)
        if inside:
            inherited = {name: raw for name, paths in container.inherit.items() if (raw := view.first(paths))}
            for item in inside:
                yield from rows_in(_with(bytes(item), inherited), depth - 1)
            return
    yield line


def _inside(container: Container, view: View) -> list[Raw]:
    """Return the objects that a container holds; none where the row is a request or response itself."""
    if container.first not in view.members or not container.unless.isdisjoint(view.members):
        return []
    found = view.get(container.key)
    items = (array_of(found) if found is not None else None) or []
    return items if items and all(bytes(item)[:1] == b"{" for item in items) else []


def _with(item: bytes, inherited: Mapping[str, Raw]) -> bytes:
    """Give a row what its container says of it; its own word wins."""
    if not inherited:
        return item
    own = members_of(item)
    return msgspec.json.encode({**inherited, **{name: raw for name, raw in own.items() if bytes(raw) != b"null"}})
