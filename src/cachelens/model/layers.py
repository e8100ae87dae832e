"""Everything that `cachelens layers` shows."""

from __future__ import annotations

from cachelens.model.result import InputSummary, Note, SkipCount
from cachelens.model.stack import Stack


class StackResult(Stack, kw_only=True):
    """A stack, and the log that it was replayed on."""

    version: str
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...]
    notes: tuple[Note, ...]
