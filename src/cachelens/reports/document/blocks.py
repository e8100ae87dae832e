"""What a report is made of. Every text in it is plain: each format escapes it in its own way."""

from __future__ import annotations

from typing import Any

import msgspec


class Block(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of the blocks: immutable, fields by name."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a table."""

    text: str
    """As it is read; `unknown` where nothing is known."""
    rank: float | None = None
    """What a column of figures is sorted by; `None` sorts last, and by text in a column of words."""
    sign: str = ""
    """`good`, `bad`, `warn`, or nothing: never the only carrier of what is said."""


class Table(Block, frozen=True, kw_only=True):
    """Rows of one kind, which a reader can sort, filter and take along."""

    id: str
    """Unique on the page; the name of its CSV file."""
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    words_in: tuple[int, ...] = (0,)
    """Columns that hold words; the others hold figures."""
    folded: bool = False
    """Whether it stands behind a chart and opens on request."""
    left_out: int = 0
    """Rows that the result has and the table has not, for its size."""


class Chart(Block, frozen=True, kw_only=True):
    """A picture of a table."""

    id: str
    title: str
    says: str
    """What it shows, in a sentence or two: what a reader learns who cannot see it."""
    spec: dict[str, Any]
    """Vega-Lite, without colours of its own."""
    table: Table | None
    """The same in figures; `None` where a table that follows holds them."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a prompt, from one token to another."""

    first: float
    """Share of the prompt in front of it, 0 to 1."""
    last: float
    scope: str
    """How often it changes: a key of `prefix_map.SCOPES`."""
    says: str
    """Where it stands, what it is, and how long."""


class Notch(msgspec.Struct, frozen=True, kw_only=True):
    """A place on a prompt that matters."""

    at: float
    """Share of the prompt in front of it, 0 to 1."""
    kind: str
    """`mark`, `minimum` or `reuse`."""
    says: str


class PromptBar(msgspec.Struct, frozen=True, kw_only=True):
    """One workload's prompt from first to last token."""

    name: str
    says: str
    stretches: tuple[Stretch, ...]
    notches: tuple[Notch, ...]


class PrefixMap(Block, frozen=True, kw_only=True):
    """The prompts of the workloads, each as a bar."""

    id: str
    says: str
    scopes: tuple[tuple[str, str], ...]
    """(key, meaning) of each colour, widest scope first."""
    bars: tuple[PromptBar, ...]
    table: Table


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number that matters."""

    label: str
    text: str
    note: str = ""


class Figures(Block, frozen=True, kw_only=True):
    """The few numbers that matter most."""

    figures: tuple[Figure, ...]


class Prose(Block, frozen=True, kw_only=True):
    """Paragraphs."""

    lines: tuple[str, ...]


class Listing(Block, frozen=True, kw_only=True):
    """Items under a heading, in order of weight where `ordered`."""

    title: str
    items: tuple[str, ...]
    ordered: bool = False


class Missing(Block, frozen=True, kw_only=True):
    """Why something is not shown, and how to get it."""

    why: str
    how: str


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One question that a reader has."""

    id: str
    title: str
    lead: str
    """What it answers, and how to read it."""
    blocks: tuple[Block, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report."""

    title: str
    summary: str
    """What was read, in a line."""
    sections: tuple[Section, ...]
    version: str
    """Of CacheLens, that wrote the report."""
