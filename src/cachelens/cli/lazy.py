"""Sub-commands that are listed from a table and imported only when called."""

from __future__ import annotations

import importlib
import re
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

_EXAMPLES = re.compile(r"^(?=Examples?:)", re.MULTILINE)
_AS_IT_STANDS = "\b\n"
"""In front of a paragraph of help: Click does not fold it."""


class CommandRow(NamedTuple):
    """One line of the command table."""

    target: str
    """`module:object`; the object is a command function, or a `typer.Typer` with sub-commands."""
    summary: str
    """One line for `--help`."""


class LazyGroup(TyperGroup):
    """A group with one stub a row, enough for help and completion; the real command is built when called."""

    rows: ClassVar[dict[str, CommandRow]] = {}

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  whatever typer passes on
        stubs = [TyperCommand(name, short_help=row.summary) for name, row in self.rows.items()]
        super().__init__(**{**settings, "commands": {stub.name: stub for stub in stubs}})
        _keep_examples(self)

    def resolve_command(
        self,
        ctx: Any,  # noqa: ANN401  Click's context: typer has its own copy from some version on
        args: list[str],
    ) -> tuple[str | None, Any, list[str]]:
        """Find the stub, suggest a near miss if there is none, and import the real command."""
        name, _stub, rest = super().resolve_command(ctx, args)
        command = None if name is None else build_command(name, self.rows[name])
        return name, command, rest


def build_command(name: str, row: CommandRow) -> TyperCommand | TyperGroup:
    """Import the row's object and turn it into a command called `name`."""
    module, _, attribute = row.target.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        app = found
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name)(found)
    command = get_command(app)
    if not isinstance(command, TyperCommand | TyperGroup):
        raise TypeError(f"{row.target} is not a command")
    command.name = name
    _keep_examples(command)
    return command


def _keep_examples(command: Any) -> None:  # noqa: ANN401  typer's commands, or Click's
    """Leave the lines of examples as they are, so that they can be copied; also in the commands below."""
    command.help = _EXAMPLES.sub(_AS_IT_STANDS, command.help or "")
    for below in getattr(command, "commands", {}).values():
        _keep_examples(below)
