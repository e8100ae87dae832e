"""Cache marks inside a block: read, and taken out of its bytes.

A mark is a member of the block itself, of a block in its `content` (a tool's result), or of its `function`
(a tool's definition). A member of that name anywhere else, as in a tool's schema, is content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = (b'"cache_control"', b'"prompt_cache_breakpoint"')
_MARK = re.compile(rb'"(?:cache_control|prompt_cache_breakpoint)"\s*:\s*(\{[^{}]*\}|null|true|false)')
_TTL = re.compile(rb'"ttl"\s*:\s*"([0-9]+[smhd])"')
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]', re.DOTALL)
_GAP = re.compile(rb"\s*,?\s*")
_BLOCK, _BLOCKS, _CONTENT = range(3)
"""What an open bracket holds: the members of a block, a list of blocks, or neither."""
_INSIDE = {(_BLOCK, b'"content"', b"["): _BLOCKS, (_BLOCK, b'"function"', b"{"): _BLOCK}


def ttl_label(raw: bytes) -> str:
    """Return the TTL label of a cache setting given by itself; `default` without one."""
    found = _TTL.search(bytes(raw))
    return found.group(1).decode() if found else "default"


def mark_of(raw: bytes | memoryview) -> str:
    """Return the TTL label of the cache mark in a block: `default` without TTL, empty without a mark."""
    return unmarked(raw)[1]


def unmarked(raw: bytes | memoryview) -> tuple[bytes, str]:
    """Return the bytes of a block as sent, less its cache mark, and the mark's TTL label; no other byte changes."""
    data = bytes(raw)
    if not any(name in data for name in _NAMES):
        return data, ""
    label, rest, done = "", b"", 0
    for mark in _marks(data):
        if mark.group(1) not in (b"null", b"false"):
            label = ttl_label(mark.group(1))
        before = data[done : mark.start()].rstrip()
        behind = before.endswith(b",")
        rest += before[:-1].rstrip() if behind else data[done : mark.start()]
        gap = None if behind else _GAP.match(data, mark.end())
        done = gap.end() if gap is not None else mark.end()
    return rest + data[done:], label


def _marks(data: bytes) -> Iterator[re.Match[bytes]]:
    """Find the members of a block that are marks, by walking its brackets."""
    open_: list[int] = []
    key, at_key = b"", False
    for token in _TOKEN.finditer(data):
        match token.group()[:1]:
            case b'"':
                if at_key and open_[-1] == _BLOCK:
                    key = token.group()
                    mark = _MARK.match(data, token.start()) if key in _NAMES else None
                    if mark is not None:
                        yield mark
                at_key = False
            case b"{" | b"[" as bracket:
                open_.append(_opened(open_, key, bracket))
                at_key = bracket == b"{"
            case b",":
                at_key = bool(open_) and open_[-1] == _BLOCK
            case _:
                del open_[-1:]


def _opened(open_: list[int], key: bytes, bracket: bytes) -> int:
    if not open_ or open_[-1] == _BLOCKS:
        return _BLOCK if bracket == b"{" else _CONTENT
    return _INSIDE.get((open_[-1], key, bracket), _CONTENT)
