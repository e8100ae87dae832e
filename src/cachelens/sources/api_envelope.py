"""Lines to rows: narrow types where the log has a shape, wide ones elsewhere, member by member at worst."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Raw

from cachelens.sources.documents import rows_in
from cachelens.sources.exchange import REQUESTS, RESPONSES, as_body, unquoted
from cachelens.sources.export_table import table
from cachelens.sources.exports import export_of, holders_of, rewritten
from cachelens.sources.fields import text_of
from cachelens.sources.jsonl import NOT_JSON, UNREADABLE, WRONG_TYPE, Decoder, Problem, sanitise
from cachelens.sources.names import COUNTS
from cachelens.sources.rawjson import members_of, present
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
        """Yield the rows of a line that did not fit the shape (arrays and documents hold several), or the problem."""
        rows = list(rows_in(line))
        holders = holders_of(rows) if len(rows) > 1 else frozenset()
        for item in rows:
            words = rewritten(item, holders)
            if isinstance(words, Problem):
                yield words
                continue
            opened = self._one(words, known=item is not line or words is not item)
            yield opened if words is item or isinstance(opened, Problem) else (opened[0], item)

    def _one(self, line: bytes, *, known: bool) -> tuple[Row, bytes] | Problem:
        """Read one row; `known` where it was not tried yet whether it has the shape of those before."""
        if known:
            try:
                return self.shape.decode(line), line
            except UNREADABLE:
                pass
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
    """Say whether a line looks like an exchange, a request body or a response, or holds one."""
    first = next(rows_in(line), b"")
    found = members_of(first)
    keys = found.keys()
    if keys & {"messages", "contents"}:
        return True
    if keys & set(REQUESTS) and keys & set(RESPONSES):
        return True
    if any(members_of(found[key]).keys() & {"messages", "contents", "model"} for key in REQUESTS if key in keys):
        return True
    if keys & {"usage", "usageMetadata"} and keys & {"model", "modelVersion"}:
        return True
    if "model" in keys and bool(keys & COUNTS or keys & {"input", "body", "params"}):
        return True
    return bool(keys) and export_of(found) is not None


def sniff_text(text: bytes) -> bool:
    """Say whether the beginning of a document that is too long to look at has keys of a request or an export."""

    def has(key: str) -> bool:
        return b'"%s"' % key.encode() in text

    return any(map(has, _OPENING_KEYS)) or any(
        all(map(has, export.all)) and any(has(path.rpartition("attributes.")[2]) for path in export.any)
        for export in table().exports
        if export.any
    )


_OPENING_KEYS = ("messages", "request", "contents")


def shows_answers(rows: Iterable[bytes]) -> bool:
    """Say whether one of these rows has something in the place of a response."""
    return any(present(raw) for row in rows for key, raw in members_of(row).items() if key in RESPONSES)


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
