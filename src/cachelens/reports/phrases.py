"""Sentences about something that the log names: plain in a terminal, the name as code in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cachelens.reports.escaping import markdown_name, markdown_prose

_MOST_NAMES = 3


class Phrase(NamedTuple):
    """A sentence with at most one name in it. Not yet escaped."""

    before: str = ""
    name: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The sentence as it reads."""
        return f"{self.before}{self.name}{self.after}"

    @property
    def markdown(self) -> str:
        """The sentence as Markdown in which nothing from the log acts as markup."""
        name = markdown_name(self.name) if self.name else ""
        return f"{markdown_prose(self.before)}{name}{markdown_prose(self.after)}"


def listed(names: Sequence[str], *, every: bool) -> str:
    """List names; the first few and how many more unless `every` one is wanted."""
    if every or len(names) <= _MOST_NAMES + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more"
