"""The parts of SARIF 2.1.0 that the audit writes, named as in the standard; absent where they say nothing.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

SCHEMA_URI: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Level = Literal["error", "warning", "note"]


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Base of the shapes: fields in camel case, those with their default left out."""


class Message(Shape, frozen=True, kw_only=True):
    """Text in which square brackets are escaped: bare ones would make a link."""

    text: str


class Help(Shape, frozen=True, kw_only=True):
    """The page of a rule, for viewers with and without Markdown."""

    text: str
    markdown: str


class Configuration(Shape, frozen=True, kw_only=True):
    """How a rule is set when nothing else is said."""

    level: Level


class Descriptor(Shape, frozen=True, kw_only=True):
    """One rule; `properties` are those that GitHub code scanning knows."""

    id: str
    name: str
    short_description: Message
    full_description: Message
    help: Help
    default_configuration: Configuration
    properties: dict[str, str | tuple[str, ...]]


class Driver(Shape, frozen=True, kw_only=True):
    """The program and all its rules."""

    name: str
    semantic_version: str
    rules: tuple[Descriptor, ...]


class Tool(Shape, frozen=True, kw_only=True):
    """What made the run."""

    driver: Driver


class Artifact(Shape, frozen=True, kw_only=True):
    """A file."""

    uri: str


class Region(Shape, frozen=True, kw_only=True):
    """A stretch of a file, counted from 1, its end exclusive."""

    start_line: int
    start_column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


class PhysicalLocation(Shape, frozen=True, kw_only=True):
    """A stretch of a file."""

    artifact_location: Artifact
    region: Region


class LogicalLocation(Shape, frozen=True, kw_only=True):
    """A place in a workload's requests: the workload, then the place within."""

    name: str
    fully_qualified_name: str
    kind: str


class Place(Shape, frozen=True, kw_only=True):
    """Where a result is: always in a file, since GitHub takes no result without one."""

    physical_location: PhysicalLocation
    logical_locations: tuple[LogicalLocation, ...] = ()


class Suppression(Shape, frozen=True, kw_only=True):
    """Why a result does not count."""

    kind: Literal["inSource"]
    justification: str


class Result(Shape, frozen=True, kw_only=True):
    """One finding."""

    rule_id: str
    rule_index: int | None = None
    level: Level
    message: Message
    locations: tuple[Place, ...]
    partial_fingerprints: dict[str, str] = {}
    suppressions: tuple[Suppression, ...] = ()
    properties: dict[str, str | int | bool | tuple[str, ...]]


class Notification(Shape, frozen=True, kw_only=True):
    """Something that the reader of the results must know."""

    level: Level
    message: Message
    locations: tuple[Place, ...] = ()


class Invocation(Shape, frozen=True, kw_only=True):
    """How the run went."""

    execution_successful: bool
    tool_execution_notifications: tuple[Notification, ...] = ()


class Run(Shape, frozen=True, kw_only=True):
    """One audit."""

    tool: Tool
    invocations: tuple[Invocation, ...]
    column_kind: Literal["unicodeCodePoints"]
    results: tuple[Result, ...]


class Sarif(Shape, frozen=True, kw_only=True):
    """The document."""

    schema: str = msgspec.field(name="$schema")
    version: Literal["2.1.0"]
    runs: tuple[Run, ...]
