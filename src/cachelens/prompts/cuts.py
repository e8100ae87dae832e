"""Where two texts differ, and where a text may be cut without changing its tokens.

A safe cut for `o200k_base` stands between a newline and an ASCII letter or digit: no token of its pattern crosses it.
"""

from __future__ import annotations

_ALNUM = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_ALNUM_LETTERS = frozenset(map(chr, _ALNUM))
_TRIES = 64
_NEAR = 8


def common_prefix(a: bytes, b: bytes) -> int:
    """Return how many leading bytes `a` and `b` share, by comparing slices (which is one memcmp each)."""
    low, high = 0, min(len(a), len(b))
    if a[:high] == b[:high]:
        return high
    step = 64
    while low + step < high and a[low : low + step] == b[low : low + step]:
        low += step
        step *= 4
    high = min(high, low + step)
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_suffix(a: bytes, b: bytes, limit: int, *, guess: int = 0) -> int:
    """Return how many trailing bytes `a` and `b` share, at most `limit`; a good `guess` saves most of the work."""
    low, high = 0, limit
    below, above = min(guess - _NEAR, limit), guess + _NEAR
    if below > 0 and a.endswith(b[len(b) - below :]):
        low = below
        if above < limit and not a.endswith(b[len(b) - above :]):
            high = above - 1
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def cut_before(text: bytes, end: int) -> int:
    """Return the last safe cut whose following byte still lies before `end`, or 0."""
    position = end - 1
    for _ in range(_TRIES):
        position = text.rfind(b"\n", 0, max(position, 0))
        if position < 0:
            return 0
        if text[position + 1] in _ALNUM:
            return position + 1
    return 0


def cut_after(text: bytes, start: int) -> int:
    """Return the first safe cut whose newline lies at or behind `start`, or the length of the text."""
    position = max(start, 0) - 1
    last = len(text) - 1
    for _ in range(_TRIES):
        position = text.find(b"\n", position + 1)
        if position < 0 or position >= last:
            return len(text)
        if text[position + 1] in _ALNUM:
            return position + 1
    return len(text)


def pieces(text: str, most: int) -> list[str]:
    """Cut a text into pieces of at most `most` characters, at safe cuts wherever there are any.

    Each piece is as long as it can be. A stretch without a safe cut is cut every `most` characters from its own
    beginning, so the cuts within it do not depend on what stands around it.
    """
    result = []
    start = 0
    while len(text) - start > most:
        end = _last_cut(text, start, start + most)
        result.append(text[start:end])
        start = end
    return [*result, text[start:]]


def _last_cut(text: str, start: int, end: int) -> int:
    """Return the last safe cut behind `start` and at or before `end`; without one, `end` itself."""
    position = text.rfind("\n", start, end)
    while position >= 0:
        if text[position + 1] in _ALNUM_LETTERS:
            return position + 1
        position = text.rfind("\n", start, position)
    return end
