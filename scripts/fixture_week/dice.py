"""Draws that are the same on every machine and every Python version."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A stream of numbers that depends on its name alone."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.drawn = 0

    def number(self) -> float:
        """Return the next number in [0, 1)."""
        self.drawn += 1
        digest = hashlib.sha256(f"{self.name}/{self.drawn}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / (1 << 48)

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.number() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.between(0, len(options) - 1)]

    def chance(self, share: float) -> bool:
        """Return True in this share of the draws."""
        return self.number() < share

    def code(self, length: int, alphabet: str = "0123456789abcdef") -> str:
        """Return an id of so many characters."""
        return "".join(self.pick(alphabet) for _ in range(length))


LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
"""Letters and digits as response ids have them."""
