"""`cachelens init`: settings, a workflow and a hook for a project, fitted to what is in it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cachelens.errors import UsageError

if TYPE_CHECKING:
    from cachelens.cli.finding import FoundHere


HOOKS = ".pre-commit-config.yaml"


class Part(enum.StrEnum):
    """What can be written."""

    SETTINGS = "settings"
    WORKFLOW = "workflow"
    HOOK = "hook"


class Project(NamedTuple):
    """What is written for."""

    folder: Path
    found: FoundHere
    force: bool


class Planned(NamedTuple):
    """What becomes of one file."""

    path: Path
    before: str | None
    """Its text; `None` where there is no file."""
    after: str | None
    """The text to write; `None` leaves it as it is."""
    why: str
    """What it is for, or why it is left."""


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="The project; here unless said.", show_default=False)
    ] = Path(),
    only: Annotated[
        list[Part] | None, typer.Option("--only", help="Write only this part. Repeatable; default: all three.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace settings and workflow; add the hook to yours.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written; write nothing.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show it as a patch; write nothing.")] = False,
) -> None:
    """Write cachelens.toml, a GitHub workflow and a pre-commit hook for a project.

    Looks for templates and logs first and fits the files to them. What is there already is left alone, unless --force
    says otherwise; other hooks are kept even then.

    Examples:
      cachelens init --dry-run
      cachelens init --only settings --only hook
    """
    from cachelens.cli.finding import look

    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="name the project's folder, or leave it out for this one")
    project = Project(folder, look(folder), force)
    plans = [_PLANS[part](project) for part in (only or Part)]
    if diff:
        typer.echo("".join(_patch(planned, folder) for planned in plans), nl=False)
        return
    if not dry_run:
        for planned in plans:
            _write(planned)
    told = [part for line in project.found.told() for part in _folded(line, "")]
    shown = (*told, "", *_told(plans, dry_run=dry_run), "", *_next(plans, project, dry_run=dry_run))
    for line in shown:
        typer.echo(line)


def _settings(project: Project) -> Planned:
    from cachelens.cli.init_files import settings
    from cachelens.config.loading import OWN_FILE, SHARED_FILE, find

    path = project.folder / OWN_FILE
    before = _text(path)
    shared = find(project.folder).file if before is None else None
    if shared is not None and shared.parent.resolve() == project.folder.resolve():
        return Planned(path, None, None, f"the settings stand in {SHARED_FILE}")
    if before is not None and not project.force:
        return Planned(path, before, None, "is there already; --force replaces it")
    text = settings(project.found.paths, project.found.logs)
    return Planned(path, before, text, "what the audit looks at, and when it fails")


def _workflow(project: Project) -> Planned:
    from cachelens import __version__
    from cachelens.cli.init_files import workflow

    path = project.folder / ".github" / "workflows" / "cachelens.yml"
    before = _text(path)
    if before is not None and not project.force:
        return Planned(path, before, None, "is there already; --force replaces it")
    return Planned(path, before, workflow(__version__), "audits every pull request on GitHub")


def _hook(project: Project) -> Planned:
    from cachelens import __version__
    from cachelens.cli.init_files import has_hook, hook, hooks_file, with_hook
    from cachelens.templates.reading import inner_suffixes, sure_suffixes

    path = project.folder / HOOKS
    entry = hook(__version__, sure_suffixes(), inner_suffixes())
    before = _text(path)
    if before is None:
        return Planned(path, None, hooks_file(entry), "audits what changes, before a commit")
    if has_hook(before):
        return Planned(path, before, None, "has the hook already")
    if not project.force:
        return Planned(path, before, None, "is there already; --force adds the hook behind yours")
    after = with_hook(before, entry)
    if not after:
        return Planned(
            path, before, None, "cannot be added to; `cachelens init --only hook` in an empty folder shows the entry"
        )
    return Planned(path, before, after, "audits what changes, before a commit; your hooks stay")


_PLANS = {Part.SETTINGS: _settings, Part.WORKFLOW: _workflow, Part.HOOK: _hook}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}", hint="move it away, or leave this part out with --only") from error


def _write(planned: Planned) -> None:
    from cachelens.cli.output import replacing

    if planned.after is None:
        return
    try:
        planned.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot make the folder {planned.path.parent}: {error.strerror}", hint="look at it"
        ) from error
    with replacing(planned.path) as partial:
        partial.write_text(planned.after, encoding="utf-8", newline="\n")


def _patch(planned: Planned, folder: Path) -> str:
    """Return a unified diff that `git apply` takes in the folder; empty where nothing changes."""
    from cachelens.reports.patches import patch_lines

    if planned.after is None:
        return ""
    name = planned.path.relative_to(folder).as_posix()
    old = "/dev/null" if planned.before is None else f"a/{name}"
    return "".join(patch_lines(planned.before or "", planned.after, old, f"b/{name}"))


def _told(plans: Sequence[Planned], *, dry_run: bool) -> list[str]:
    from cachelens.reports.escaping import visible

    word = "would write" if dry_run else "wrote"
    rows = [(word if planned.after is not None else "left", str(planned.path), planned.why) for planned in plans]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [
        line
        for done, path, why in rows
        for line in _folded(why, f"  {done:<{widths[0]}} {visible(path):<{widths[1]}} ")
    ]


def _folded(text: str, first: str) -> list[str]:
    from cachelens.cli.console import terminal
    from cachelens.reports.lines import NARROW, folded

    return folded(text, min(NARROW, terminal().width), first=first, rest=" " * len(first))


def _next(plans: Sequence[Planned], project: Project, *, dry_run: bool) -> list[str]:
    if dry_run:
        return ["Next: the same without --dry-run, or with --diff to see the text."]
    steps = ["`cachelens audit` shows what is found now; `--write-baseline FILE` lets it pass from here on."]
    if any(planned.path.name == HOOKS and planned.after for planned in plans):
        steps.append("`pre-commit install` switches the hook on.")
    logs = project.found.logs
    steps.append(f"`cachelens simulate {logs[0] if logs else 'LOG'}` shows what the caches do and cost.")
    return ["Next:", *(line for step in steps for line in _folded(step, "  "))]
