"""The interface of a template language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from cachelens.model.template import ParsedFile

MOST_BYTES = 2_000_000
"""A larger file is not read; it is passed over with a problem `too-large`."""
MOST_DEPTH = 60
"""Nesting of blocks, includes and expressions that is still followed."""


class TemplateFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to read."""

    path: Path
    name: str
    """The path as the user gave it or would open it; it goes into locations."""
    text: str
    roots: Sequence[Path] = ()
    """Folders below which includes may be followed; nothing outside is ever opened."""


class Language(Protocol):
    """Reads one template language."""

    id: str

    def sniff(self, name: str, text: str) -> int:
        """Say how surely a file is of this language: 0 (no) to 100. Cheap: name first, then a look at the text."""
        ...

    def parse(self, file: TemplateFile) -> ParsedFile:
        """Return the templates of a file. Never raises for bad content, never renders, runs or imports anything."""
        ...
