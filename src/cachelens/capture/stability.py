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
        if not conversation and len(before) != len(after):
            longer, count = (other, len(before)) if len(after) > len(before) else (one, len(after))
            place = list(_parts(longer, conversation=False))[min(count, max(len(before), len(after)) - 1)][0]
            _compare(number, before, after)
            raise PrefixChangedError(f"request {number}: {place} is in one of the two requests only")
        _compare(number, before, after)
        if len(after) < len(before):
            raise PrefixChangedError(f"request {number}: {before[len(after)][0]} of the request before it is missing")


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
        value = request.get(name)
        items = value if isinstance(value, list) else [value] if value else []
        for index, item in enumerate(items):
            yield (f"{name}[{index}]" if isinstance(value, list) else name), _text(item)
    for name in _TURNS:
        value = request.get(name)
        turns = value if isinstance(value, list) else [value] if value else []
        for index, turn in enumerate(turns):
            if not conversation and not (isinstance(turn, Mapping) and turn.get("role") in _SYSTEM):
                return
            yield f"{name}[{index}]", _text(turn)


def _text(value: object) -> str:
    return json.dumps(_unmarked(value), ensure_ascii=False, default=str)


def _unmarked(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _unmarked(part) for name, part in value.items() if name not in _MARKS}
    if isinstance(value, list | tuple):
        return [_unmarked(item) for item in value if not (isinstance(item, Mapping) and set(item) <= _MARKS and item)]
    return value
