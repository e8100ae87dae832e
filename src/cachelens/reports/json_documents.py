"""How every JSON report is written, so that no reader obeys what a log holds; and the schema of its shape."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from cachelens.reports.escaping import json_document, json_text
from cachelens.reports.figures import plain, rounded

_MARKED = re.compile(r"#(?=#\w*\[)")
"""What a build server reads as the start of a command; see `audit_escaping`."""


def json_report(document: object) -> str:
    """Write a document for programs: indented, ended by a newline, nothing in it that a terminal or server obeys.

    Fields stand in the order of their shape, keys of a mapping in the order of the alphabet.
    """
    encoded = msgspec.json.encode(_clean(msgspec.to_builtins(document, order="deterministic")))
    text = json_document(msgspec.json.format(encoded, indent=2).decode())
    return _MARKED.sub(r"\\u0023", text) + "\n"


def _clean(value: object) -> object:
    if isinstance(value, str):
        return json_text(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    return value


def schema_text(shape: type, title: str) -> str:
    """Return the JSON Schema of a shape, as it stands in `docs/schemas`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **msgspec.json.schema(shape),
    }
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2).decode() + "\n"


def published(value: object) -> object:
    """Return what a result was made of as it is published: ratios rounded, money in plain notation."""
    match value:
        case dict():
            return {str(name): published(part) for name, part in value.items()}
        case list() | tuple():
            return [published(part) for part in value]
        case float():
            return rounded(value)
        case Decimal():
            return plain(value)
        case _:
            return value
