"""What a fix would do to a file, and what a run of fixes did."""

from __future__ import annotations

import enum

import msgspec

from cachelens.model.template import TemplateProblem


class Keeps(enum.StrEnum):
    """What is the same before and after a fix; it is checked by reading the fixed text again."""

    LINES = "lines"
    """Every line that is sent, values included; only their order differs."""
    TEXT = "text"
    """All fixed text in its order, and the names of all values."""
    NAMES = "names"
    """The names of all values."""


class Edit(msgspec.Struct, frozen=True, order=True):
    """A stretch of a text and what replaces it; offsets in characters, lines ended by line feeds."""

    start: int
    end: int
    text: str


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One way to mend one finding."""

    fix: str
    """Id of the fix in `fixes/catalog.yaml`."""
    rule: str
    """Id of the rule whose finding it mends."""
    line: int
    """Line of the finding, in the text as it was when it was mended."""
    what: str
    """What is done, in one line; holds no prompt text."""
    safe: bool
    """Whether `--fix` does it unasked; the others need `--unsafe-fixes`."""
    behaviour: bool
    """True where the model may answer otherwise, because it is told things in another order or other words."""
    keeps: Keeps
    edits: tuple[Edit, ...] = ()
    """In order, not overlapping."""
    line_feeds: bool = False
    """True where all line ends become line feeds."""
    lessens: bool = True
    """False where the finding stays, with less to it than can be counted."""


class FileFix(msgspec.Struct, frozen=True, kw_only=True):
    """One file before and after."""

    name: str
    """As the user would open it."""
    before: bytes
    after: bytes
    applied: tuple[Proposal, ...]
    """In the order in which they were applied."""
    fixed: int
    """Findings that are gone, or strand less."""


class FixResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `--fix` and `--diff` show."""

    files: tuple[FileFix, ...]
    """Those that change, in the order of their names."""
    findings: int
    """Findings in all files that were looked at, before."""
    more: int = 0
    """Findings that only `--unsafe-fixes` would mend."""
    problems: tuple[TemplateProblem, ...] = ()
    """Files that were left alone, and why."""
    written: bool = False
    """True where the files were changed, false where the result says what would be."""

    @property
    def fixed(self) -> int:
        """Return how many findings are mended, or would be."""
        return sum(file.fixed for file in self.files)
