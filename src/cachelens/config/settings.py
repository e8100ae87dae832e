"""What a project says about its audits, in `cachelens.toml` or in `[tool.cachelens]` of `pyproject.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from cachelens.model.finding import Severity

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Reason = Annotated[str, msgspec.Meta(pattern=r"\S", description="Why; it is shown with what is silenced.")]
Level = Literal["high", "medium", "low", "info", "never"]
Rules = Annotated[tuple[Text, ...], msgspec.Meta(min_length=1, description="Ids, beginnings of ids, or names.")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of the file; a key that it does not have is an error."""


class Target(_Table, frozen=True, kw_only=True, rename="kebab"):
    """What the token hit rate of some workloads is measured against."""

    workload: Text
    """A name, or a pattern with `*`, `?` and `[...]`. The first that fits counts."""
    target: Share | None = None
    """Share of the input that should be read from cache; `None` keeps the built-in one."""
    red_line: Share | None = None
    """Share below which it is a fault of severity high."""


class IgnoredPath(_Table, frozen=True, kw_only=True, rename="kebab"):
    """Findings in some files that are silenced."""

    path: Text
    """A pattern as in `.gitignore`, from the file's own folder."""
    rules: Rules
    reason: Reason


class IgnoredTraffic(_Table, frozen=True, kw_only=True, rename="kebab"):
    """Findings in the traffic of some workloads that are silenced."""

    workload: Text
    """A name, or a pattern with `*`, `?` and `[...]`."""
    rules: Rules
    reason: Reason


class Settings(_Table, frozen=True, kw_only=True, rename="kebab"):
    """All that a project can settle. What is left out stays as it is without a file."""

    select: tuple[Text, ...] = ()
    """Rules that judge: ids, beginnings of ids (`V`, `V1`) or names; none for all."""
    ignore: tuple[Text, ...] = ()
    """Rules that do not."""
    severity: dict[Text, Severity] = {}
    """Rule to what a finding of it is worth at most."""
    fail_on: Level = "never"
    """Severity from which the exit code is 1."""
    paths: tuple[Text, ...] = ()
    """What is audited when the command names nothing, from the file's folder."""
    traffic: tuple[Text, ...] = ()
    """Logs or traces that are audited along when the command names nothing."""
    exclude: tuple[Text, ...] = ()
    """Patterns as in `.gitignore` of files that are not looked at, also where they are named."""
    baseline: str = ""
    """File of known findings, from the file's folder."""
    targets: tuple[Target, ...] = ()
    ignore_path: tuple[IgnoredPath, ...] = ()
    ignore_traffic: tuple[IgnoredTraffic, ...] = ()


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, and where they come from."""

    settings: Settings = Settings()
    root: Path = Path()
    """The file's folder; the working directory without a file."""
    file: Path | None = None
