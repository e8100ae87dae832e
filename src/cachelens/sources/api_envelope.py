"""Lines to rows: narrow types where the log has a shape, wide ones elsewhere, member by member at worst."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from cachelens.sources.exchange import COUNTS, REQUESTS, RESPONSES, as_body, unquoted
from cachelens.sources.fields import text_of
from cachelens.sources.jsonl import NOT_JSON, UNREADABLE, WRONG_TYPE, Decoder, Problem, sanitise
from cachelens.sources.rawjson import array_of, members_of
from cachelens.sources.shapes import Shape
from cachelens.sources.wire import ROW_KEYS, Row

_list = msgspec.json.Decoder(list[Raw]).decode


class Opener:
    """Opens the lines of one log."""

    def __init__(self) -> None:
        self.shape = Shape()
        self._wide: Decoder[Row] = Decoder(Row)
        self._loose: Decoder[dict[str, Raw]] = Decoder(dict[str, Raw])

    def open(self, line: bytes) -> Iterator[tuple[Row, bytes] | Problem]:
        """Yield the rows of a line that did not fit the shape (an array holds several), or the problem."""
        items = array_of(line) if line[:1] == b"[" else None
        if items is None:
            yield self._one(line)
        else:
            yield from (self._one(bytes(item)) for item in items)

    def _one(self, line: bytes) -> tuple[Row, bytes] | Problem:
        try:
            row = self._wide.fast(line)
        except UnicodeDecodeError:
            clean = sanitise(line)
            return clean if isinstance(clean, Problem) else self._patient(clean)
        except UNREADABLE:
            return self._patient(line)
        self.shape.learn(line)
        return row, line

    def _patient(self, line: bytes) -> tuple[Row, bytes] | Problem:
        """Read a line that the typed decoder refused: repair it, or take its members one by one."""
        members = self._loose.decode(line)
        if isinstance(members, Problem):
            return Problem("not a JSON object") if members.reason == WRONG_TYPE else members
        fields: dict[str, Any] = {name: raw for name, raw in members.items() if name in ROW_KEYS}
        try:
            _retype(fields)
        except msgspec.ValidationError as error:
            return Problem(WRONG_TYPE, str(error))
        except UNREADABLE:
            return Problem(NOT_JSON, "inside a string that should hold JSON")
        return Row(**fields), msgspec.json.encode(members)


def sniff_row(line: bytes) -> bool:
    """Say whether a line looks like an exchange, a request body or a response."""
    items = array_of(line) if line[:1] == b"[" else [Raw(line)]
    found = members_of(items[0]) if items else {}
    keys = found.keys()
    if keys & {"messages", "contents"}:
        return True
    if keys & set(REQUESTS) and keys & set(RESPONSES):
        return True
    if any(members_of(found[key]).keys() & {"messages", "contents", "model"} for key in REQUESTS if key in keys):
        return True
    if keys & {"usage", "usageMetadata"} and keys & {"model", "modelVersion"}:
        return True
    return "model" in keys and bool(keys & COUNTS or keys & {"input", "body", "params"})


def _retype(fields: dict[str, Any]) -> None:
    """Give the typed fields of a row their types; text that holds JSON is opened."""
    for name in ("messages", "tools", "functions"):
        if name in fields:
            raw = unquoted(fields[name])
            fields[name] = None if raw[:1] == b"n" else _list(b"[" + raw + b"]" if raw[:1] == b"{" else raw)
    for name in ("model", "modelId"):
        if name in fields:
            fields[name] = text_of(fields[name]) or None
    if "request" in fields:
        raw = unquoted(fields["request"])
        fields["request"] = as_body(Raw(raw)) if raw[:1] in (b"{", b"[") else None
