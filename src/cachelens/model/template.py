"""Prompt templates as ordered spans, whatever language they are written in.

A parser reads; it never renders and never runs anything. What it cannot follow it says in a `TemplateProblem`,
and goes on with the rest.
"""

from __future__ import annotations

import enum

import msgspec

from cachelens.model.location import Location
from cachelens.model.prompt import Role


class SpanKind(enum.StrEnum):
    """What a stretch of a template becomes."""

    LITERAL = "literal"
    """Text that is sent as it stands."""
    VARIABLE = "variable"
    """A value put in."""
    LOOP = "loop"
    """A body that is repeated; `branches` holds it once, and behind it what is sent when there is nothing to repeat."""
    CONDITION = "condition"
    """One of `branches`, or nothing."""
    INCLUDE = "include"
    """Another file's content, as the only branch; without branches where it could not be followed."""


class Origin(msgspec.Struct, frozen=True):
    """An expression that a value was traced back to."""

    expression: str
    """Source text, such as `datetime.now().isoformat()`."""
    location: Location
    calls: tuple[str, ...] = ()
    """Dotted names that it calls."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of a template, in the order in which it is sent."""

    kind: SpanKind
    location: Location
    """Where `text` is written; for a block that is its head, without the signs around it."""
    text: str = ""
    """The text as sent for a literal (escapes resolved); the source of the expression, loop head, condition or name
    of the included file for the others."""
    names: tuple[str, ...] = ()
    """Dotted names that the expression reads: `user.name`, `docs`; then those that its value was made from."""
    calls: tuple[str, ...] = ()
    """Dotted names that it calls: `datetime.now`, `uuid4`; then those that its value was made with."""
    filters: tuple[str, ...] = ()
    """Filters or helpers applied to it, first to last."""
    origins: tuple[Origin, ...] = ()
    """What the value was traced back to through variables, parameters, defaults and helper functions."""
    branches: tuple[tuple[Span, ...], ...] = ()


class MessageTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """One message, or a section of the request that stands before the messages."""

    role: Role
    """`NONE` where the template does not say."""
    spans: tuple[Span, ...]
    location: Location
    section: str = "message"
    """`message`, `system`, `tools`, `schema`, or `history` for a placeholder that stands for a list of messages."""
    marked: bool = False
    """True where the template itself puts a cache mark at its end."""
    lifetime: str = ""
    """How long that mark asks the cache to live, as it is written: `1h`; empty where it does not say."""


class PromptTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes one request (or one text that goes into one), in wire order."""

    name: str
    """What the file calls it: the file's stem, a variable, a function, a key path."""
    language: str
    """Id of the parser in `templates/catalog.yaml`."""
    location: Location
    messages: tuple[MessageTemplate, ...]
    model: str = ""
    """The model that it names, if it does."""
    sent: bool = False
    """True where a call in source code sends it, and all that the call is given could be read."""
    odd_line: int = 0
    """First line of its file that ends otherwise than the first line does, where line ends are sent as they stand; 0
    where all are alike."""


class TemplateProblem(msgspec.Struct, frozen=True):
    """Something that could not be read or followed."""

    location: Location
    code: str
    """`syntax`, `include-missing`, `include-outside`, `include-cycle`, `too-deep`, `too-large`, `not-text`,
    `unreadable`, `not-a-template`, `not-installed`, `looks-like-a-log`, `nothing-found`; of comments that silence
    findings `suppression-unreadable`, `suppression-without-reason`, `suppression-of-unknown-rule`,
    `suppression-unused`; `baseline-outdated`; of logs `lengths-only`."""
    message: str
    """Says what and what to do; never quotes more of the template than a name."""


class ParsedFile(msgspec.Struct, frozen=True, kw_only=True):
    """All that one file holds."""

    templates: tuple[PromptTemplate, ...]
    problems: tuple[TemplateProblem, ...] = ()
