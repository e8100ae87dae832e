"""What is found in a text beside what is sent."""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """A file as its language is asked about it."""

    name: str
    text: str


class Remark(NamedTuple):
    """A comment; offsets into the text."""

    start: int
    end: int
    """Where it stands, with its signs."""
    text: str
    """What it says, without its signs."""


class Remarks(NamedTuple):
    """Comments in order, and the values that run over several lines: no comment can stand inside those."""

    remarks: list[Remark]
    values: list[tuple[int, int]]
    """First and last character of each such value."""
