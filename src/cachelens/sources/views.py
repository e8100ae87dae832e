"""Looking into an object along dotted paths, through what exports wrap around objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Raw

from cachelens.sources.rawjson import array_of, members_of, string_of

_NOTHING = (b"null", b'""', b"{}", b"[]")
_DEEPEST = 12
"""Dots in a key that are followed; a tool call in a message has five."""
_VALUES = ("stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "kvlistValue")
"""How OpenTelemetry's JSON spells the type of an attribute's value."""


class View:
    """The members of an object by path. What was opened once is kept for the next path."""

    def __init__(self, members: Mapping[str, Raw]) -> None:
        self.members = members
        self._inside: dict[str, View] = {}

    def get(self, path: str) -> Raw | None:
        """Return the value at a dotted path; a key that holds the rest of the path, dots and all, is found too."""
        found = self.members.get(path)
        if found is not None:
            return found
        name, dot, rest = path.partition(".")
        if not dot or name not in self.members:
            return None
        if name not in self._inside:
            self._inside[name] = View(opened(self.members[name]))
        return self._inside[name].get(rest)

    def first(self, paths: Iterable[str]) -> Raw | None:
        """Return the first of these values that is not empty."""
        return next((raw for path in paths if (raw := self.get(path)) is not None and bytes(raw) not in _NOTHING), None)

    def below(self, prefix: str) -> dict[str, Raw]:
        """Return the members of an object whose keys begin with a prefix, by what follows it: `object/prefix`."""
        path, _, last = prefix.rpartition("/")
        return {name.removeprefix(last): raw for name, raw in self.inside(path).items() if name.startswith(last)}

    def inside(self, path: str) -> Mapping[str, Raw]:
        """Return the members of the object at a path; an empty path is the object itself."""
        if not path:
            return self.members
        raw = self.get(path)
        return opened(raw) if raw is not None else {}


def opened(raw: Raw) -> Mapping[str, Raw]:
    """Return the members of an object, also in text or as a list of named attributes; those of a list by number."""
    data = bytes(raw)
    if data[:1] == b'"':
        data = (string_of(data) or "").strip().encode()
    if data[:1] != b"[":
        return members_of(data)
    items = array_of(data) or []
    pairs = [members_of(item) for item in items]
    named = {string_of(pair["key"]) or "": _value(pair["value"]) for pair in pairs if {"key", "value"} <= pair.keys()}
    return named or {str(number): item for number, item in enumerate(items)}


def _value(raw: Raw) -> Raw:
    """Return what an attribute holds; without a type beside it, the value itself."""
    typed = members_of(raw)
    name = next((name for name in _VALUES if name in typed), "")
    if not name:
        return raw
    if name != "arrayValue":
        return typed[name]
    values = array_of(members_of(typed[name]).get("values", Raw(b"[]"))) or []
    return Raw(b"[" + b",".join(bytes(_value(item)) for item in values) + b"]")


def nested(flat: Mapping[str, Raw], depth: int = _DEEPEST) -> object:
    """Build the value that flat keys with numbers in them describe (`0.role`, `0.content`); lists by number."""
    if "" in flat:
        return flat[""]
    if not depth:
        return flat
    groups: dict[str, dict[str, Raw]] = {}
    for name, raw in flat.items():
        first, _, rest = name.partition(".")
        groups.setdefault(first, {})[rest] = raw
    if groups and all(name.isdecimal() for name in groups):
        return [nested(groups[name], depth - 1) for name in sorted(groups, key=int)]
    return {name: nested(group, depth - 1) for name, group in groups.items()}


def opened_list(raw: Raw) -> list[Raw]:
    """Return the elements of a list, of text that holds one, or of an object by name."""
    data = bytes(raw)
    if data[:1] == b'"':
        data = (string_of(data) or "").strip().encode()
    if data[:1] == b"{":
        return list(members_of(data).values())
    items = array_of(data) or []
    texts = [string_of(item) for item in items]
    return [
        Raw(text.encode()) if text and members_of(text.encode()) else item
        for text, item in zip(texts, items, strict=True)
    ]
