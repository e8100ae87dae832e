"""What a report is given: results in their published shapes, and what could not be read."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from cachelens.reports.audit_shape import AuditV1
from cachelens.reports.fleet_shape import FleetV1
from cachelens.reports.layers_shape import LayersV1
from cachelens.reports.metrics_shape import MetricsV1
from cachelens.reports.simulate_shape import SimulateV1
from cachelens.reports.whatif_shape import WhatIfV1

T = TypeVar("T", covariant=True)  # noqa: PLC0105  named for what it stands for


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of result."""

    name: str
    """The command that makes it, and the name in its schema's id."""
    shape: type
    """The shape that is read."""
    make: str
    """The command line that makes one."""

    @property
    def schema(self) -> str:
        """The id of the schema that is read."""
        return f"cachelens.{self.name}/v1"


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="simulate", shape=SimulateV1, make="cachelens simulate LOGS --optimize --format json -o simulate.json"
        ),
        Kind(name="audit", shape=AuditV1, make="cachelens audit LOGS TEMPLATES --format json -o audit.json"),
        Kind(name="fleet", shape=FleetV1, make="cachelens fleet LOGS --timed --format json -o fleet.json"),
        Kind(name="whatif", shape=WhatIfV1, make="cachelens whatif LOGS --format json -o whatif.json"),
        Kind(name="layers", shape=LayersV1, make="cachelens layers LOGS --format json -o layers.json"),
        Kind(name="metrics", shape=MetricsV1, make="cachelens metrics LOGS --format json -o metrics.json"),
    )
}
"""Every kind of result that a report can be made of: one row each."""


class Source(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One result and where it came from."""

    path: str
    result: T


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A file that could not be used."""

    path: str
    kind: str
    """Name of the kind that it says it is; empty where that is not known."""
    why: str
    hint: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report is made of, by kind, in the order in which it was given."""

    version: str
    """Of the CacheLens that writes the report."""
    sources: dict[str, tuple[Source[object], ...]] = {}
    unread: tuple[Unread, ...] = ()

    def of(self, shape: type[T]) -> tuple[Source[T], ...]:
        """Return the results of one shape."""
        return tuple(
            Source(path=source.path, result=source.result)
            for some in self.sources.values()
            for source in some
            if isinstance(source.result, shape)
        )
