"""What `cachelens audit` takes from the command line and what from a project's configuration."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cachelens.cli import completing
from cachelens.cli.output import write_output

if TYPE_CHECKING:
    from cachelens.app import Known
    from cachelens.config.settings import Configuration

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Read the settings from this file, not from the nearest."),
]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Read no settings from any file.")]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="RULE,...",
        autocompletion=completing.rules,
        help="Judge by these rules only: V101, V, or a name. Repeatable.",
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="RULE,...",
        autocompletion=completing.rules,
        help="Judge by all rules but these. Repeatable.",
    ),
]
BaselineFile = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="Show and count only what is not in this file.")
]
WriteBaseline = Annotated[
    Path | None, typer.Option("--write-baseline", metavar="FILE", help="Write all findings to a baseline.")
]


def configured(
    config: Path | None, *, no_config: bool, select: Sequence[str] | None, ignore: Sequence[str] | None
) -> Configuration:
    """Return the settings that hold: the command line goes before the file.

    `--select` starts anew, without what the file selects and ignores; `--ignore` takes away further rules.
    """
    import msgspec

    from cachelens.config.loading import find, load
    from cachelens.config.settings import Configuration
    from cachelens.errors import UsageError

    if config and no_config:
        raise UsageError("--config and --no-config contradict each other", hint="give one of them")
    here = Path.cwd()
    found = Configuration(root=here) if no_config else load(config) if config else find(here)
    settings = found.settings
    if select:
        settings = msgspec.structs.replace(settings, select=words(select), ignore=())
    if ignore:
        settings = msgspec.structs.replace(settings, ignore=(*settings.ignore, *words(ignore)))
    return msgspec.structs.replace(found, settings=settings)


def words(given: Sequence[str]) -> tuple[str, ...]:
    """Take apart what is given with commas."""
    return tuple(word.strip() for text in given for word in text.split(",") if word.strip())


def inputs(paths: Sequence[str] | None, configuration: Configuration) -> list[str]:
    """Return what is audited: what is named, else what the configuration names, as seen from here.

    Raises `UsageError` when nobody names anything.
    """
    from cachelens.errors import UsageError

    if paths:
        return list(paths)
    settings = configuration.settings
    named = [from_here(configuration, name) for name in (*settings.paths, *settings.traffic)]
    if not named:
        raise UsageError("nothing to audit", hint="name files or folders, or set `paths` in the configuration")
    return named


def known_findings(baseline: Path | None, write_baseline: Path | None, configuration: Configuration) -> Known:
    """Return what is known: the baseline that is named, else the configuration's, unless one is written anew."""
    from cachelens.app import Known

    if write_baseline is not None:
        return Known(renew=write_baseline, save=partial(write_output, output=write_baseline))
    named = configuration.settings.baseline
    return Known(baseline or (Path(from_here(configuration, named)) if named else None))


def from_here(configuration: Configuration, name: str) -> str:
    """Turn a path of the configuration, which starts at its folder, into one from the working directory."""
    return os.path.relpath(configuration.root / name)
