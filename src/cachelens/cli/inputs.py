"""Options that several commands share: how logs are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cachelens.cli import completing

if TYPE_CHECKING:
    from cachelens.sources.base import ReadOptions

Logs = Annotated[
    list[str],
    typer.Argument(metavar="LOGS...", help="Files, folders, globs, or - for standard input; or one compiled trace."),
]
From = Annotated[
    str,
    typer.Option(
        "--from", metavar="FORMAT", help="Read as this format instead of sniffing.", autocompletion=completing.formats
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=PATH,...", help="Where an odd export keeps a field: timestamp=created_at."),
]
WorkloadKey = Annotated[str, typer.Option(metavar="PATH", help="Path to the workload's name in a row.")]
SessionKey = Annotated[str, typer.Option(metavar="PATH", help="Path to the session's name in a row.")]
TenantKey = Annotated[str, typer.Option(metavar="PATH", help="Path to the tenant's name in a row.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail with exit code 4 when any line is unreadable.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file; - is standard output.")
]
Pricing = Annotated[
    list[Path] | None,
    typer.Option("--pricing", metavar="FILE", help="Your own prices and rules, over the built-in ones. Repeatable."),
]


def read_options(field_map: Sequence[str] | None, workload_key: str, session_key: str, tenant_key: str) -> ReadOptions:
    """Put the options about rows together."""
    from cachelens.sources.base import ReadOptions

    return ReadOptions(
        mapping=mapping_of(field_map or ()),
        workload_key=workload_key,
        session_key=session_key,
        tenant_key=tenant_key,
    )


def mapping_of(options: Sequence[str]) -> dict[str, str]:
    """Parse `--map field=path,field=path`; `UsageError` for a pair without `=`."""
    from cachelens.errors import UsageError

    result: dict[str, str] = {}
    for option in options:
        for pair in option.split(","):
            field, equals, path = pair.partition("=")
            if not equals or not field.strip() or not path.strip():
                raise UsageError(
                    f"--map needs FIELD=PATH, not {pair!r}", hint="for example: --map timestamp=created_at"
                )
            result[field.strip()] = path.strip()
    return result


def total_bytes(logs: Sequence[str]) -> int | None:
    """Return the size of the named files for the progress bar; `None` when it is not known beforehand."""
    try:
        return sum(Path(log).stat().st_size for log in logs) if all(Path(log).is_file() for log in logs) else None
    except OSError:  # a name that the system refuses; reading it says so
        return None
