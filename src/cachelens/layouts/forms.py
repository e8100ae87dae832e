"""Texts that say the same in another form: white space, Unicode, the order of JSON keys, the order of items."""

from __future__ import annotations

import enum
import json
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable
from typing import Any


class Form(enum.StrEnum):
    """In what two texts differ that say the same."""

    SPACE = "white space"
    UNICODE = "Unicode form"
    KEYS = "order of JSON keys"
    ITEMS = "order of items"
    EXAMPLES = "order of examples"


_NUMBERED = re.compile(
    r"^[\s\W]*(?:(?:document|doc|source|passage|chunk|result|example|item|context)\b)?[\s#\[(]*\d{1,4}\b[\])\s.:|-]*",
    re.IGNORECASE,
)
"""How an item is numbered where it stands; another place gives it another number."""
_EXAMPLE = re.compile(
    r"^\W*(?:(?:few.?shot\s+)?example|sample|q|question|in|input|user|human|customer)\b[^\n]{0,12}[:.>]", re.IGNORECASE
)
_SPACES = re.compile(r"\s+")
_OPENS = re.compile(r"[{\[]")
_decoder = json.JSONDecoder()
MOST_JSON = 200_000
"""Characters beyond which JSON inside a text is not looked for."""


def without_space(text: str) -> Hashable:
    """Return a text with all white space taken for one blank."""
    return _SPACES.sub(" ", text).strip()


def composed(text: str) -> Hashable:
    """Return a text in the composed Unicode form."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def keys_sorted(text: str) -> Hashable:
    """Return a text with the keys of each JSON object in it sorted."""
    if "{" not in text or len(text) > MOST_JSON:
        return text
    parts: list[str] = []
    at = 0
    while found := _OPENS.search(text, at):
        try:
            value, end = _decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            parts.append(text[at : found.end()])
            at = found.end()
            continue
        same = json.dumps(value, sort_keys=True) if _has_keys(value) else text[found.start() : end]
        parts += [text[at : found.start()], same]
        at = end
    return "".join([*parts, text[at:]])


def _has_keys(value: Any) -> bool:  # noqa: ANN401 - what JSON holds
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_has_keys, value)))


def without_number(item: str) -> str:
    """Return an item without its number in the list."""
    return _NUMBERED.sub("", item).strip()


def items_of(text: str) -> list[str]:
    """Return the items that a text lists: its paragraphs if it has some, else its lines; without their numbers."""
    separator = "\n\n" if "\n\n" in text.strip() else "\n"
    return [without_number(item) for item in text.split(separator) if item.strip()]


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that are not empty, without their numbers."""
    return [without_number(line) for line in text.split("\n") if line.strip()]


def by_items(text: str) -> Hashable:
    """Return what paragraphs a text has, whatever their order."""
    return tuple(sorted(items_of(text)))


def by_lines(text: str) -> Hashable:
    """Return what lines a text has, whatever their order."""
    return tuple(sorted(lines_of(text)))


def are_examples(items: Iterable[str]) -> bool:
    """Say whether items are worked examples: each begins as a question or an input does."""
    some = [item for item in items if len(item) > 1]
    return sum(bool(_EXAMPLE.match(item)) for item in some) * 2 >= len(some) > 0


NORMAL: tuple[tuple[Form, Callable[[str], Hashable]], ...] = (
    (Form.SPACE, without_space),
    (Form.UNICODE, composed),
    (Form.KEYS, keys_sorted),
    (Form.ITEMS, by_items),
    (Form.ITEMS, by_lines),
)
"""Ways to take texts for the same, the most literal first."""
