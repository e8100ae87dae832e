"""A check for tests: requests that should share a prefix do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

_MARKS = frozenset({"cache_control", "prompt_cache_breakpoint", "cachePoint"})
"""Cache marks: they say how far to cache and are no content."""
_HEAD = (
    "tools", "toolConfig", "functions", "tool_choice", "response_format", "system", "systemInstruction",
    "system_instruction", "instructions",
)  # fmt: skip
_TURNS = ("messages", "contents", "input")
_SYSTEM = frozenset({"system", "developer"})


class PrefixChangedError(AssertionError):
    """Two requests that should begin alike do not."""


def assert_prefix_stable(requests: Sequence[Mapping[str, Any]], *, conversation: bool = False) -> None:
    """Fail unless all requests have the same head: tools, response format and system prompt, byte for byte.

    `requests` are bodies as they would be sent, in their order, at least two. With `conversation` each must also begin
    with all messages of the one before it. Cache marks may move. Raises `PrefixChangedError`, an `AssertionError` that
    names the place of the first difference and never its text; `ValueError` for fewer than two requests.
    """
    if len(requests) < 2:  # noqa: PLR2004 - one request has nothing to differ from
        raise ValueError("give at least two requests, in the order in which they are sent")
    for number, (one, other) in enumerate(pairwise(requests), 2):
        before, after = list(_parts(one, conversation=conversation)), list(_parts(other, conversation=conversation))
        _compare(number, before, after)
        if len(after) < len(before):
            raise PrefixChangedError(f"request {number}: {before[len(after)][0]} of the request before it is missing")
        if not conversation and len(after) > len(before):
            raise PrefixChangedError(f"request {number}: {after[len(before)][0]} is not in the request before it")


def _compare(number: int, before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> None:
    for (place, one), (where, other) in zip(before, after, strict=False):
        if (place, one) != (where, other):
            at = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), -1)
            at = min(len(one), len(other)) if at < 0 else at
            there = place if place == where else f"{where} (before it: {place})"
            raise PrefixChangedError(
                f"request {number}: {there} differs from the request before it at character {at:,} of {len(other):,}; "
                "what changes belongs behind what does not"
            )


def _parts(request: Mapping[str, Any], *, conversation: bool) -> Iterator[tuple[str, str]]:
    """Yield (place, JSON) of each part of the prompt that should stay, in the order in which it is cached."""
    for name in _HEAD:
        for place, item in _items(name, request.get(name)):
            yield place, _text(item)
    for name in _TURNS:
        for place, turn in _items(name, request.get(name)):
            if not conversation and not (isinstance(turn, Mapping) and turn.get("role") in _SYSTEM):
                return
            yield place, _text(turn)


def _items(name: str, value: object) -> list[tuple[str, object]]:
    """Return the items of a list, or a single value, with their places; an item that is only a mark is none."""
    if isinstance(value, list | tuple):
        return [(f"{name}[{index}]", item) for index, item in enumerate(value) if not _is_mark(item)]
    return [(name, value)] if value else []


def _is_mark(item: object) -> bool:
    return isinstance(item, Mapping) and bool(item) and set(item) <= _MARKS


def _text(value: object) -> str:
    return json.dumps(_unmarked(value), ensure_ascii=False, default=str)


def _unmarked(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _unmarked(part) for name, part in value.items() if name not in _MARKS}
    if isinstance(value, list | tuple):
        return [_unmarked(item) for item in value if not _is_mark(item)]
    return value
