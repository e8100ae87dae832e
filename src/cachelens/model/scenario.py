"""A counterfactual: the same traffic under another layout, boundary, TTL, model or provider."""

from __future__ import annotations

from pathlib import Path

import msgspec

AS_RECORDED = "as-recorded"
NO_CACHE = "none"
OPTIMAL = "optimal"
"""The cheapest marks that an application can place, searched for each workload."""
BOUND = "bound"
"""The least that any marks could cost, knowing the future."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """What to replay. Empty fields mean: as the log has it."""

    layout: str = AS_RECORDED
    boundary: str = AS_RECORDED
    ttl: str = ""
    model: str = ""
    provider: str = ""

    @property
    def name(self) -> str:
        """A unique name built from what differs from the log."""
        layout = "" if self.layout == AS_RECORDED else self.layout
        boundary = "" if self.boundary == AS_RECORDED else self.boundary
        where = f"{self.provider}:{self.model}" if self.provider and self.model else self.provider or self.model
        return "/".join(part for part in (layout, boundary, self.ttl, where) if part) or AS_RECORDED


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """The scenarios that are asked for, as a cross product; empty lists mean the default."""

    layouts: tuple[str, ...] = ()
    """Names of layouts, or paths of layout files; as recorded is always among them."""
    boundaries: tuple[str, ...] = ()
    ttls: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    optimize: bool = False
    """Whether all layouts are tried too, and the cheapest marks are searched for each."""
    pricing: tuple[Path, ...] = ()
    """Price files of the user's own, over the built-in ones."""
