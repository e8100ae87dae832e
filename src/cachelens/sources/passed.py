"""What reading came to: lines by input, and those passed over, by reason. The counts of several processes add up."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cachelens.model.record import Skip
from cachelens.model.result import SkipCount

DUPLICATE = "duplicate of an earlier request"


class Found(msgspec.Struct, frozen=True, order=True):
    """Why lines of one input were passed over."""

    input: int
    reason: str
    detail: str = ""
    benign: bool = False
    kept: bool = False


class Passed(msgspec.Struct):
    """Lines, and those that were passed over."""

    lines: dict[int, int] = {}
    """Lines that hold anything, by input."""
    skipped: dict[Found, tuple[int, int]] = {}
    """Lines, and the first of them."""

    def add_lines(self, index: int, count: int) -> None:
        """Count lines of an input."""
        self.lines[index] = self.lines.get(index, 0) + count

    def note(self, index: int, skip: Skip) -> None:
        """Count a line that was passed over."""
        self.add(Found(index, skip.reason, skip.detail, skip.benign, skip.kept), 1, skip.line)

    def note_duplicates(self, index: int, lines: int, first: int) -> None:
        """Count requests that stand in the inputs twice."""
        self.add(Found(index, DUPLICATE, benign=True), lines, first)

    def duplicates(self, index: int) -> int:
        """Return how many requests of an input were there before."""
        return self.skipped.get(Found(index, DUPLICATE, benign=True), (0, 0))[0]

    def add(self, found: Found, lines: int, first: int) -> None:
        """Count lines, of which `first` is the number of the first."""
        have, earliest = self.skipped.get(found, (0, first))
        self.skipped[found] = have + lines, min(earliest, first)

    def absorb(self, other: Passed) -> None:
        """Add what another process counted."""
        for index, lines in other.lines.items():
            self.add_lines(index, lines)
        for found, (lines, first) in other.skipped.items():
            self.add(found, lines, first)

    def counts(self, names: Sequence[str]) -> tuple[SkipCount, ...]:
        """Return what was passed over, by input and reason; `names` are those of the inputs."""
        return tuple(
            SkipCount(
                path=names[found.input],
                reason=found.reason,
                detail=found.detail,
                lines=lines,
                first_line=first,
                benign=found.benign,
                kept=found.kept,
            )
            for found, (lines, first) in sorted(self.skipped.items())
        )
