"""Narrow row types, learned from the rows of one log.

Most logs write the same few keys on every line. A type that has exactly these keys and refuses all others
tells, in the decoder's own C, that none of the hundred other names is there; Python need not ask for them.
A row that does not fit is read with the wide types instead, and its keys are learned.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

import msgspec
from msgspec import Raw

from cachelens.sources.names import PLAIN_BODY, PLAIN_REPLY, SCALARS, plan_for
from cachelens.sources.rawjson import members_of
from cachelens.sources.wire import NONE, Body, Reply, Row
from cachelens.sources.wire_counts import WireUsage

MOST_KEYS = 160
MOST_LESSONS = 24
"""Beyond these a log has no shape; the wide types read it."""

_ROOM_FOR_FAILURES = 64
_FIELD_NAME = re.compile(r'[^"\\\x00-\x1f]+')

Scalar = str | int | float | None
_TYPES: dict[str, Any] = {
    "model": str | None,
    "modelId": str | None,
    "messages": list[Raw] | None,
    "tools": list[Raw] | None,
    "functions": list[Raw] | None,
}
_REPLY_TYPES: dict[str, Any] = dict.fromkeys(
    ("id", "model", "type", "object", "service_tier", "modelVersion", "responseId"), str | None
)


class Shape:
    """What is known of the rows of one log so far."""

    def __init__(self) -> None:
        self.decode: Callable[[bytes], Row] = _refuse
        """Decodes a row of the known shape; `msgspec.DecodeError` for any other."""
        self._keys: dict[str, dict[str, str]] = {"row": {}, "request": {}, "response": {}}
        self._lessons = 0
        self._failures = 0

    def learn(self, line: bytes) -> None:
        """Take note of the keys of a row that did not fit."""
        if self._lessons > MOST_LESSONS:
            return
        row = members_of(line)
        news = self._note("row", row)
        for part in ("request", "response"):
            if self._keys["row"].get(part) == "{":
                news = self._note(part, members_of(row.get(part, NONE))) or news
        if news:
            self._lessons += 1
            self.decode = _refuse
            if self._lessons <= MOST_LESSONS and len(self._keys["row"]) <= MOST_KEYS and self._usable():
                self.decode = self._build()
            return
        self._failures += 1  # the keys are known: it is the values that keep changing their types
        if self._failures > _ROOM_FOR_FAILURES:
            self._lessons = MOST_LESSONS + 1
            self.decode = _refuse

    def _note(self, part: str, members: dict[str, Raw]) -> bool:
        known = self._keys[part]
        news = False
        for key, raw in members.items():
            first = bytes(raw)[:1].decode("ascii", "replace")
            kind = first if first in "{[n" else "s"
            if (known.get(key, "n") != kind and kind != "n") or key not in known:
                known[key] = kind if known.get(key, "n") == "n" else "?"
                news = True
        return news

    def _usable(self) -> bool:
        """Say whether the request is an object and all keys can name fields; other logs need the patient way."""
        keys = [key for part in self._keys.values() for key in part]
        return self._keys["row"].get("request", "{") in "{n" and all(map(_FIELD_NAME.fullmatch, keys))

    def _build(self) -> Callable[[bytes], Row]:
        row = self._keys["row"]
        types: dict[str, Any] = {}
        if "request" in row:
            keys = self._keys["request"]
            types["request"] = _narrow(Body, keys, _TYPES, {"plain": _plain(keys, Body, PLAIN_BODY)}) | None
        if row.get("response") == "{":
            keys = self._keys["response"]
            reply = {**_REPLY_TYPES, "usage": WireUsage | None} if keys.get("usage") == "{" else _REPLY_TYPES
            types["response"] = _narrow(Reply, keys, reply, {"plain": _plain(keys, Reply, PLAIN_REPLY)}) | None
        types.update({key: Scalar for key, kind in row.items() if kind == "s" and key in SCALARS})
        narrow = _narrow(
            Row, row, {**_TYPES, **types}, {"plan": plan_for(row.keys()), "plain": _plain(row, Body, PLAIN_BODY)}
        )
        return cast("Callable[[bytes], Row]", msgspec.json.Decoder(narrow).decode)


def _plain(keys: dict[str, str], wide: type[msgspec.Struct], plain: frozenset[str]) -> bool:
    return keys.keys() & set(wide.__struct_fields__) <= plain


def _narrow(wide: type[msgspec.Struct], keys: dict[str, str], types: dict[str, Any], more: dict[str, Any]) -> Any:  # noqa: ANN401 - a type made at run time
    """Derive a type that has only these keys; what the wide type has beyond them is constant."""
    known = dict(zip(wide.__struct_fields__, wide.__struct_defaults__, strict=True))
    fields: list[tuple[str, Any, Any]] = []
    rename: dict[str, str] = {}
    for number, key in enumerate(keys):
        name = key if key in known else f"other_{number}"
        if name != key:
            rename[name] = key
        fields.append((name, types.get(name, Raw), known.get(name, NONE)))
    absent = {name: value for name, value in known.items() if name not in keys}
    return msgspec.defstruct(
        f"Narrow{wide.__name__}",
        fields,
        namespace=absent | more,
        rename=rename,
        gc=False,
        forbid_unknown_fields=True,
    )


def _refuse(_line: bytes) -> Row:
    raise msgspec.DecodeError
